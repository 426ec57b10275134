"""How often the interval of a difference between two studies holds the truth, and how often equal ones are told apart.

    python -m benchmarks.comparison.coverage [TIMES]

Simulated: two models on the same items. How hard an item is, is in part common to both; so is how good the examples of
a draw are, where both are shown the same. An item is right or wrong, or has a share of 5 fields right. Each study has
one prompt, five that are as good as each other, or three of which one is best, of which the best is picked: the truth
is then that of the prompts that were picked. Three ways to judge those: as `compare`
does, by their scores less their optimism; by their scores ("flattered"); and each tenth of the items with the prompt
that did best on the other nine ("cross-fitted"). About 5 minutes of one core for 1,000 times.

A second table: the same draws in both, beside how they count where nobody knows that, as of two tables of scores.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from curvefit.curves.curve import Curve, Estimate
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import paired_difference
from curvefit.trials.design import Design
from curvefit.workflows.study_comparison import compare

__all__ = ["SETTINGS", "Found", "Setting", "found"]

FloatArray = NDArray[np.float64]

_LEVEL: Final = 0.9
_PARTS: Final = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """What is simulated.

    Attributes
    ----------
    items, draws : int
        Scored by both models.
    first, second : float
        True accuracies.
    shots : tuple of int
        Prompts of each study, all as good.
    common : float
        Share of an item's difficulty, and of a draw's luck, that is common to both models.
    fields : int
        Of which a score is the share right; 1: right or wrong.
    luck : float
        SD of draws in probit units, as is how hard an item is, with SD 1.
    behind : tuple of float
        By how much each prompt is less accurate than the best; empty where all are as good.
    """

    items: int
    draws: int = 1
    first: float = 0.7
    second: float = 0.7
    shots: tuple[int, ...] = (4,)
    common: float = 0.6
    fields: int = 1
    luck: float = 0.3
    behind: tuple[float, ...] = ()

    def behind_at(self, shots: int) -> float:
        """Return by how much the prompt with so many shots is behind the best."""
        return self.behind[self.shots.index(shots)] if self.behind else 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What came of many simulations of a setting: shares of all.

    Attributes
    ----------
    held : float
        Intervals that hold the true difference.
    better, worse : float
        The second surely better, and surely worse.
    error : float
        Mean error of the difference.
    """

    held: float
    better: float
    worse: float
    error: float


SETTINGS: Final[dict[str, Setting]] = {
    **{
        f"equal, {items} items, {draws} draw{'s' * (draws > 1)}": Setting(items, draws)
        for items in (30, 100, 300)
        for draws in (1, 3)
    },
    **{f"equal, no examples, {items} items": Setting(items, shots=(0,)) for items in (30, 100, 300)},
    "equal and low, 100 items": Setting(100, shots=(0,), first=0.1, second=0.1),
    "equal and high, 100 items": Setting(100, shots=(0,), first=0.93, second=0.93),
    "equal and high, 30 items": Setting(30, shots=(0,), first=0.93, second=0.93),
    "equal, nearly alike, 100 items": Setting(100, shots=(0,), common=0.95),
    "equal, nothing in common, 100 items": Setting(100, shots=(0,), common=0.0),
    "better by 8 points, 100 items, 3 draws": Setting(100, 3, second=0.78),
    "better by 8 points, 30 items": Setting(30, shots=(0,), second=0.78),
    "shares of fields, 30 items, 3 draws": Setting(30, 3, fields=5),
    "shares of fields, 100 items": Setting(100, shots=(0,), fields=5),
    **{
        f"best of 5 prompts, {items} items, {draws} draw{'s' * (draws > 1)}": Setting(
            items, draws, shots=(1, 2, 4, 8, 16)
        )
        for items in (30, 100, 300)
        for draws in (1, 3)
    },
    "best of 5 against one, 100 items, 3 draws": Setting(100, 3, shots=(1, 2, 4, 8, 16)),
    **{
        f"best of 3, {gap} points apart, {items} items, 3 draws": Setting(
            items, 3, shots=(1, 4, 16), behind=(0.3, gap / 100, 0.0)
        )
        for gap in (2, 5, 10)
        for items in (100, 300)
    },
}
SHARED: Final[dict[str, Setting]] = {
    f"{name}, {items} items, {draws} draws": Setting(items, draws, second=second, common=common, luck=luck)
    for luck, common, how in ((0.3, 0.6, ""), (0.6, 0.9, ", draws matter more"))
    for second, name in ((0.7, f"equal{how}"), (0.79, f"better by 9 points{how}"))
    for items, draws in ((60, 2), (100, 3))
}
_AGAINST_ONE: Final = ("best of 5 against one, 100 items, 3 draws",)


def found(setting: Setting, times: int, *, against_one: bool = False, seed: int = 5) -> dict[str, Found]:
    """Return what comes of a setting by each way of judging; against_one: the first study has one prompt alone."""
    runs = [_once(setting, number, seed, against_one) for number in range(times)]
    facts = np.array([fact for _, fact in runs])
    return {way: _shares([ways[way] for ways, _ in runs], facts) for way in runs[0][0]}


def _shares(estimates: list[Estimate], facts: FloatArray) -> Found:
    low, high, value = (np.array([getattr(e, name) for e in estimates]) for name in ("low", "high", "value"))
    return Found(
        float(((low <= facts) & (facts <= high)).mean()),
        float((low > 0).mean()),
        float((high < 0).mean()),
        float((value - facts).mean()),
    )


def _once(setting: Setting, number: int, seed: int, against_one: bool) -> tuple[dict[str, Estimate], float]:
    """Return the difference by each way of judging, and in truth, of the prompts that look best."""
    rng = np.random.default_rng([seed, number])
    hard = rng.normal(0, 1, setting.items)
    lucky = rng.normal(0, 1, setting.draws)
    one = replace(setting, shots=setting.shots[:1]) if against_one else setting
    first = _measured(rng, one, setting.first, hard, lucky)
    second = _measured(rng, setting, setting.second, hard, lucky)
    fitted = [_cross_fitted(curve) for curve in (first, second)]
    fact = setting.second - setting.behind_at(_best(second)) - setting.first + one.behind_at(_best(first))
    ways = {
        "compared": compare({"first": first, "second": second}, level=_LEVEL).pairs[0].difference,
        "unrelated": paired_difference(second, _best(second), first, _best(first)).interval(_LEVEL),
        "flattered": _difference(second, _best(second), first, _best(first)),
        "cross-fitted": _difference(fitted[1], int(fitted[1].shots[0]), fitted[0], int(fitted[0].shots[0])),
    }
    return ways, fact


def _difference(one: Curve, at: int, other: Curve, at_other: int) -> Estimate:
    return paired_difference(one, at, other, at_other, shared_draws=True).interval(_LEVEL)


def _cross_fitted(curve: Measurement) -> Curve:
    """Return scores of every item with the prompt that does best on the parts it is not in."""
    parts = np.arange(len(curve.items)) % _PARTS
    scores = np.empty_like(curve.scores[:1])
    for part in range(_PARTS):
        picked = int(np.argmax(curve.scores[:, :, parts != part].mean(axis=(1, 2))))
        scores[0][:, parts == part] = curve.scores[picked][:, parts == part]
    return Curve(shots=curve.shots[len(curve.shots) // 2 :][:1], scores=scores)


def _best(curve: Measurement) -> int:
    return int(curve.shots[np.argmax(curve.means)])


def _measured(
    rng: np.random.Generator, setting: Setting, accuracy: float, hard: FloatArray, lucky: FloatArray
) -> Measurement:
    """Return a study of one model: half of what is its own in an item's difficulty is each prompt's."""
    share, own = setting.common**0.5, (1 - setting.common) ** 0.5
    model_hard = share * hard + own * rng.normal(0, 0.5**0.5, setting.items)
    scores = np.empty((len(setting.shots), setting.draws, setting.items))
    order = share * lucky + own * rng.normal(0, 1, setting.draws)
    for row, shots in enumerate(setting.shots):
        item = model_hard + own * rng.normal(0, 0.5**0.5, setting.items)
        draw = 0.0 * order if shots == 0 else 0.5**0.5 * (order + rng.normal(0, 1, setting.draws))
        at = norm.ppf(accuracy - setting.behind_at(shots)) * np.sqrt(2 + (setting.luck**2 if shots else 0.0))
        chance = norm.cdf(at + item + setting.luck * draw[:, None])
        scores[row] = rng.binomial(setting.fields, chance) / setting.fields
    return Measurement(
        shots=np.array(setting.shots),
        scores=scores,
        task="simulated",
        model="simulated",
        pool=64,
        items=tuple(f"i{n}" for n in range(setting.items)),
        design=Design(setting.shots, setting.draws, setting.items, 0),
    )


def main() -> None:
    """Print a table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{'':44} {'held':>6} {'better':>7} {'worse':>6} {'error':>6} {'flattered':>10} {'cross-fitted':>13}")
    for name, setting in SETTINGS.items():
        ways = found(setting, times, against_one=name in _AGAINST_ONE)
        fair, others = ways["compared"], [ways[way].held for way in ("flattered", "cross-fitted")]
        print(
            f"{name:44} {fair.held:6.1%} {fair.better:7.1%} {fair.worse:6.1%} {100 * fair.error:+6.1f}"
            f" {others[0]:10.1%} {others[1]:13.1%}",
            flush=True,
        )
    print(f"\n{'':44} {'held':>6} {'better':>7} {'unrelated: held':>16} {'better':>7}")
    for name, setting in SHARED.items():
        ways = found(setting, times)
        fair, apart = ways["compared"], ways["unrelated"]
        print(f"{name:44} {fair.held:6.1%} {fair.better:7.1%} {apart.held:16.1%} {apart.better:7.1%}", flush=True)


if __name__ == "__main__":
    main()
