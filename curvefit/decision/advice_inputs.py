"""What advice may look at. Lives here: facts and conclusions of one measurement, side by side; nothing is advised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.verdict import Verdict
from curvefit.decision.best_prompt import Prompt, best_of, optimism_of, rank, retrieved_lead
from curvefit.decision.cheaper_prompt import CheaperPrompt, cheaper_prompt
from curvefit.decision.format_rise import FormatRise, format_rise
from curvefit.decision.judge_correction import (
    JudgeCorrection,
    accuracy_without_judge_errors,
    optimism_without_judge_errors,
)
from curvefit.decision.plain_classifier import PlainClassifier
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import CutReplies, JudgeRecord, SameAnswer
from curvefit.payoff.comparison import over_constant
from curvefit.payoff.predictor import Payoff

__all__ = ["AdviceInputs"]


@dataclass(frozen=True, slots=True)
class AdviceInputs:
    """What advice may look at.

    Attributes
    ----------
    kind : str
        The task's kind.
    points : tuple of Point
        Accuracy with random examples, as scored; `accuracy` is without the errors of a judge.
    parse_rate : tuple of float
        Share of readable replies per point; NaN where unknown.
    verdict : Verdict
        The curve's.
    payoff : Payoff or None
        What fine-tuning is predicted to add.
    retrieved : tuple of Point
        Accuracy with the examples most similar to each item; empty where not measured.
    retrieved_parse_rate : tuple of float
        Share of readable replies per one of these; NaN, or empty, where unknown.
    choice : float
        Accuracy of the best of all prompts where the model is made to choose a label; NaN where that was not measured.
    lead : Estimate or None
        Best accuracy of these minus the best of `points`, on the same items; None where none is the best of all.
    over_constant : Estimate or None
        Accuracy of the best prompt minus that of the commonest answer, given to everything; None where unknown.
    tried : int
        How many prompts the best was picked from.
    optimism : float
        By how much the score of the best of all prompts is too high, since it was picked on the items it is scored on;
        NaN where there are no single scores.
    paired : bool
        Whether all prompts were scored on some of the same items.
    pool : int or None
        Examples the task has to learn from; None where no further trial is possible, its scores being another tool's.
    stopped : str
        Which spending limit ended the measurement early; empty where none did.
    unfinished : bool
        Whether it left a prompt with no score, or with too few to be called the best.
    format_rise : FormatRise or None
        A rise that is one of readable replies alone.
    cut : CutReplies or None
        Replies cut off at the cap of tokens, where these are most of all.
    same_answers : tuple of SameAnswer
        Numbers of shots at which the model answers every item alike.
    cheaper : CheaperPrompt or None
        A prompt that costs less than the best one, which adds to it no more than the margin.
    validated : ValidatedTraining or None
        The user's own fine-tuning, where it was measured and decides.
    judge : JudgeRecord or None
        The judge that gave the scores; None where a scorer did.
    judge_fails : bool
        Whether labels do not show it to be better than chance.
    classifier : PlainClassifier or None
        A plain classifier that is right as often as the best prompt.
    prompts : tuple of Prompt
        What `best_of_each` returned, by which a cheaper one is looked for again where mistakes cost.
    """

    kind: str
    points: tuple[Point, ...]
    parse_rate: tuple[float, ...]
    verdict: Verdict
    payoff: Payoff | None = None
    retrieved: tuple[Point, ...] = ()
    retrieved_parse_rate: tuple[float, ...] = ()
    choice: float = math.nan
    lead: Estimate | None = None
    over_constant: Estimate | None = None
    tried: int = 1
    optimism: float = 0.0
    paired: bool = True
    pool: int | None = None
    stopped: str = ""
    unfinished: bool = False
    format_rise: FormatRise | None = None
    cut: CutReplies | None = None
    same_answers: tuple[SameAnswer, ...] = ()
    cheaper: CheaperPrompt | None = None
    validated: ValidatedTraining | None = None
    judge: JudgeRecord | None = None
    judge_fails: bool = False
    classifier: PlainClassifier | None = None
    prompts: tuple[Prompt, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(
        cls,
        prompts: Sequence[Prompt],
        verdict: Verdict,
        payoff: Payoff | None,
        judged: JudgeCorrection | None,
        level: float,
        classifier: PlainClassifier | None = None,
    ) -> AdviceInputs:
        """Return what is known of a measurement.

        Prompts are what `best_of_each` returns.
        """
        random, best, margin = prompts[0], best_of(prompts), verdict.margin
        measured, lead = random.curve, retrieved_lead(random, best)
        similar = next((prompt for prompt in prompts[1:] if prompt.curve in measured.compared), None)
        # The score of the best of several is too high: Bonferroni's correction.
        corrected_level = 1 - (1 - level) / measured.tried
        return cls(
            kind=measured.kind,
            points=random.candidates,
            parse_rate=tuple(compress(measured.parse_rate, measured.whole)),
            verdict=verdict,
            payoff=payoff,
            retrieved=() if similar is None else similar.candidates,
            retrieved_parse_rate=(
                () if similar is None else tuple(compress(similar.curve.parse_rate, similar.curve.whole))
            ),
            choice=best.choice,
            lead=lead,
            over_constant=over_constant(best.curve, best.point.shots, best.curve.commonest, corrected_level),
            tried=measured.tried,
            optimism=optimism_of(measured),
            paired=measured.paired,
            pool=None if measured.design is None else measured.pool or None,
            stopped=measured.stopped,
            unfinished=bool(measured.stopped) and not (measured.observed.all() and measured.whole.all()),
            format_rise=format_rise(measured, margin=margin, level=level),
            cut=measured.cut if measured.mostly_cut_off else None,
            same_answers=measured.same_answers,
            cheaper=cheaper_prompt(prompts, lead=lead, margin=margin),
            judge=measured.judge,
            judge_fails=judged is not None and judged.status == "no-better-than-chance",
            classifier=classifier,
            prompts=tuple(prompts),
        )

    def accuracy(self, point: Point) -> Estimate:
        """Return the accuracy of one of the points, without the errors of a judge, where they are known."""
        return accuracy_without_judge_errors(self.judge, point.accuracy)

    @property
    def true_optimism(self) -> float:
        """By how much the best of the accuracies is too high, once the errors of a judge are taken out."""
        return optimism_without_judge_errors(self.judge, self.optimism)

    @property
    def best_row(self) -> int:
        """Position of the best of `points`."""
        points = self.points
        return max(range(len(points)), key=lambda i: rank(points[i].accuracy.value, points[i].shots))

    @property
    def best_retrieved(self) -> Point:
        """The best of `retrieved`."""
        return max(self.retrieved, key=lambda point: rank(point.accuracy.value, point.shots))

    @property
    def selection(self) -> str:
        """How the examples of the best prompt are chosen: ``random`` or ``retrieved``."""
        return "random" if self.lead is None else "retrieved"

    @property
    def best_prompt(self) -> Point:
        """The best prompt of either sort: of `retrieved` where that is better, however little."""
        return self.points[self.best_row] if self.lead is None else self.best_retrieved

    @property
    def rated_prompts(self) -> tuple[tuple[Point, float], ...]:
        """Each prompt of either sort, random ones first, and the share of its replies that can be read."""
        similar = self.retrieved_parse_rate or (math.nan,) * len(self.retrieved)
        return tuple(zip((*self.points, *self.retrieved), (*self.parse_rate, *similar), strict=True))

    @property
    def best_parse_rate(self) -> float:
        """Share of readable replies to the best prompt; NaN where unknown."""
        start = 0 if self.lead is None else len(self.points)
        return next(rate for point, rate in self.rated_prompts[start:] if point == self.best_prompt)

    @property
    def best_accuracy(self) -> Estimate:
        """Accuracy of the best prompt."""
        return self.accuracy(self.best_prompt)

    @property
    def used_shots(self) -> int:
        """Examples of the prompt to use: the best, or a cheaper one."""
        return self.best_prompt.shots if self.cheaper is None else self.cheaper.point.shots

    @property
    def used_accuracy(self) -> float:
        """Accuracy of the prompt to use."""
        return (self.best_accuracy if self.cheaper is None else self.cheaper.point.accuracy).value
