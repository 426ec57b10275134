"""What is known of a judge, in words. Lives here: sentences; nothing is judged or corrected."""

from __future__ import annotations

from typing import Final

from curvefit.curves.curve import Estimate
from curvefit.decision.judge_correction import JudgeCorrection
from curvefit.measurement.measurement import Measurement
from curvefit.plain_text import clean
from curvefit.report.wording import counted, percent, span, sure, with_interval
from curvefit.study import Study

__all__ = ["gain_behind_judge", "judge_alarms", "judge_sentences", "seen_by_judge"]

_MANY: Final = 0.2  # of right replies, or of wrong ones, that a judge calls otherwise


def seen_by_judge(study: Study) -> Estimate | None:
    """Return the accuracy of the prompt to use as the judge saw it; None where its errors are not taken out."""
    correction, used = study.judge_correction, study.prompt_to_use.point.shots
    if correction is None or correction.status != "corrected":
        return None
    points = study.curve_of_use.points(study.level)
    return next(point.accuracy for point in points if point.shots == used)


def gain_behind_judge(measured: Measurement, fair: Estimate, seen: Estimate) -> tuple[str, ...]:
    """Say what a gain is without the errors of the judge that saw it, where that is another; both without optimism."""
    if measured.judge is None or fair == seen:
        return ()
    return (
        f"{clean(measured.judge.model)} judged the replies. Without its errors the gain is {with_interval(fair)}, and"
        " that is what counts here; the numbers above are as it saw them.",
    )


def judge_alarms(correction: JudgeCorrection | None) -> tuple[str, ...]:
    """Return what a first look must not miss: nobody has checked the judge, or it does no better than chance."""
    if correction is None:
        return ()
    judge, name = correction.judge, clean(correction.judge.model)
    texts = []
    if 2 * judge.contradicted > judge.judged:
        pairs = f"{judge.contradicted:,} of {counted(judge.judged, 'pair')}"
        texts.append(
            f"In {pairs} the winner changed with the order: {name} judges by place, and its verdicts say little."
        )
    if correction.status == "unlabelled":
        texts.append(
            f"{name} judged the replies, and its errors are not known: no interval counts them. To measure them, put"
            " replies that you have judged into judge_labels.jsonl beside the task, right ones and wrong ones."
        )
    if correction.status == "no-better-than-chance":
        texts.append(f"{name} judged the replies, and your labels do not show that it does better than chance.")
    unlike, right, wrong = correction.contradicted_by, correction.sensitivity, correction.specificity
    if unlike is not None and right is not None and wrong is not None:
        sort, share = ("right", right.value) if unlike.value > right.value else ("wrong", 1 - wrong.value)
        texts.append(
            f"The labelled replies are unlike the others: {name} accepts {percent(share)} of the labelled {sort} ones,"
            f" but {percent(unlike.value)} of all replies to the best prompt. Label replies picked at random."
        )
    elif correction.status == "corrected" and (errs := _errs(correction)):
        texts.append(
            f"By your labels, {name} {errs}. Its errors are taken out of every accuracy, which widens intervals."
        )
    return tuple(texts)


def _errs(correction: JudgeCorrection) -> str:
    """Return which errors are many; empty where none are. The numbers stand in `judge_sentences`."""
    right, wrong = correction.sensitivity, correction.specificity
    if right is None or wrong is None:
        return ""
    misses = "calls many right replies wrong" if 1 - right.value >= _MANY else ""
    passes = "calls many wrong replies right" if 1 - wrong.value >= _MANY else ""
    return " and ".join(filter(None, (misses, passes)))


def judge_sentences(correction: JudgeCorrection | None) -> tuple[str, ...]:
    """Return how good the judge is, what accuracies are without its errors, and what was odd about its verdicts."""
    if correction is None:
        return ()
    judge, name = correction.judge, clean(correction.judge.model)
    texts = list(judge_alarms(correction))
    right, wrong = correction.sensitivity, correction.specificity
    if right is not None and wrong is not None:
        texts.append(
            f"{name} calls {percent(right.value)} of the replies right that you call right ({sure(right.level)}"
            f" interval {span(right)}, from {counted(judge.labelled_right, 'label')}), and {percent(wrong.value)} of"
            f" the wrong ones wrong ({span(wrong)}, from {judge.labelled_wrong:,})."
        )
    if correction.status == "corrected":
        pairs = zip(correction.shots, correction.seen, strict=True)
        listed = ", ".join(f"{percent(a.value)} at {shots:,}" for shots, a in pairs)
        texts.append(
            "All accuracies and gains here are without the judge's errors. As the judge saw it, accuracy is"
            f" {listed} shots."
        )
    odd = []
    if judge.unread:
        odd.append(f"{counted(judge.unread, 'verdict')} could not be read and count as missing")
    if judge.contradicted:
        odd.append(f"in {counted(judge.contradicted, 'pair')} the winner changed with the order, which counts as half")
    if odd:
        replies = "1 reply" if judge.judged == 1 else f"{judge.judged:,} replies"
        texts.append(f"The judge was asked about {replies}: {' and '.join(odd)}.")
    return tuple(texts)
