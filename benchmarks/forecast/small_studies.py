"""What a small study would have said of real many-shot runs, score by score. Prints a table of reports/forecast.md.

Run: python -m benchmarks.forecast.small_studies [REPEATS]
(data: as extrapolation.py, which see for how settings were frozen)

From 10 runs on 250 items each (Bertsch et al. 2024), 5 runs and 100 items are taken at random up to 64
shots, forecast to the largest number of shots (500 to 1,309), and judged there by a margin of 2 and of 5 points. The
truth is the mean of all runs and items. That the numbers of the table vary over repeats of one task says little about
other tasks: intervals resample whole tasks.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast.extrapolation import CLASSES, CURVES, GAIN, Result, row
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast
from curvefit.curves.verdict import trend_of

FloatArray = NDArray[np.float64]

UP_TO, AT_LEAST = 64, 500
TOOK = 10  # runs; at some numbers of shots ten more follow, made otherwise
RUNS, ITEMS = 5, 100
MARGINS = (0.02, 0.05)


class Runs(NamedTuple):
    """One model and task: scores (R, I) by number of shots."""

    model: str
    task: str
    scores: dict[int, FloatArray]


def read(at_least: int = AT_LEAST) -> list[Runs]:
    """Return those measured at so many shots or more, at the numbers of shots that the source's own curves keep.

    They leave out Llama-2-7b-hf beyond about 100 shots, where the prompt overflows its context of 4,096 tokens.
    """
    with (CURVES / "icl_bertsch_runs.csv").open() as lines:
        kept = {(*line["curve_id"].split("/run")[0].rsplit("/", 1), int(line["n"])) for line in csv.DictReader(lines)}
    found: dict[tuple[str, str], dict[int, list[FloatArray]]] = defaultdict(lambda: defaultdict(list))
    with (CURVES / "icl_bertsch_bits.csv").open() as lines:
        for line in csv.DictReader(lines):
            if (line["model"], line["task"], int(line["n"])) not in kept:
                continue
            size = int(line["n_eval"])
            bits = f"{int(line['correct_hex'], 16):0{size}b}"  # leading zeros are not in the file
            found[line["model"], line["task"]][int(line["n"])].append(np.array(list(bits), dtype=float))
    return [
        Runs(model, task, {n: np.array(runs[:TOOK]) for n, runs in sorted(by_n.items())})
        for (model, task), by_n in found.items()
        if max(by_n) >= at_least
    ]


def taken(runs: Runs, rng: np.random.Generator, up_to: int = UP_TO) -> Curve:
    """Return a small study of the first shots."""
    shots = [n for n in runs.scores if n <= up_to]
    pick = np.ix_(rng.choice(TOOK, RUNS, replace=False), rng.choice(runs.scores[1].shape[1], ITEMS, replace=False))
    return Curve(shots=shots, scores=np.stack([runs.scores[n][pick] for n in shots]))


def allowed(before: FloatArray, after: FloatArray, margin: float) -> set[str]:
    """Which verdicts on the gain left the full data (R, I) at both ends do not refute: by its 90% interval."""
    change = Curve(shots=[1, 2], scores=np.stack([before, after]))
    variance, _ = change.noise().of(np.array([-1.0, 1.0]))
    gain, half = after.mean() - before.mean(), 1.645 * np.sqrt(variance)
    verdicts = {"inconclusive"}
    if gain + half > margin:
        verdicts.add("rising")
    if gain - half < margin and gain + half > -margin:
        verdicts |= {"plateau", "flat"}
    if gain - half < 0:
        verdicts.add("falling")
    return verdicts


def main() -> None:
    """Repeat over random studies of every model and task."""
    if not CURVES.is_dir():
        sys.exit(f"no curves in {CURVES}; set CURVEFIT_DATA to the folder that holds curves/")
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    rng = np.random.default_rng(0)
    ours, carried = [], []
    trends: dict[tuple[str, str, float], Counter[str]] = defaultdict(Counter)
    for runs in read():
        last, seen = max(runs.scores), max(n for n in runs.scores if n <= UP_TO)
        truth = float(runs.scores[last].mean())
        for repeat in range(repeats):
            curve = taken(runs, rng)
            start = time.perf_counter()
            ahead = forecast(curve, seed=repeat, n_classes=CLASSES[runs.task])
            at = ahead.at(last)
            ms = 1000 * (time.perf_counter() - start)
            before = float(curve.means[-1])
            likely = float((ahead.change(seen, last) > GAIN).mean())
            ours.append((runs.task, (at.value, at.low, at.high, likely), truth, before, False, ms))
            carried.append((runs.task, (before, np.nan, np.nan, 0.0), truth, before, False, 0.0))
            for margin in MARGINS:
                trend = trend_of(curve, ahead, margin=margin, horizon=last, n_classes=CLASSES[runs.task])
                trends[runs.model, runs.task, margin][trend] += 1
    print("| method | MAE, points | bias | 90% coverage, % | Winkler | AUROC, > 2 points | failures | ms |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, rows in (("curvefit", ours), ("last value", carried)):
        print(row(name, Result(*(np.array(part) for part in zip(*rows, strict=True)))))
    print(
        "\n| model | task | last shots | true gain from there, points | margin | verdicts | refuted by the full data |"
    )
    print("|---|---|--:|--:|--:|---|--:|")
    for runs in read():
        last, seen = max(runs.scores), max(n for n in runs.scores if n <= UP_TO)
        gain = runs.scores[last].mean() - runs.scores[seen].mean()
        for margin in MARGINS:
            found = trends[runs.model, runs.task, margin]
            fine = allowed(runs.scores[seen], runs.scores[last], margin)
            wrong = sum(count for trend, count in found.items() if trend not in fine)
            said = ", ".join(f"{trend} {100 * count / repeats:.0f}%" for trend, count in found.most_common())
            print(
                f"| {runs.model.split('+')[-1]} | {runs.task} | {seen} to {last} | {100 * gain:+.1f} | {margin} |"
                f" {said} | {100 * wrong / repeats:.0f}% |"
            )


if __name__ == "__main__":
    main()
