"""Six real in-context curves, forecast from their first quarter, with what came after. Draws reports/forecast.svg.

Run: python -m benchmarks.forecast.six_curves [FILE]    (data: $CURVEFIT_DATA or ../shared/data)

Llama-2 with a 32K context on all five tasks of Bertsch et al. (2024, "In-Context Learning with Long-Context Models")
with random demonstrations, and the first of them with retrieved ones: means of up to ten runs on the same 250 items.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict

import matplotlib as mpl
import numpy as np

from benchmarks.forecast.extrapolation import CURVES
from benchmarks.paths import REPORTS
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast

mpl.use("Agg")
import matplotlib.pyplot as plt


def main() -> None:
    """Read, forecast, draw."""
    rows: dict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    with (CURVES / "icl_bertsch_mean.csv").open() as file:
        for row in csv.DictReader(file):
            point = tuple(float(row[name] or "nan") for name in ("n", "value", "stderr", "n_eval"))
            rows[row["curve_id"], row["variant"]].append(point)
    random = [key for key in rows if "32K" in key[0] and key[1] == "random"][:5]
    plt.rcParams["svg.hashsalt"] = "curvefit"  # the same bytes each time
    figure, axes = plt.subplots(2, 3, figsize=(11, 6), sharey=True, layout="constrained")
    for axis, key in zip(axes.flat, [*random, (f"{random[0][0]}-retrieval", "retrieval")], strict=True):
        points = np.array(sorted(rows[key]))
        seen = points[:, 0] <= points[-1, 0] / 4
        shots, accuracy, stderr, items = points[seen].T
        # An error over runs may be smaller than that over the items, and is rounded: 0 is none.
        unknown = np.where(np.isnan(stderr), items, np.nan)
        ahead = forecast(Curve.from_means(shots.astype(int), accuracy, np.maximum(stderr, 1e-3), unknown))
        at = np.geomspace(1, points[-1, 0], 80)
        middle, low, high = ahead.band(at)
        axis.fill_between(at, low, high, color="tab:blue", alpha=0.2, linewidth=0, label="90% band")
        axis.plot(at, middle, color="tab:blue", label="forecast")
        axis.errorbar(
            shots, accuracy, 1.645 * np.nan_to_num(stderr), fmt="o", ms=4, color="tab:blue", label="measured, used"
        )
        axis.plot(*points[~seen, :2].T, "kx", ms=6, label="measured, not used")
        axis.axvline(shots[-1], ls=":", color="gray")
        axis.set(xscale="log", ylim=(0, 1), title=f"{key[0].split('/')[1].partition('-')[0]}, {key[1]}")
    for axis in axes[1]:
        axis.set_xlabel("shots")
    for axis in axes[:, 0]:
        axis.set_ylabel("accuracy")
    axes.flat[0].legend(fontsize=8, loc="lower right")
    default = REPORTS / "forecast.svg"
    figure.savefig(sys.argv[1] if len(sys.argv) > 1 else default, metadata={"Date": None})


if __name__ == "__main__":
    main()
