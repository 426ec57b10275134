"""What training reaches, beside a study's curve. Lives here: which bars a picture has, and its title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from curvefit.decision.judge_correction import points_without_judge_errors
from curvefit.measurement.measurement import JudgeRecord
from curvefit.report.curve_plot import Bar, bars_of
from curvefit.report.training_text import probe_advice, validation_advice
from curvefit.study import Study

if TYPE_CHECKING:
    from curvefit.workflows.fine_tuning_probe import Probe
    from curvefit.workflows.prompt_and_weights import Together
    from curvefit.workflows.validation import Validation

__all__ = ["BesideTraining", "picture_of_probe", "picture_of_validation"]

_MANY: Final = 3  # bars, beyond which their names are short


@dataclass(frozen=True, slots=True, eq=False)
class BesideTraining:
    """A study, and what training reaches.

    Attributes
    ----------
    study : Study
        Whose curve is drawn.
    reached : tuple of Bar or None
        What training reaches; None: what the study itself knows of that.
    said : str
        The title; empty: what to ship.
    """

    study: Study
    reached: tuple[Bar, ...] | None = None
    said: str = ""


def picture_of_probe(probe: Probe) -> BesideTraining:
    """Return a probe's picture: a bar for each number of training examples, and for prompt and weights together."""
    trained = [point for point in probe.points if point.shots]
    short = len(trained) + bool(probe.together) > _MANY
    judge = probe.study.curve.judge
    bars = [
        Bar(f"tuned\non {point.shots:,}" if short else f"fine-tuned\non {point.shots:,}", "measured", point.accuracy)
        for point in points_without_judge_errors(judge, trained)
    ]
    return BesideTraining(probe.study, (*bars, *_both(probe.together, judge)), probe_advice(probe))


def picture_of_validation(validation: Validation) -> BesideTraining:
    """Return a validation's picture: what was predicted beside what was measured."""
    # As the study's own picture has it, for the number of examples that it was trained on.
    predicted = bars_of(replace(validation.study, payoff=validation.payoff, baseline=None, validated=()))
    judge = validation.study.curve.judge
    (fair,) = points_without_judge_errors(judge, [validation.accuracy])
    bars = (*predicted, Bar("fine-tuned,\nmeasured", "measured", fair.accuracy), *_both(validation.together, judge))
    return BesideTraining(validation.study, bars, validation_advice(validation))


def _both(together: Sequence[Together], judge: JudgeRecord | None) -> Iterator[Bar]:
    """Yield the better one of those with examples in the prompt too."""
    best = max(together, key=lambda each: each.point.accuracy.value, default=None)
    if best is not None:
        (fair,) = points_without_judge_errors(judge, [best.point])
        yield Bar(f"tuned,\n{fair.shots:,} shown", "measured", fair.accuracy)
