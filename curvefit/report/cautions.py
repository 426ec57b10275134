"""What may make an answer wrong, in sentences. Lives here: which of them there are, in order; no line is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from curvefit.curves.reason import Reason
from curvefit.decision.best_prompt import items_in_common, may_be_best
from curvefit.payoff.reference_class import payoff_reasons
from curvefit.plain_text import clean
from curvefit.report.first_screen import (
    classifier_alone,
    cut_off,
    handed_documents,
    in_groups,
    made_up,
    one_draw,
    task_faults,
    tuned_lower,
)
from curvefit.report.judge_text import judge_alarms
from curvefit.report.missing_text import missing_caution
from curvefit.report.payoff_text import payoff_sentences
from curvefit.report.sentences import sentence
from curvefit.report.step_text import about
from curvefit.report.wording import counted
from curvefit.study import Study
from curvefit.task_kinds import group_of
from curvefit.tasks.readiness import FEW_GROUPS

__all__ = ["cautions", "too_short"]

_ALARMS: Final = ("same-answer", "constant", "format-rise", "unsorted-kind")  # reasons that a first look must not miss


def cautions(study: Study) -> tuple[str, ...]:
    """Return what may make the answer wrong, the worst first: for the terminal's first look, and for programs."""
    curve, calm = study.curve, list[str]()
    texts = list(made_up(study))
    if curve.stopped:
        texts.append(f"{curve.stopped} ended it early, with {_left(study)} left.")
    elif curve.missing:
        among = texts if study.sensitivity is None or study.depends_on_missing else calm
        among.append(missing_caution(study))
    texts += [f"{clean(note.text, longest=200)}." for note in task_faults(curve)]
    texts += judge_alarms(study.judge_correction)
    texts += cut_off(study)
    texts += one_draw(study)
    few = curve.groups and (len(set(curve.groups)) < FEW_GROUPS or 2 * curve.independent_items < len(curve.groups))
    texts += in_groups(curve) if few else ()
    texts += handed_documents(curve)
    reasons = (*study.advice.reasons, *(() if study.judged_payoff is None else payoff_reasons(study.judged_payoff)))
    texts += [sentence(reason) for reason in reasons if reason.code in _ALARMS]
    texts += tuned_lower(study)
    if study.judged_payoff is None and curve.kind and not group_of(curve.kind):  # else it is among its reasons
        texts.append(sentence(Reason("unsorted-kind", {"kind": curve.kind})))
    texts += [clean(note.text, longest=200) for note in curve.notes if note.origin == "import"]
    texts += calm  # their causes stand before them
    texts += list(too_short(study))
    texts += classifier_alone(study)
    if study.n_train is not None and study.missing_for_payoff:  # a prediction was asked for
        texts += payoff_sentences(study)
    return tuple(texts)


def _left(study: Study) -> str:
    """Return how much a cap has left, in the number that the step to finish it has."""
    step = next((step for step in study.advice.next_steps if step.code == "same-again"), None)
    if step is None or not step.calls:
        return f"at least {counted(study.curve.missing, 'call')}"
    return f"{about(step)} {counted(step.calls, 'call')}"


def too_short(study: Study) -> Iterator[str]:
    """Say on how many items the best prompt is picked, and name the points that rest on too few to be it."""
    common, asked, tried = items_in_common(study.curve), len(study.curve.items), study.curve.tried
    if study.curve.stopped and 0 < common < asked and tried > 1:
        is_each = tried == len(study.points) + len(study.retrieved)
        whose = "all prompts were scored on" if is_each else f"the {tried} prompts with enough items share"
        yield f"The best prompt is picked on the {common:,} of {asked:,} items that {whose}."
    both = (study.curve, study.points, "shot"), (study.curve.retrieved, study.retrieved, "retrieved example")
    for curve, points, examples in both:
        if curve is None:
            continue
        for point, answered, enough in zip(points, curve.answered, may_be_best(study.curve, curve), strict=True):
            if not enough:
                yield (
                    f"{counted(point.shots, examples)}: {point.n_items} of {point.n_items / answered:.0f} items scored,"
                    " too few to count as the best prompt."
                )
