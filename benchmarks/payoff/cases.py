"""Cases to predict: what was known of a model on a task before it was fine-tuned, and what that then gained.

Lives here: features of the laboratory's units and of published ones, and how a unit becomes a row of the evidence.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.payoff.table import GAPS, LEVEL, Row, digits
from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import ROUNDING, Unit, last_doubling
from curvefit.payoff.predictor import OverShown, Probed
from curvefit.task_kinds import GROUPS

__all__ = ["LAB", "MARGIN", "MARGIN_SHOTS", "BacktestCase", "add_evidence", "data_set", "laboratory", "published"]

LAB: Final = "curvefit-lab"
MARGIN: Final = 0.02
MARGIN_SHOTS: Final = 8  # the demonstrations a margin is compared at: these fit the context of every task
HORIZON_MULTIPLE: Final = 0.15  # accuracy of the best prompt below which a task may be beyond the model
_CITATION: Final = "reports/payoff/laboratory.csv of this project"
_TWINS: Final = {"ferry_facts": "ferry", "ferry_format": "ferry"}  # of one data set by other names: the same inputs

Figures = Mapping[tuple[str, int], Row]  # of one unit, by way and number


@dataclass(frozen=True, slots=True)
class BacktestCase:
    """One model on one task, fine-tuned on so many examples.

    Attributes
    ----------
    cluster : str
        What is left out together: a task, or a source.
    best, gain : float
        Best prompted accuracy, and what fine-tuning added to it.
    features : mapping of str to float
        What could be known before; NaN or missing where it was not measured.
    unit : Unit or None
        As the shipped model sees it.
    probes : mapping of str to Probed
        The task's smallest fine-tunings: ``own``, and ``other`` of the other model; ``other whole`` is that model's
        largest. Empty at the smallest size itself.
    """

    cluster: str
    best: float
    gain: float
    features: Mapping[str, float]
    unit: Unit | None = None
    probes: Mapping[str, Probed] = field(default_factory=dict)

    @property
    def paid(self) -> bool:
        """Whether the gain exceeds the margin."""
        return self.gain > MARGIN + ROUNDING


def laboratory(rows: Sequence[Row], *, largest: bool) -> list[BacktestCase]:
    """Return the laboratory's cases, clustered by task: each unit at its largest number of examples, or at all."""
    units: dict[tuple[str, str], dict[tuple[str, int], Row]] = {}
    for row in rows:
        units.setdefault((row.task, row.model), {})[row.way, row.n] = row
    whole = {key: at for key, at in units.items() if any(way == "gain" for way, _ in at)}
    cases = []
    for (task, model), at in whole.items():
        sizes = sorted(n for way, n in at if way == "gain")
        others = [whole[key] for key in whole if key[0] == task and key[1] != model]
        for n in sizes[-1:] if largest else sizes:
            unit = unit_of(at, n)
            features = {**_features(at), **_of_unit(unit), "classes": _classes(at), **_of_other(others, n)}
            probes = {}
            if n > sizes[0]:
                probes = {"own": _probed(at, sizes[0])}
                for other in others:
                    sizes_there = sorted(n for way, n in other if way == "gain")
                    probes |= {"other": _probed(other, sizes_there[0]), "other whole": _probed(other, sizes_there[-1])}
                features["probe"] = at["gain", sizes[0]].value
                features["trained"] = _over_shown(at)
                features["trained, room"] = features["trained"] * features["headroom"]
            cases.append(BacktestCase(data_set(task), unit.best_prompted, unit.gain, features, unit, probes))
    return cases


def data_set(task: str) -> str:
    """Return what a task was made of: variants of one data set are no independent tasks."""
    return _TWINS.get(task, task.partition("-")[0])


def unit_of(at: Figures, n_train: int) -> Unit:
    """Return a measured unit as a piece of evidence."""
    curve = sorted((n, row.value) for (way, n), row in at.items() if way == "random")
    shots, means = zip(*curve, strict=True)
    row = at["gain", n_train]
    best = max((r for (way, _), r in at.items() if way in ("random", "retrieved")), key=lambda r: r.value)
    made = "retrieved" if best.way == "retrieved" else "examples" if best.n else "zero-shot"
    return Unit(
        source=LAB, citation=_CITATION, model=row.model, task=row.task,
        metric=row.metric, kind=row.kind, shots=float(shots[-1]), best_prompted=best.value,
        doubling=last_doubling(shots, means), n_train=float(n_train),
        fine_tuned=at["tuned", n_train].value, tiny=True, over_shown=_over_shown(at),
        stratum="laboratory", prompt=made, zero_shot=dict(curve).get(0, math.nan),
    )  # fmt: skip


def _probed(at: Figures, n_train: int) -> Probed:
    """Return a fine-tuning as a user of `curvefit probe` would know it."""
    fewest = min(n for way, n in at if way == "gain")
    row, first, value = at["gain", n_train], at["gain", fewest], _over_shown(at)
    # As wide as that of the gain over the best prompt, which is paired too.
    low, high = (float(np.clip(value + end - first.value, -1.0, 1.0)) for end in (first.low, first.high))
    return Probed(
        model=row.model,
        best_prompted=at["tuned", n_train].value - row.value,
        n_train=n_train,
        gain=Estimate(row.value, row.low, row.high, LEVEL),
        over_shown=None if math.isnan(value) else OverShown(fewest, Estimate(value, low, high, LEVEL)),
    )


def _over_shown(at: Figures) -> float:
    """Return what the fewest examples give when trained on, over as many at random in the prompt."""
    fewest = min(n for way, n in at if way == "gain")
    shown = at.get(("random", fewest))
    return at["tuned", fewest].value - shown.value if shown else math.nan


def _features(at: Figures) -> dict[str, float]:
    curve = {n: row for (way, n), row in at.items() if way == "random"}
    best = max(curve.values(), key=lambda row: row.value)
    ahead = next(row for (way, _), row in at.items() if way == "forecast")
    near = {n: row.value for (way, n), row in at.items() if way == "retrieved"}
    both = [n for n in near if n in curve]
    return {
        "forecast": ahead.value - best.value,
        "retrieved": near[both[-1]] - curve[both[-1]].value if both else math.nan,
        "unread": 1 - best.parse_rate,
        "choice": best.choice - best.value,
        **{way: at[way, MARGIN_SHOTS].value if (way, MARGIN_SHOTS) in at else math.nan for way in GAPS},
    }


def _classes(at: Figures) -> float:
    count = next(iter(at.values())).classes
    return math.log(count) if count else math.nan


def _of_other(others: Sequence[Figures], n_train: int) -> dict[str, float]:
    """Return what another model shows of the task: its best prompt, its gain at this size and from a probe."""
    if not others:
        return {}
    at = others[0]  # there are two models
    told = {n: row.value for (way, n), row in at.items() if way == "gain"}
    best = max(row.value for (way, _), row in at.items() if way in ("random", "retrieved"))
    return {
        "other best": best,
        "other gain": told.get(n_train, math.nan),
        "other probe": told[min(told)],
        "other trained": _over_shown(at),
        "other trained, room": _over_shown(at) * (1 - best),
    }


def _of_unit(unit: Unit) -> dict[str, float]:
    size = 0.0 if math.isnan(unit.n_train) else math.log10(unit.n_train / 1000)
    kinds = {f"kind {group}": float(unit.group == group) for group in GROUPS}
    best = unit.best_prompted
    reach = {"reach": float(best >= HORIZON_MULTIPLE), "best, room": best * (1 - best)}
    return {"doubling": unit.doubling, "headroom": 1 - best, "size": size, **reach, **kinds}


def published(units: Iterable[Unit]) -> list[BacktestCase]:
    """Return cases of the evidence, clustered by source."""
    return [BacktestCase(u.source, u.best_prompted, u.gain, _of_unit(u), u) for u in units]


def add_evidence(rows: Sequence[Row], file: Path) -> int:
    """Write every unit that is whole, at its largest number of examples, in place of those in the evidence before."""
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        names = list(reader.fieldnames or ())
        kept = [line for line in reader if line["source"] != LAB]
    added = [_line(case.unit) for case in laboratory(rows, largest=True) if case.unit]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*kept, *added], key=lambda line: line["source"]))
    return len(added)


def _line(unit: Unit) -> dict[str, str]:
    named = ("source", "stratum", "citation", "model", "task", "metric", "kind", "prompt")
    figures = ("shots", "zero_shot", "best_prompted", "doubling", "n_train", "fine_tuned", "over_shown")
    return {
        **{name: str(getattr(unit, name)) for name in named},
        "tiny": "yes",
        **{name: digits(getattr(unit, name)) for name in figures},
    }
