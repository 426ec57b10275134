"""A fine-tuning curve beside the curve in context. Lives here: what goes together, and what is concluded from both.

::

    task, wanted design, study --align_with_study--> those that can be set beside it
    the base and its fine-tuned models, each measured --joined--> Measurement (shots read as training examples)
    that, its units, in-context Study --conclude_probe--> Probe

What trains and measures them is in `local_probe` and `remote_probe`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.forecast import Forecast, forecast
from curvefit.curves.variance import assumed_draws
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.judge_correction import difference_without_judge_errors
from curvefit.errors import CurveError, InputError
from curvefit.measurement.measurement import Measurement, Note, observed_points
from curvefit.models.base import Form, Usage
from curvefit.payoff.comparison import (
    BreakEven,
    Decision,
    break_even,
    chance_above,
    decision_on,
    leaves_open,
    paired_gain,
    without_optimism,
)
from curvefit.payoff.hierarchy import learning_distance
from curvefit.payoff.predictor import OverShown, Probed
from curvefit.payoff.reference_class import decision_by_items
from curvefit.study import Study, analyze, with_costs, with_own_training
from curvefit.tasks.loading import load_task_again
from curvefit.tasks.task import Task, fingerprint_of
from curvefit.training.fine_tuning_plan import FineTuning, ProbeDesign
from curvefit.training.remote_training import RemoteFineTuning
from curvefit.trials import selection
from curvefit.workflows.prompt_and_weights import (
    BesideDesign,
    Together,
    design_beside,
    near_32,
    together_of,
    with_shown,
)

__all__ = [
    "Probe",
    "ScoredUnit",
    "Trained",
    "Unit",
    "align_with_study",
    "beside_probe",
    "check_comparable",
    "conclude_probe",
    "concluded_again",
    "joined",
]

Unit = FineTuning | RemoteFineTuning


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A fine-tuning curve beside the curve in context.

    Attributes
    ----------
    study : Study
        In context, with `shown` among its prompts.
    curve : Measurement
        Fine-tuned: `shots` are numbers of training examples (0: none), `draws` are seeds; prompts hold no
        demonstrations.
    units : tuple of FineTuning or of RemoteFineTuning
        The fine-tunings behind it, made here or by the model's provider.
    points, forecast
        Of that curve, as a study's.
    best : Prompt
        The best prompt measured.
    gains : tuple of Estimate
        What training adds to that at each number of training examples above 0: items paired, seeds and draws counted.
    optimism : float
        By how much that prompt looks better than it is, having been picked (see `Study.optimism`);
        NaN where not known.
    break_even : BreakEven
        From how many training examples on it is as good.
    over_shown : OverShown or None
        What training on the number nearest to 32 gave over showing as many; None where no such number was both.
    together : tuple of Together
        The model trained on the most examples, with examples in its prompt besides: random ones, then retrieved ones.
    shown : Measurement or None
        The untrained model, shown as many examples as it was trained on, which the study as it was measured lacks.
    usage : Usage
        What all calls took that were asked for it: without those that its study had asked.
    """

    study: Study
    curve: Measurement
    units: tuple[Unit, ...]
    points: tuple[Point, ...]
    forecast: Forecast
    best: Prompt
    gains: tuple[Estimate, ...]
    optimism: float
    break_even: BreakEven
    over_shown: OverShown | None
    together: tuple[Together, ...] = ()
    shown: Measurement | None = None
    usage: Usage = field(default_factory=Usage)

    @property
    def training_usd(self) -> float | None:
        """What providers took for its fine-tunings; None where that of one is not known. Those made here are free."""
        prices = [unit.usd for unit in self.units if isinstance(unit, RemoteFineTuning)]
        known = [usd for usd in prices if usd is not None]
        return sum(known) if len(known) == len(prices) else None

    @property
    def usd(self) -> float | None:
        """What calls and fine-tunings took together; None where either is not known."""
        calls = self.usage.usd if self.usage.calls else 0.0
        return None if calls is None or self.training_usd is None else calls + self.training_usd

    @property
    def items(self) -> int:
        """On how many items the best prompt and the trained models were both scored."""
        return len({*self.best.curve.items} & {*self.curve.items})

    @property
    def sizes(self) -> list[int]:
        """Numbers of training examples above 0."""
        return [point.shots for point in self.points if point.shots]

    @property
    def gain_without_optimism(self) -> Estimate:
        """What training on the most examples added to the best prompt, without the optimism of that.

        Without the errors of a judge too, where they are known.
        """
        seen = without_optimism(self.gains[-1], self.optimism)
        return difference_without_judge_errors(self.best.curve, self.curve, seen, self.study.seed)[0]

    @property
    def decision(self) -> Decision:
        """Whether training pays: that gain exceeds the study's margin, by the chance that a study goes by.

        On few items the interval has to say so.
        """
        return decision_by_items(self.gains[-1], self.gain_without_optimism, self.study.margin, self.items)

    @property
    def has_too_few_items(self) -> bool:
        """Whether the number of items alone leaves that open."""
        return self.decision == "open" != decision_on(self.gain_without_optimism, self.study.margin)

    @property
    def chance(self) -> float:
        """How sure it is that training gains more than the study's margin."""
        return chance_above(self.gain_without_optimism, self.study.margin)

    @property
    def is_likely(self) -> bool:
        """Whether the interval of that gain leaves open whether training pays: what is said is likely at most."""
        return leaves_open(self.gain_without_optimism, self.study.margin)

    def accuracy_of(self, unit: Unit) -> float:
        """Return what one of its fine-tunings scored, in [0, 1]."""
        row = self.curve.shots.tolist().index(unit.n_train)
        return float(np.nanmean(self.curve.scores[row, unit.seed]))

    def probed(self, n_train: int) -> Probed:
        """Return what it comes to for a prediction: the training that tells most of one on so many examples."""
        sizes = self.sizes
        near = min(range(len(sizes)), key=lambda i: learning_distance(sizes[i], n_train))
        return Probed(
            model=self.curve.model,
            best_prompted=self.best.point.accuracy.value,
            n_train=sizes[near],
            gain=self.gains[near],
            over_shown=self.over_shown,
            optimism=self.optimism,
            items=self.items,
            tuned=next(point.accuracy for point in self.points if point.shots == sizes[near]),
        )

    @property
    def one_seed(self) -> bool:
        """Whether each size was trained once, which cannot show how much the chance of training matters.

        Intervals of accuracies then cover items alone; gains and break-even assume `assumed_seed_deviation`.
        """
        return self.curve.one_draw

    @property
    def assumed_seed_deviation(self) -> float:
        """Standard deviation of accuracy by the chance of training, as assumed at 50% for the smallest size.

        It is that of examples in prompts, in published runs; nothing in a probe of one seed measures it.
        """
        n = self.curve.shots[self.curve.shots > 0][:1]
        return math.sqrt(self.curve.relative_variance * float(assumed_draws(n, np.array([0.5]))[0]))


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A fine-tuning that was scored.

    Attributes
    ----------
    number, of : int
        Which of the probe's fine-tunings, and how many there are.
    unit : FineTuning or RemoteFineTuning
        The fine-tuning.
    accuracy : float
        Of the fine-tuned model, in [0, 1].
    new : bool
        Whether it was trained now, rather than before.
    """

    number: int
    of: int
    unit: Unit
    accuracy: float
    new: bool


class Trained(NamedTuple):
    """What fine-tuning came to, as `conclude_probe` takes it behind a study.

    Attributes
    ----------
    curve : Measurement
        Shots read as training examples: see `Probe`.
    units : tuple
        The fine-tunings behind it.
    shown : Measurement or None
        The untrained model, shown as many examples as it was trained on; None where that was not asked.
    together : tuple of Measurement
        The model trained on the most examples, with examples in its prompt.
    base : Usage
        What asking the untrained model without examples took, which the usage of `curve` holds.
    """

    curve: Measurement
    units: tuple[Unit, ...]
    shown: Measurement | None = None
    together: tuple[Measurement, ...] = ()
    base: Usage = Usage()


def align_with_study(
    task: Task, model: str, wanted: ProbeDesign, study: Study | None, form: Form
) -> tuple[Task, ProbeDesign]:
    """Return task and design as a study has them, so that a probe can be set beside it; as they are without one.

    Raises
    ------
    InputError
        The study cannot be set beside a probe of them: see `plan_probe`.
    """
    if study is None:
        return task, wanted
    design = study.curve.design
    if design is not None:
        items = max(wanted.items, len(study.curve.items))
        wanted = replace(wanted, items=items, seed=design.seed, ordered_by=design.ordered_by)
        if task.path:
            task = load_task_again(task.path, task.overrides, seed=wanted.seed)  # which may have split one file by it
    scored = selection.choose_items(task.items, wanted.scoring())
    now = fingerprint_of(task, study.curve.items)
    check_comparable(study, task.name, model, [item.id for item in scored], now, form)
    return task, wanted


def beside_probe(study: Study, task: Task, design: ProbeDesign, reply_tokens: int | None = None) -> BesideDesign:
    """Return what a probe asks besides its fine-tuned models: see `design_beside`."""
    return design_beside(study, design.sizes, design.scoring(reply_tokens), len(task.pool))


def check_comparable(
    study: Study, task: str, model: str, items: Sequence[str], asked: str, form: str = "plain"
) -> None:
    """Make sure that a study is of this task and model, and that its items are the first of these or hold them.

    `asked` is the fingerprint of the study's items as they are asked now; empty where that is not known. `form` is that
    of the probe's prompts.

    Raises
    ------
    InputError
        It cannot be set beside a probe of them.
    """
    for name, ours, theirs in (("task", task, study.curve.task), ("model", model, study.curve.model)):
        if ours != theirs:
            which = f"add -m {theirs}, or give its own with --study" if name == "model" else "give its own with --study"
            raise InputError(f"the study is of the {name} {theirs!r}, the probe of {ours!r}; {which}")
    if study.curve.form and (study.curve.form == "chat") != (form == "chat"):
        theirs, ours, option = ("plain text", "turns", "chat") if form == "chat" else ("turns", "plain text", "plain")
        raise InputError(
            f"the study asked in {theirs}, and a probe asks in {ours}; measure it again with --form {option}"
        )
    common = min(len(study.curve.items), len(items))
    if study.curve.summary is None and study.best.scored[:common].sum() < 2:
        raise InputError("a comparison needs two items with a score; score more, in the study and with --items")
    if study.curve.summary is None and study.curve.items[:common] != tuple(items[:common]):
        raise InputError("the study scored other items than the task has now; measure it again with: curvefit run")
    if asked and study.curve.asked and asked != study.curve.asked:
        raise InputError(
            "instruction, scorer or items of the task have changed since the study; undo that, or measure it again"
            " with: curvefit run"
        )


def conclude_probe(
    study: Study,
    curve: Measurement,
    units: tuple[Unit, ...],
    shown: Measurement | None = None,
    together: tuple[Measurement, ...] = (),
    base: Usage = Usage(),  # noqa: B008 (frozen)
) -> Probe:
    """Conclude from a study and what `Trained` holds. Pure: same input, same bytes.

    Raises
    ------
    InputError
        The two are not of the same task and model, or scored different items.
    CurveError
        Fewer than two items were answered by both.
    """
    asked = curve.asked if curve.items == study.curve.items else ""
    check_comparable(study, curve.task, curve.model, curve.items, asked, curve.form)
    usage = sum((part.usage for part in (*together, *([] if shown is None else [shown]))), curve.usage)
    known = dict(study.curve.taken).get(0)
    if known is not None and replace(known, usd=base.usd) == base:  # so many seconds: the very replies of the study
        usage -= base
    prompted = with_shown(study.curve, shown)
    if prompted is not study.curve:
        study = concluded_again(study, prompted)
    future = forecast(curve, level=study.level, seed=study.seed)
    best = study.best
    points = observed_points(curve, study.level)
    return Probe(
        study=study,
        curve=curve,
        units=units,
        points=points,
        forecast=future,
        best=best,
        gains=tuple(
            paired_gain(curve, point.shots, best.curve, best.point.shots, study.level)
            for point in points
            if point.shots
        ),
        optimism=study.optimism,
        break_even=break_even(curve, future, best.forecast, best.point.shots),
        over_shown=_over_shown(curve, study.curve if shown is None else shown, study.level),
        together=together_of(together, best, curve, points[-1].shots, study.level),
        shown=shown,
        usage=usage,
    )


def concluded_again(study: Study, curve: Measurement, probes: Sequence[Probed] | None = None) -> Study:
    """Conclude as a study does, of more that was measured or with other probes."""
    again = analyze(
        curve, margin=study.margin, level=study.level, seed=study.seed, n_train=study.n_train,
        probes=study.probes if probes is None else probes, baseline=study.baseline,
    )  # fmt: skip
    again = replace(again, looks=study.looks, steps=study.steps)
    return with_costs(with_own_training(again, study.validated) if study.validated else again, study.costs)


def _over_shown(tuned: Measurement, prompted: Measurement, level: float) -> OverShown | None:
    n = near_32([int(n) for n in np.intersect1d(tuned.shots[tuned.observed], prompted.shots[prompted.observed])])
    if n is None:
        return None
    try:
        return OverShown(n, paired_gain(tuned, n, prompted, n, level))
    except CurveError:  # fewer than two items in common there
        return None


def joined(
    base: Measurement, measured: Mapping[tuple[int, int], Measurement], design: ProbeDesign, notes: Sequence[str]
) -> Measurement:
    """Lay base and units out as one measurement: (1 + sizes, seeds, items); a unit that is not there is unobserved.

    `measured` are the fine-tuned ones, by training examples and seed; `notes` are of the training.
    """
    seeds, sizes = range(design.seeds), design.sizes
    parts = [base, *measured.values()]

    def stacked(name: str) -> Any:
        if any(getattr(part, name) is None for part in parts):  # never of scores
            return None
        first = getattr(base, name)[0, 0]
        nothing = np.full_like(first, np.nan, dtype=float)
        rows = [[first for _ in seeds]]
        rows += [[getattr(measured[n, s], name)[0, 0] if (n, s) in measured else nothing for s in seeds] for n in sizes]
        return np.array(rows)

    return replace(
        base,
        shots=np.array([0, *sizes]),
        scores=stacked("scores"),
        readable=stacked("readable"),
        choices=stacked("choices"),
        also_scores=stacked("also_scores"),
        design=None,
        usage=reduce(add, (part.usage for part in parts)),
        usage_by_shots=(),
        seconds_by_shots=(),
        stopped=next((part.stopped for part in parts if part.stopped), ""),
        notes=(
            *dict.fromkeys(note for part in parts for note in part.notes),
            *(Note("training", text) for text in notes),
        ),
    )
