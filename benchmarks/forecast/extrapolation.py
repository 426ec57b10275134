"""How well learning curves are forecast, beside what else people use. Prints the tables of reports/forecast.md.

Run: python -m benchmarks.forecast.extrapolation [METHOD...]
(data: $CURVEFIT_DATA or ../shared/data; other methods: see other_methods.py)

Every curve is fitted on its points up to a quarter of the largest size, at least four, and its last point is scored.
Test losses L are scored as exp(-L), the likelihood of a token, in a table of their own.

How settings were frozen. The prior of `curvefit.curves` (weights of families, ranges of shapes, discrepancy) was
chosen on lcdb10_acc, lcdb11_acc and ft_setfit, as they are and thinned to one point a doubling with the noise of 250
items, and on the simulated curves of verdicts.py. Of the in-context curves (icl_bertsch_*), scored only until then, two
things were chosen: the spread of draws that is assumed where it cannot be measured, and how far accuracy rises once
every class has been shown, which matters to 4 of the 20 means. The losses only score.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast.other_methods import PEERS, Guess
from benchmarks.paths import DATA
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast

FloatArray = NDArray[np.float64]

CURVES = DATA / "curves"
TUNED = ("lcdb10_acc", "lcdb11_acc", "ft_setfit", "icl_bertsch_mean", "icl_bertsch_runs")
SCORED = ("ft_rectified_loss",)
POOLED = TUNED[:-1]  # runs are the same curves again, one draw each
CLASSES = {"banking77": 77, "clinic150": 151, "nlu": 68, "trec": 6, "trecfine": 50}  # of in-context tasks
OURS = "curvefit"
GAIN = 0.02
RESAMPLES = 1000


class Series(NamedTuple):
    """A curve: what may be fitted, and the last point."""

    cluster: str  # data set or task: what curves of one have in common
    n: FloatArray
    accuracy: FloatArray
    stderr: FloatArray
    n_eval: FloatArray
    last_n: float
    last: float
    n_classes: int = 0


def series(file: str) -> list[Series]:
    """Read a file's curves that have four points up to a quarter of their largest size."""
    rows = defaultdict(list)
    with (CURVES / f"{file}.csv").open() as lines:
        for row in csv.DictReader(lines):
            value = float(row["value"])
            single = row["n_reps"] == "1"  # then its standard error knows of items alone, and the draw is left out
            rows[row["curve_id"], row["variant"]].append(
                (
                    float(row["n"]),
                    np.exp(-value) if "loss" in row["metric"] else value,
                    np.nan if single else float(row["stderr"] or "nan"),
                    float(row["n_eval"] or "nan"),
                )
            )
    found = []
    for (name, variant), points in rows.items():
        all_of_it = np.array(sorted(points))
        early = all_of_it[all_of_it[:, 0] <= all_of_it[-1, 0] / 4]
        if len(early) >= 4:
            cluster = _cluster(file, name)
            found.append(Series(cluster, *early.T, *all_of_it[-1, :2], n_classes=_classes(cluster, variant)))
    return found


def _classes(cluster: str, variant: str) -> int:
    """Return how many classes examples drawn at random have to show; 0 where they are retrieved, or not known."""
    return 0 if "retriev" in variant else CLASSES.get(cluster.split("-")[0], 0)


def _cluster(file: str, name: str) -> str:
    """OpenML id, task, or fine-tuning set."""
    parts = name.split("/")
    if file.startswith("icl"):
        return parts[1].removesuffix("-retrieval")
    return parts[-1] if file == "ft_setfit" else parts[0]


def ours(s: Series) -> Guess:
    """Forecast with the package, as a user would from published means."""
    # An error over repetitions may be smaller than that over the items, and is rounded: 0 is none.
    n_items = np.where(np.isnan(s.stderr), s.n_eval, np.nan)
    curve = Curve.from_means(s.n.astype(int), s.accuracy, np.maximum(s.stderr, 1e-3), n_items)
    ahead = forecast(curve, n_classes=s.n_classes)
    at = ahead.at(s.last_n)
    return Guess(at.value, at.low, at.high, float((ahead.change(s.n[-1], s.last_n) > GAIN).mean()))


METHODS: dict[str, Callable[[Series], Guess]] = {
    OURS: ours,
    **{name: (lambda s, peer=peer: peer(s.n, s.accuracy, s.last_n)) for name, peer in PEERS.items()},
}


class Result(NamedTuple):
    """One method on one file."""

    clusters: NDArray[np.str_]
    guesses: FloatArray  # value, low, high, gains
    truth: FloatArray
    before: FloatArray  # last value that was seen
    failed: NDArray[np.bool_]
    ms: FloatArray


def score(method: Callable[[Series], Guess], curves: list[Series]) -> Result:
    """Forecast each curve; a method that fails carries the last value forward, and the failure is counted."""
    guesses, failed, ms = [], [], []
    for s in curves:
        start = time.perf_counter()
        try:
            guess = method(s)
            failed.append(False)
        except Exception:
            guess = Guess(float(s.accuracy[-1]))
            failed.append(True)
        ms.append(1000 * (time.perf_counter() - start))
        gains = guess.value - s.accuracy[-1] if np.isnan(guess.gains) else guess.gains
        guesses.append((guess.value, guess.low, guess.high, gains))
    return Result(
        np.array([s.cluster for s in curves]), np.array(guesses), np.array([s.last for s in curves]),
        np.array([s.accuracy[-1] for s in curves]), np.array(failed), np.array(ms),
    )  # fmt: skip


def joined(results: Iterable[Result]) -> Result:
    """Put the results of several files together."""
    return Result(*(np.concatenate(part) for part in zip(*results, strict=True)))


def row(name: str, r: Result) -> str:
    """One line of the table; points are percentage points, intervals 90%, by resampling whole clusters."""
    value, low, high, gains = r.guesses.T
    has = ~np.isnan(low)
    error = value - r.truth
    held = (low <= r.truth) & (r.truth <= high)
    winkler = (high - low) + 20 * (np.maximum(low - r.truth, 0) + np.maximum(r.truth - high, 0))
    cells = [
        interval(100 * np.abs(error), r.clusters),
        interval(100 * error, r.clusters, sign="+"),
        interval(100 * held[has], r.clusters[has]) if has.any() else "",
        interval(100 * winkler[has], r.clusters[has]) if has.any() else "",
        auroc(gains, r.truth - r.before > GAIN),
        f"{r.failed.sum()}",
        f"{np.median(r.ms):.1f}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def interval(values: FloatArray, clusters: NDArray[np.str_], sign: str = "") -> str:
    """Mean with the 90% interval of a bootstrap over clusters."""
    rng = np.random.default_rng(0)
    _, group = np.unique(clusters, return_inverse=True)
    sums, counts = np.bincount(group, values), np.bincount(group)
    drawn = rng.integers(len(counts), size=(RESAMPLES, len(counts)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.05, 0.95))
    return f"{values.mean():{sign}.2f} ({low:{sign}.1f} to {high:{sign}.1f})"


def auroc(belief: FloatArray, gained: NDArray[np.bool_]) -> str:
    """How often a curve that gained was believed to more than one that did not."""
    if gained.all() or not gained.any():
        return ""
    ahead = belief[gained][:, None] - belief[~gained]
    return f"{((ahead > 0) + (ahead == 0) / 2).mean():.3f}"


def main() -> None:
    """Score every method on every file, or the named ones."""
    if not CURVES.is_dir():
        sys.exit(f"no curves in {CURVES}; set CURVEFIT_DATA to the folder that holds curves/")
    chosen = {name: METHODS[name] for name in sys.argv[1:]} or METHODS
    results = {
        file: {name: score(method, series(file)) for name, method in chosen.items()} for file in (*TUNED, *SCORED)
    }
    tables = {f"{file} ({'tuned on' if file in TUNED else 'scored only'})": [file] for file in results}
    for title, files in {f"Pooled: {', '.join(POOLED)}": list(POOLED), **tables}.items():
        pooled = {name: joined(results[file][name] for file in files) for name in chosen}
        size = next(iter(pooled.values()))
        print(f"\n{title}: {len(size.truth)} curves of {len(set(size.clusters))} data sets or tasks\n")
        print("| method | MAE, points | bias | 90% coverage, % | Winkler | AUROC, > 2 points | failures | ms |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|")
        for name, result in pooled.items():
            print(row(name, result), flush=True)


if __name__ == "__main__":
    main()
