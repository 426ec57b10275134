"""Print how well the gain is predicted where the very model was fine-tuned on fewer examples, and a classifier too.

Of each pair of a task and a model in `curvefit/payoff/stand_ins.csv` the gain on the most examples is predicted: from
measured cases of other data with the small fine-tuning, and from the classifier with it. Pairs and cases of the task's
data set are left out. It stands in `docs/payoff.md`; half a minute of one core::

    python -m benchmarks.payoff.beside_probe
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from unittest.mock import patch

import numpy as np

from benchmarks.paths import REPORTS
from benchmarks.payoff.table import read
from curvefit.curves.curve import Curve, Estimate
from curvefit.payoff import predictor
from curvefit.payoff.evidence import evidence
from curvefit.payoff.hierarchy import PayoffQuery
from curvefit.payoff.predictor import Probed, payoff_of
from curvefit.payoff.stand_in import ClassifierAccuracy, Pair, PromptScore, pairs

__all__ = ["main", "rows"]

MARGIN: Final = 0.02
TRAINED: Final = ((), (32,), (128,), (32, 128))
_PROMPT_SD, _GAIN_SD = 0.02, 0.04
_DRAWS: Final = 4000


def rows(trained: tuple[tuple[int, ...], ...] = TRAINED) -> Iterator[str]:
    """Yield the table."""
    yield "| trained on | predicted from | pairs | off by, points | too high by | intervals that hold | median width |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for sizes in trained:
        found = np.array(list(_predictions(sizes)))  # (pairs, two ways, 3 ends and the truth)
        for way, name in enumerate(("cases", "the classifier")):
            low, value, high, truth = found[:, way].T
            too_high = round(100 * (value - truth).mean(), 1) + 0.0  # which is not below 0 where it is 0
            cells = (
                " and ".join(map(str, sizes)) or "none", name, str(len(found)),
                f"{100 * np.abs(value - truth).mean():.1f}", f"{too_high:+.1f}".replace("-", "−"),
                f"{((low <= truth) & (truth <= high)).mean():.0%}", f"{100 * np.median(high - low):.0f}",
            )  # fmt: skip
            yield f"| {' | '.join(cells)} |"


def _predictions(sizes: tuple[int, ...]) -> Iterator[list[tuple[float, ...]]]:
    measured = read(REPORTS / "payoff" / "laboratory.csv")
    for task, model in sorted({(pair.task, pair.model) for pair in pairs()}):
        own = {pair.n_train: pair for pair in pairs() if (pair.task, pair.model) == (task, model)}
        most = own.pop(max(own))
        prompted = [row for row in measured if (row.task, row.model) == (task, model)]
        prompted = [row for row in prompted if row.way in ("random", "retrieved")]
        if prompted and set(sizes) <= set(own):
            best = max(row.value for row in prompted)
            shown = sorted((row.n, row.value) for row in prompted if row.way == "random")
            curve = Curve.from_means([n for n, _ in shown], [value for _, value in shown], n_items=most.items)
            yield list(_both_ways(curve, best, most, [own[size] for size in sizes]))


def _both_ways(curve: Curve, best: float, most: Pair, own: list[Pair]) -> Iterator[tuple[float, ...]]:
    left_out = {pair.task for pair in pairs() if pair.data_set == most.data_set}
    known = tuple(pair for pair in pairs() if pair.task not in left_out)
    cases = tuple(unit for unit in evidence() if not any(task in unit.task for task in left_out))
    draws = np.clip(np.random.default_rng(0).normal(best, _PROMPT_SD, _DRAWS), 0.0, 1.0)
    classifier = ClassifierAccuracy(
        np.full(_DRAWS, most.classifier), most.items, Estimate(most.classifier, 0.0, 1.0, 0.9),
        tuple(pair.classifier for pair in own), PromptScore(best, _PROMPT_SD),
    )  # fmt: skip
    probes = [_probed(pair, best) for pair in own]
    query = PayoffQuery("classification", float(most.n_train), tiny=True, task=most.task, model=most.model)
    with patch.multiple(predictor, pairs=lambda: known, evidence=lambda: cases):
        for beside in (None, classifier):
            gain = payoff_of(curve, draws, query, margin=MARGIN, probes=probes, classifier=beside).gain
            yield gain.low, gain.value, gain.high, most.fine_tuned - best


def _probed(pair: Pair, best: float) -> Probed:
    gain, reach = pair.fine_tuned - best, 1.645 * _GAIN_SD
    interval = Estimate(gain, max(gain - reach, -1.0), min(gain + reach, 1.0), 0.9)
    return Probed(pair.model, best, pair.n_train, interval, optimism=0.0, items=pair.items)


def main() -> None:
    """Print it, row by row."""
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
