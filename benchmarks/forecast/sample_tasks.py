"""How well the measured curves of the sample tasks are forecast. Prints a row a curve, and the coverage.

Run: python -m benchmarks.forecast.sample_tasks [STUDY.json...]    (default: reports/*/*/study.json)

Fitted on the shots up to a quarter of the largest, at least three of them; the mean at the largest is scored. No
setting was chosen on these curves. Intervals are 90%, and hold the noise of the scored mean too, which is measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.paths import REPORTS
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast
from curvefit.report.study_reader import read_study

FEWEST = 3


def main() -> None:
    """Forecast each study's last point."""
    paths = [Path(name) for name in sys.argv[1:]] or sorted(REPORTS.glob("*/*/study.json"))
    held, errors = [], []
    print("| task | model | shots | true | forecast | 90% interval |\n|---|---|--:|--:|--:|---|")
    for path in paths:
        curve = read_study(path).curve
        early = curve.shots <= curve.shots[-1] / 4
        if early.sum() < FEWEST:
            continue
        ahead = forecast(Curve(shots=curve.shots[early], scores=curve.scores[early]))
        noise = curve.noise()
        sd = float(np.sqrt((noise.items + noise.draws)[-1, -1]))
        latent = ahead.draws.at(np.array([float(curve.shots[-1])]))[:, 0]
        seen = latent + np.random.default_rng(0).normal(0, sd, len(latent))
        low, middle, high = np.quantile(seen, (0.05, 0.5, 0.95))
        true = curve.means[-1]
        held.append(low <= true <= high)
        errors.append(middle - true)
        print(
            f"| {curve.task} | {curve.model} | {curve.shots[-1]} | {100 * true:.0f} | {100 * middle:.0f} |"
            f" {100 * max(low, 0):.0f} to {100 * min(high, 1):.0f} |"
        )
    error = 100 * np.array(errors)
    print(
        f"\n{len(held)} curves: {sum(held)} held; mean absolute error {np.abs(error).mean():.1f} points,"
        f" bias {error.mean():+.1f}"
    )


if __name__ == "__main__":
    main()
