"""What the error of a gain is made of, beside the items."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.paths import REPORTS
from benchmarks.payoff.noise import between_seeds, luck, usual_errors
from benchmarks.payoff.table import Row, read
from curvefit.payoff import hierarchy


def rows(variances, tuned=0.5, n=128, tasks="t{}"):
    for i, variance in enumerate(variances):
        unit = {"task": tasks.format(i), "kind": "sql", "metric": "exact", "model": "m", "classes": 0, "pool": 9}
        unit["items"] = 100
        yield Row(**unit, way="tuned", n=n, value=tuned, low=0.4, high=0.6, draws=2)
        yield Row(**unit, way="seeds", n=n, value=variance, low=np.nan, high=np.nan)


def test_the_usual_error_is_said_to_be_that_of_the_laboratory_and_is_no_less():
    fewest, most = usual_errors(read(REPORTS / "payoff" / "laboratory.csv"))
    said = " ".join(Path(hierarchy.__file__).read_text(encoding="utf-8").replace("# ", "").split())
    assert f"have {fewest:.3f} at the fewest examples and {most:.3f} at the most, root mean square" in said
    assert most < fewest < hierarchy.USUAL_ERROR


def test_an_error_is_that_of_each_unit_at_its_fewest_and_at_its_most_examples():
    unit = {"kind": "sql", "metric": "exact", "model": "m", "classes": 0, "pool": 9, "items": 100, "way": "gain"}
    ends = {("a", 32): 0.3, ("a", 512): 0.1, ("b", 32): 0.4, ("b", 128): 0.2}
    some = [Row(**unit, task=task, n=n, value=0.0, low=-end, high=end) for (task, n), end in ends.items()]
    in_errors = [1.6448536 * error for error in usual_errors(some)]
    assert in_errors == pytest.approx([(0.25 / 2) ** 0.5, (0.05 / 2) ** 0.5])


def test_the_best_of_prompts_that_are_all_alike_is_lucky_by_some_points():
    assert -0.055 < luck(500) < -0.035


def test_trainings_differ_by_the_root_of_the_mean_variance_beside_what_is_assumed():
    told = between_seeds(list(rows([0.0016, 0.0, 0.0008, -0.0008, 0.0004, 0.0004])))
    assert "on the 6 units with two seeds by a standard deviation of 2.0 points (90% interval" in told
    # 0.027 p (1 - p) over the cube root of 128
    assert f"where {100 * (0.027 * 0.25 / 128 ** (1 / 3)) ** 0.5:.1f} is assumed" in told
    assert "at 64 to 128 2.0 (3.7)" in told
    low, high = (float(end) for end in re.search(r"interval ([\d.]+) to ([\d.]+)", told).groups())
    assert low < 2.0 < high


@pytest.mark.parametrize(("n", "said"), [(32, "at 32 examples 2.0"), (512, "at more 2.0")])
def test_only_sizes_that_were_trained_are_told(n, said):
    by_size = between_seeds(list(rows([0.0006, 0.0002] * 3, n=n))).partition("in parentheses: ")[2]
    assert by_size.startswith(f"{said} (")
    assert ", " not in by_size, "no other size"


def test_variants_of_one_data_set_are_no_independent_tasks():
    apart, together = (between_seeds(list(rows([0.0016, 0.0] * 3, tasks=named))) for named in ("t{}", "t-{}"))
    assert "by a standard deviation of 2.8 points (90% interval nan to nan, " in together, "one data set has no spread"
    assert "(90% interval nan" not in apart


def test_without_two_seeds_nothing_is_said():
    assert between_seeds([row for row in rows([0.1]) if row.way == "tuned"]) == ""
