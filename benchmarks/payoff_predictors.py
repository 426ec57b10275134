"""What predicts the payoff of fine-tuning? Compared on what the laboratory measured, and on published figures too.

Run: python benchmarks/payoff_predictors.py    (reads laboratory.csv, writes predictors.md)

Every predictor is a set of features in one and the same linear model of the gain, so that only what is looked at
differs: Gaussian noise and an effect of each task (or source), whose sizes are integrated over a grid, as in
`curvefit.payoff.model`. A task (source) is predicted from the others alone; features are scaled by those. The
comparison is with the same model that looks at nothing, on the same cases: those for which the features exist.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from payoff_cases import LAB, Case, laboratory, published
from payoff_table import REPORTS, read
from scipy.stats import rankdata

from curvefit.curves.curve import Estimate
from curvefit.payoff.backtest import _auc, _inside, _resampled
from curvefit.payoff.evidence import GROUPS, Unit, evidence
from curvefit.payoff.model import gains

FloatArray = NDArray[np.float64]

MARGIN: Final = 0.02
_PRIOR: Final = (0.3, 0.15)  # standard deviations of the level, and of what a feature adds by one deviation of its own
_NOISE: Final = (0.05, 0.08, 0.12, 0.18, 0.27, 0.4)
_CLUSTER: Final = (0.015, 0.06, 0.12, 0.2, 0.3)
_DRAWS: Final = 4000
_FEWEST: Final = 4  # tasks, below which leaving one out says nothing

# What is looked at, by name. "kind" stands for a feature a group of tasks.
PREDICTORS: Final[dict[str, tuple[str, ...]]] = {
    "nothing": (),
    "last doubling (plain rule)": ("doubling",),
    "headroom": ("headroom",),
    "forecast gain to 4 times the shots": ("forecast",),
    "retrieved minus random": ("retrieved",),
    "unreadable replies": ("unread",),
    "choice minus free reply": ("choice",),
    "kind of task": ("kind",),
    "training examples": ("size",),
    "classes": ("classes",),
    "other model's best prompt": ("other best",),
    "other model's gain": ("other gain",),
    "other model's probe at 32": ("other probe",),
    "own probe at 32": ("probe",),
    "headroom, examples": ("headroom", "size"),
    "headroom, kind": ("headroom", "kind"),
    "headroom, examples, kind": ("headroom", "size", "kind"),
    "headroom, examples, kind, last doubling": ("headroom", "size", "kind", "doubling"),
    "headroom, retrieved": ("headroom", "retrieved"),
    "headroom, other model's probe": ("headroom", "other probe"),
    "headroom, own probe": ("headroom", "probe"),
    "headroom, examples, own probe": ("headroom", "size", "probe"),
}
# What published figures tell too; and what to hold a probe against.
GENERAL: Final = (
    "nothing", "last doubling (plain rule)", "headroom", "kind of task", "training examples", "headroom, examples",
    "headroom, kind", "headroom, examples, kind", "headroom, examples, kind, last doubling",
)  # fmt: skip
PROBES: Final = (
    "nothing", "headroom", "own probe at 32", "other model's probe at 32", "other model's gain",
    "headroom, own probe", "headroom, other model's probe",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """Equally likely gains of each case (N, draws)."""

    gains: FloatArray

    @property
    def probability(self) -> FloatArray:
        """That the gain exceeds the margin."""
        return _inside((self.gains > MARGIN).mean(axis=1))


@dataclass(frozen=True, slots=True)
class Found:
    """How well a predictor did; `ahead` is how much less its log-loss is than the base rate's."""

    cases: int
    paid: int
    auc: Estimate
    ahead: Estimate
    brier: Estimate
    coverage: Estimate
    error: Estimate
    rank: Estimate


def _columns(features: Sequence[str]) -> list[str]:
    return [name for f in features for name in ([f"kind {g}" for g in GROUPS] if f == "kind" else [f])]


def able(cases: Sequence[Case], features: Sequence[str]) -> list[Case]:
    """Return the cases that have all the features."""
    names = _columns(features)
    return [c for c in cases if all(math.isfinite(c.features.get(name, math.nan)) for name in names)]


def predict(known: Sequence[Case], new: Sequence[Case], features: Sequence[str]) -> Guess:
    """Draw gains of new cases, each of a cluster of its own, given the known ones."""
    names = _columns(features)
    raw, asked = (np.array([[c.features[n] for n in names] for c in some], dtype=float) for some in (known, new))
    raw, asked = raw.reshape(len(known), len(names)), asked.reshape(len(new), len(names))
    center, scale = raw.mean(axis=0), raw.std(axis=0)
    scale[scale == 0] = 1.0
    x, z = (np.column_stack([np.ones(len(a)), (a - center) / scale]) for a in (raw, asked))
    prior = np.array([_PRIOR[0], *[_PRIOR[1]] * len(names)]) ** 2
    y = np.array([c.gain for c in known])
    cluster = np.array([c.cluster for c in known])
    same = cluster[:, None] == cluster
    evidences, means, variances = [], [], []
    for noise, effect in product(_NOISE, _CLUSTER):
        total = (x * prior) @ x.T + effect**2 * same + noise**2 * np.eye(len(y))
        shared = (z * prior) @ x.T
        solved = np.linalg.solve(total, np.column_stack([y, shared.T]))
        evidences.append(-0.5 * y @ solved[:, 0] - 0.5 * np.linalg.slogdet(total)[1])
        means.append(shared @ solved[:, 0])
        variances.append(z**2 @ prior + effect**2 + noise**2 - np.einsum("nu,un->n", shared, solved[:, 1:]))
    weight = np.exp(np.array(evidences) - max(evidences))
    rng = np.random.default_rng(0)
    cell = rng.choice(len(weight), size=_DRAWS, p=weight / weight.sum())
    drawn = rng.normal(np.array(means)[cell], np.sqrt(np.array(variances)[cell])).T  # (N, draws)
    best = np.array([[c.best] for c in new])
    return Guess(np.clip(drawn, -best, 1 - best))


Predict = Callable[[Sequence[Case], Sequence[Case]], Guess]


def looking_at(features: Sequence[str]) -> Predict:
    """Return the linear model of these features."""
    return lambda known, new: predict(known, new, features)


def shipped(known: Sequence[Case], new: Sequence[Case]) -> Guess:
    """Predict as the package does, from these cases in place of its evidence."""
    units = [c.unit for c in known if c.unit]
    return Guess(np.array([gains(units, np.full(_DRAWS, c.best), c.unit.group, c.unit.n_train) for c in new if c.unit]))


def left_out(cases: Sequence[Case], predicting: Predict) -> Guess:
    """Predict every case from the other clusters."""
    found = np.empty((len(cases), _DRAWS))
    for cluster in {c.cluster for c in cases}:
        held = [i for i, c in enumerate(cases) if c.cluster == cluster]
        known = [c for c in cases if c.cluster != cluster]
        found[held] = predicting(known, [cases[i] for i in held]).gains
    return Guess(found)


def base_rate(cases: Sequence[Case]) -> FloatArray:
    """Return the share of other clusters' cases that paid; one of each kind is added, so that it is never 0 or 1."""
    shares = []
    for case in cases:
        others = [c.gain > MARGIN for c in cases if c.cluster != case.cluster]
        shares.append((sum(others) + 1) / (len(others) + 2))
    return np.array(shares)


def scored(cases: Sequence[Case], guess: Guess, base: FloatArray) -> Found:
    """Score a predictor, with intervals by resampling whole clusters."""
    gain = np.array([c.gain for c in cases])
    paid = gain > MARGIN
    _, cluster = np.unique([c.cluster for c in cases], return_inverse=True)
    loss, base_loss = (-np.where(paid, np.log(p), np.log1p(-p)) for p in (guess.probability, base))
    low, middle, high = np.quantile(guess.gains, (0.05, 0.5, 0.95), axis=1)

    def mean(values: FloatArray) -> Estimate:
        return _resampled(lambda some: float(values[some].mean()), cluster)

    return Found(
        cases=len(cases),
        paid=int(paid.sum()),
        auc=_resampled(lambda some: _auc(guess.probability[some], paid[some]), cluster),
        ahead=mean(base_loss - loss),
        brier=mean((guess.probability - paid) ** 2),
        coverage=mean(((low <= gain) & (gain <= high)).astype(float)),
        error=mean(np.abs(middle - gain)),
        rank=_resampled(lambda some: _rank_correlation(middle[some], gain[some]), cluster),
    )


def _rank_correlation(ours: FloatArray, theirs: FloatArray) -> float:
    """Spearman's; NaN where one of the two is constant."""
    a, b = rankdata(ours), rankdata(theirs)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def compared(cases: Sequence[Case], predictors: Mapping[str, Predict | tuple[str, ...]]) -> str:
    """Return a table in Markdown: a line a predictor, on the cases it can say something about."""
    lines = [
        "| looked at | cases (paid) | AUC | as it stands | log-loss ahead of the base rate | Brier | base |"
        " coverage | error, points | rank |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, looked_at in predictors.items():
        features = looked_at if isinstance(looked_at, tuple) else ()
        some = able(cases, features)
        if len({case.cluster for case in some}) < _FEWEST:
            lines.append(f"| {name} | {len(some)} | too few tasks measured |" + " |" * 7)
            continue
        predicting = looking_at(looked_at) if isinstance(looked_at, tuple) else looked_at
        base = base_rate(some)
        found = scored(some, left_out(some, predicting), base)
        paid = np.array([case.gain > MARGIN for case in some])
        plain = math.nan
        if len(features) == 1 and features != ("kind",):
            plain = _auc(np.array([case.features[features[0]] for case in some]), paid)
        lines.append(
            f"| {name} | {found.cases} ({found.paid}) | {_told(found.auc)} | {_figure(plain)} |"
            f" {_told(found.ahead)} | {found.brier.value:.2f} | {((base - paid) ** 2).mean():.2f} |"
            f" {_told(found.coverage)} | {100 * found.error.value:.1f} | {_told(found.rank)} |"
        )
    return "\n".join(lines)


def _told(e: Estimate) -> str:
    return "" if math.isnan(e.value) else f"{_figure(e.value)} ({_figure(e.low)} to {_figure(e.high)})"


def _figure(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def main() -> None:
    """Write every comparison there are figures for."""
    rows = read(REPORTS / "laboratory.csv")
    largest, every = laboratory(rows, largest=True), laboratory(rows, largest=False)
    said: dict[str, tuple[Sequence[Case], Mapping[str, Predict | tuple[str, ...]]]] = {
        "The laboratory, each unit at its most examples, one task left out at a time": (largest, PREDICTORS),
        "The laboratory, every number of examples, one task left out at a time": (every, PREDICTORS),
    }
    for model, other in (("local/gemma3-270m", "SmolLM2"), ("local/smollm2-135m", "Gemma")):
        ours = [case for case in largest if case.unit and case.unit.model == model]
        title = f"What a probe with 32 examples says of the gain at the most: {model}, its own probe and {other}'s"
        said[title] = ours, {name: PREDICTORS[name] for name in PROBES}
    both = published([*evidence_without_lab(), *(case.unit for case in largest if case.unit)])
    general = {name: features for name, features in PREDICTORS.items() if name in GENERAL}
    alone = published(evidence_without_lab())
    said["Published figures, one source left out at a time"] = alone, {**general, "the shipped model": shipped}
    said["Published figures and the laboratory, which is one source"] = both, {**general, "the shipped model": shipped}
    parts = ["# What predicts the payoff of fine-tuning", _LEGEND]
    parts += [f"## {title}\n\n{compared(cases, predictors)}" for title, (cases, predictors) in said.items()]
    parts += [f"## Published figures, predicted with and without the laboratory\n\n{contaminated(alone, both)}"]
    (REPORTS / "predictors.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


_LEGEND: Final = """\
`python benchmarks/payoff_predictors.py` made this from `laboratory.csv` and the shipped evidence. Each line looks at
some features only, in the same linear model; what is predicted was left out, with all of its task (or source). Paid:
the gain over the best prompt exceeded 2 points. AUC: of the predicted probability; as it stands: of the bare feature,
larger meaning likelier to pay, nothing learned. Ahead of the base rate: nats a case, positive is better. Brier:
beside the base rate's. Coverage: of 90% intervals. Error: mean absolute, of the gain. Rank: Spearman's correlation of
predicted and real gain. Intervals are 90%, by resampling whole tasks (or sources)."""


def evidence_without_lab() -> list[Unit]:
    """Return the published units."""
    return [unit for unit in evidence() if unit.source != LAB]


def contaminated(alone: Sequence[Case], both: Sequence[Case]) -> str:
    """Return how the shipped model predicts published sources, knowing only other ones, or the laboratory too."""
    base = base_rate(alone)
    lines = [
        "| known | AUC | log-loss ahead of the base rate | Brier | coverage | error, points |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, cases in (("other published sources", alone), ("those and the laboratory", both)):
        guess = left_out(cases, shipped)
        ours = [i for i, case in enumerate(cases) if case.cluster != LAB]
        found = scored(alone, Guess(guess.gains[ours]), base)
        lines.append(
            f"| {name} | {_told(found.auc)} | {_told(found.ahead)} | {found.brier.value:.3f} |"
            f" {_told(found.coverage)} | {100 * found.error.value:.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
