"""What missing replies do to an answer, in sentences. Lives here: whether it depends on them, and what it would be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from curvefit.decision.sensitivity import FilledAnswer, Filling
from curvefit.payoff.comparison import Decision
from curvefit.report.payoff_text import examples_shown
from curvefit.report.wording import counted, percent
from curvefit.study import Study

__all__ = ["answer_if_filled", "dependence", "missing_caution", "robustness"]

_TRAINING: Final[dict[Decision, str]] = {
    "pays": "fine-tuning likely gains accuracy",
    "does not pay": "fine-tuning would gain little or no accuracy",
    "open": "whether fine-tuning gains accuracy is open",
}


def missing_caution(study: Study) -> str:
    """Return how many replies are missing, and whether the answer depends on them."""
    one = study.curve.missing == 1
    missing, them = ("1 reply is", "it") if one else (f"{study.curve.missing:,} replies are", "them")
    if study.sensitivity is None:
        return f"{missing} missing."
    if answers := study.answers_if_filled:
        which = "it is" if one else "they are"
        return f"{missing} missing, and the answer depends on {them}: if {which} {_if_filled(study, answers[0])}."
    what = "whether more examples help depends" if study.sensitivity.changes else "the answer does not depend"
    return f"{missing} missing, and {what} on {them}."


def answer_if_filled(study: Study) -> Iterator[str]:
    """Say what the answer would be with all missing replies wrong, else with all right; nothing if it is the same."""
    which = "the missing reply is" if study.curve.missing == 1 else "the missing replies are"
    for answer in study.answers_if_filled[:1]:
        yield f"If {which} {_if_filled(study, answer)}."


def dependence(study: Study) -> Iterator[str]:
    """Say what missing replies would change of the answer, and of the verdict on more examples."""
    yield from answer_if_filled(study)
    found = study.sensitivity
    if found is not None and found.changes:
        filling, trend = found.changes[0]
        yield (
            f"The verdict depends on the missing replies: {len(found.changes)} of {found.tried} ways tried to"
            f" fill them in change it. It would be {trend} if they were {_filled(filling)}."
        )


def robustness(study: Study) -> Iterator[str]:
    """Say that the answer holds without the replies that are missing."""
    if study.sensitivity is None or study.depends_on_missing:
        return
    one = study.curve.missing == 1
    missing, each, them = ("A reply is", "it is", "it") if one else ("Replies are", "all of them are", "them")
    yield (
        f"{missing} missing, but the answer stays the same if {each} wrong, or right, and so does the verdict in each"
        f" of {study.sensitivity.tried} ways tried to fill {them} in."
    )


def _if_filled(study: Study, answer: FilledAnswer) -> str:
    """Return how they are filled in, and what of the answer would then be another."""
    changed = set(answer.changes) - ({"training"} if study.best_validated is not None else set())
    shown, accuracy = examples_shown(answer.shots, retrieved=answer.retrieved), percent(answer.accuracy.value)
    same = (answer.shots, answer.retrieved) == (study.best.point.shots, study.best.retrieved)
    best = f"the best prompt scores {accuracy}" if same else f"the best prompt is the one with {shown} ({accuracy})"
    parts = [best] if "prompt" in changed else []
    parts += [_TRAINING[answer.training]] if "training" in changed else []
    return f"{'right' if answer.score else 'wrong'}, {', and '.join(parts)}"


def _filled(filling: Filling) -> str:
    word, other = ("right", "wrong") if filling.score else ("wrong", "right")
    at = counted(filling.shots, "shot")
    return {
        "all": f"all {word}",
        "from": f"{word} below {at} and {other} from there on",
        "at": f"{other} at {at} and {word} elsewhere",
    }[filling.pattern]
