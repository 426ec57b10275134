"""What stopping early saves and costs: `run --until-decided` against measuring all of the design. Prints tables.

Run: python -m benchmarks.forecast.early_stopping [SEEDS]
(data, for the replayed part: $CURVEFIT_DATA or ../shared/data)

The fixed design is 5 draws of 100 items at every number of shots; the looks of `curvefit.curves.group_sequential` are
cut out of the very same scores; each goes on with the shots that still tell something. Simulated: the truths of
verdicts.py, where a wrong verdict is known. Replayed: real many-shot runs up to 100 shots (Bertsch et al. 2024), 5 of
10 runs and 100 of 250 items at random, judged to twice the last shots.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks.forecast.small_studies import CURVES, ITEMS, RUNS, read, taken
from benchmarks.forecast.verdicts import TRUTHS, Setting, right, simulate
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast
from curvefit.curves.group_sequential import interim_analysis, planned_looks
from curvefit.curves.value_of_information import measured_extent
from curvefit.curves.verdict import trend_of

LEVEL = 0.9
CASES = ((0.02, 128), (0.05, 128), (0.05, 256))


class Outcome(NamedTuple):
    """Both ways to measure the same curve."""

    case: tuple[str, float, int]
    fixed: str
    early: str
    calls: float  # share of the fixed design's


def compare(case: tuple[str, float, int], curve: Curve) -> Outcome:
    """Judge the whole, and stage by stage."""
    _, margin, horizon = case
    fixed = trend_of(curve, forecast(curve, level=LEVEL), margin=margin, horizon=horizon)
    _, draws, items = curve.scores.shape
    looks = planned_looks(draws, items, LEVEL)
    going = tuple(int(k) for k in curve.shots)
    scores = np.full_like(curve.scores, np.nan)
    for look in looks:
        rows = np.isin(curve.shots, going)
        scores[rows, : look.draws, : look.items] = curve.scores[rows, : look.draws, : look.items]
        part = Curve(shots=curve.shots, scores=scores)
        ahead = forecast(part, level=look.level)
        early = trend_of(part, ahead, margin=margin, horizon=horizon)
        if early != "inconclusive" or look is looks[-1]:
            break
        interim = interim_analysis(part, ahead, looks[-1], margin=margin, horizon=horizon, continuing=going)
        if interim.futile:
            break
        going = interim.shots
    return Outcome(case, fixed, early, measured_extent(part).calls / measured_extent(curve).calls)


def simulated(seeds: range) -> Iterator[Outcome]:
    """Compare on the truths of verdicts.py."""
    for name, seed, (margin, horizon) in product(TRUTHS, seeds, CASES):
        yield compare((name, margin, horizon), simulate(TRUTHS[name], Setting(), seed))


def replayed(repeats: int) -> Iterator[Outcome]:
    """Compare on real runs."""
    rng = np.random.default_rng(1)
    for runs in read(at_least=1):
        for _, margin in product(range(repeats), (0.02, 0.05)):
            curve = taken(runs, rng, up_to=100)
            yield compare((f"{runs.model} {runs.task}", margin, 2 * int(curve.shots[-1])), curve)


def report(title: str, outcomes: list[Outcome]) -> None:
    """Print calls and agreement, over all and where the fixed design decides."""
    print(f"\n{title}: {len(outcomes)} comparisons, {RUNS} draws of {ITEMS} items at most\n")
    print("| | comparisons | median calls, % | mean calls, % | same verdict, % | another decisive one, % |")
    print("|---|--:|--:|--:|--:|--:|")
    decided = [o for o in outcomes if o.fixed != "inconclusive"]
    for name, some in (("all", outcomes), ("the fixed design decides", decided)):
        calls = 100 * np.array([o.calls for o in some])
        same = np.mean([o.early == o.fixed for o in some])
        other = np.mean(["inconclusive" not in (o.early, o.fixed) and o.early != o.fixed for o in some])
        print(
            f"| {name} | {len(some)} | {np.median(calls):.0f} | {calls.mean():.0f} | {100 * same:.1f} |"
            f" {100 * other:.1f} |"
        )


def wrong(outcomes: list[Outcome]) -> str:
    """Return how often each way is wrong, over all and for the worst truth."""
    counts: dict[str, dict[tuple[str, float, int], Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for o in outcomes:
        name, margin, horizon = o.case
        allowed = right(TRUTHS[name], Setting(), margin, horizon)
        for way, trend in (("fixed", o.fixed), ("early", o.early)):
            counts[way][o.case][trend not in allowed] += 1
    said = []
    for way, cases in counts.items():
        overall = sum(c[True] for c in cases.values()) / len(outcomes)
        worst, where = max((c[True] / c.total(), case) for case, c in cases.items())
        said.append(f"{way}: {100 * overall:.1f}% wrong, at most {100 * worst:.1f}% for one truth {where}")
    return "; ".join(said)


def main() -> None:
    """Compare on simulated curves, then on real ones."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    # Seeds of their own: how to go on, and when to give up, was chosen on those from 40,000 to 71,000.
    outcomes = list(simulated(range(80_000, 80_000 + count)))
    report("Simulated", outcomes)
    print(f"\n{wrong(outcomes)}")
    if CURVES.is_dir():
        report("Replayed", list(replayed(count // 4)))


if __name__ == "__main__":
    main()
