"""Whether predictions can be taken at their word: on planted predictors, and by hand."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.paths import REPORTS
from benchmarks.payoff import pictures, reliability
from benchmarks.payoff.cases import LAB, BacktestCase
from curvefit.curves.curve import Estimate
from curvefit.payoff.cross_validation import backtest, predict_unit
from curvefit.payoff.evidence import evidence

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("count", [1, 4, 24, 25, 39, 43, 61])
def test_bins_have_equal_counts_and_hold_every_case_in_order(count):
    rng = np.random.default_rng(count)
    probability, paid = rng.uniform(size=count), rng.uniform(size=count) < 0.6
    bins = reliability.binned(probability, paid)
    counts = [b.cases for b in bins]
    assert len(bins) == max(1, min(5, count // 5))
    assert max(counts) - min(counts) <= 1
    assert (sum(counts), sum(b.paid for b in bins)) == (count, paid.sum())
    assert sum(b.probability * b.cases for b in bins) == pytest.approx(probability.sum())
    ends = [end for b in bins for end in (b.lowest, b.highest)]
    assert ends == sorted(ends)
    assert (ends[0], ends[-1]) == (probability.min(), probability.max())


def test_shares_and_their_intervals_by_wilsons_formula():
    # 2 bins of 5: of the less probable 1 paid, of the more probable all.
    bins = reliability.binned(
        [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.25, 0.75], [i % 2 == 1 or i == 2 for i in range(10)]
    )
    for found, k, probability in zip(bins, (1, 5), (0.25, 0.75), strict=True):
        z, n, p = norm.ppf(0.95), 5, k / 5
        center = (p + z**2 / (2 * n)) / (1 + z**2 / n)  # Wilson (1927)
        reach = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        assert (found.paid, found.cases, found.share.value) == (k, 5, p)
        assert (found.share.low, found.share.high) == pytest.approx((center - reach, center + reach))
        assert found.probability == pytest.approx(probability)
        assert found.agrees


def planted(says, clusters=30, seed=0):
    """Cases of four a cluster whose true probabilities are `p`, of which a predictor says `says(p)`."""
    rng, unit = np.random.default_rng(seed), evidence()[0]
    cases, names = [], []
    for i in range(4 * clusters):
        p = rng.uniform(0.1, 0.9)
        gain = 0.1 if rng.uniform() < p else -0.1
        own = replace(unit, source=f"s{i // 4}", best_prompted=0.5, fine_tuned=0.5 + gain)
        cases.append(reliability.Predicted(own, Estimate(0.0, -0.2, 0.05, 0.9), float(says(p)), 0.5))
        names.append(own.source)
    return reliability.Shown("Invented", "sources", tuple(cases), tuple(names), 0.02)


def extreme(p):
    """What somebody says who takes every odds to the fifth power."""
    return p**5 / (p**5 + (1 - p) ** 5)


def test_an_overconfident_predictor_is_shown_as_such():
    shown = planted(extreme)
    first, *_, last = reliability.binned(shown.probability, shown.paid)
    assert first.probability < 0.02 < first.share.low
    assert last.probability > 0.98 > last.share.high
    assert not first.agrees
    assert not last.agrees
    gap = reliability.surer(shown)
    assert gap.low > 0.05
    assert ": overconfident." in reliability.told(shown)
    assert "**no**" in reliability.told(shown)


def test_a_predictor_that_says_what_is_true_is_neither_over_nor_underconfident():
    gaps = [reliability.surer(planted(float, seed=seed)) for seed in range(10)]
    assert sum(gap.low <= 0 <= gap.high for gap in gaps) >= 8
    assert abs(np.mean([gap.value for gap in gaps])) < 0.03
    agreeing = [b.agrees for s in range(10) for b in reliability.binned(*as_told(planted(float, seed=s)))]
    assert np.mean(agreeing) > 0.8


def test_a_timid_predictor_is_underconfident():
    told = reliability.told(planted(lambda p: 0.55 if p > 0.5 else 0.45, clusters=60))
    assert ": underconfident." in told
    assert "less sure than right" in told


def as_told(shown):
    return shown.probability, shown.paid


def test_published_cases_are_those_of_the_backtest():
    units = evidence()[:14]
    shown = reliability.of_published(units, 0.02)
    assert shown.cases == backtest(units, margin=0.02).cases
    assert shown.clusters == tuple(unit.source for unit in units)
    assert shown.paid.tolist() == [unit.gain > 0.02 for unit in units]


def test_a_published_case_is_predicted_from_the_laboratory_too():
    sources = {reliability.LAB, *sorted({unit.source for unit in evidence()})[:5]}
    units = [unit for unit in evidence() if unit.source in sources]
    shown = reliability.of_published(units, 0.02)
    published = [unit for unit in units if unit.source != reliability.LAB]
    assert [case.unit for case in shown.cases] == published
    told = {case.unit: case.probability for case in backtest(units, margin=0.02).cases}
    assert shown.probability.tolist() == [told[unit] for unit in published]
    assert shown.probability.tolist() != reliability.of_published(published, 0.02).probability.tolist()


def measured(tasks, unit):
    """Cases of two models a task, as of the laboratory."""
    cases = []
    for task in range(tasks):
        for model in ("a", "b"):
            own = replace(unit, source=LAB, task=f"t{task}", model=model, best_prompted=0.4 + task / 40)
            cases.append(BacktestCase(f"t{task}", own.best_prompted, own.gain, {}, own))
    return cases


def test_a_laboratory_unit_is_predicted_from_other_tasks_and_published_units_alone():
    units = evidence()[:8]
    cases = measured(3, units[0])
    before = reliability.of_laboratory(cases, units, 0.02).cases

    def changed(fewer, cluster):
        better = [replace(c, unit=replace(c.unit, fine_tuned=1.0)) if c.cluster == cluster else c for c in cases]
        return reliability.of_laboratory(better, units[:fewer], 0.02).cases

    own = [case.gain for case in changed(8, "t0")]
    assert own[:2] == [case.gain for case in before[:2]]  # its own task, the other model included, tells it nothing
    assert all(a != b.gain for a, b in zip(own[2:], before[2:], strict=True))
    assert changed(5, "none")[0].gain != before[0].gain


def test_of_too_few_tasks_nothing_is_claimed_in_words_or_picture(tmp_path):
    units = evidence()[:8]
    few, enough = (reliability.of_laboratory(measured(n, units[0]), units, 0.02) for n in (5, 6))
    assert reliability.told(few) == (
        "The laboratory: too few (10 cases of 5 tasks, and 6 tasks are needed to leave one out)."
    )
    assert "12 cases of 6 tasks" in reliability.told(enough)
    for draw in (pictures.draw_reliability, pictures.draw_gains):
        figure = draw((enough, few), tmp_path / "picture.svg")
        left, right = figure.axes
        assert "too few" in right.texts[0].get_text()
        assert not right.lines
        assert left.lines
        assert not any("too few" in text.get_text() for text in left.texts)


def test_gains_are_sorted_and_coloured_by_whether_the_interval_holds_them(tmp_path):
    shown = planted(float, clusters=6)
    moved = [replace(c, gain=Estimate(i / 100, -0.2, 0.05 if i % 3 else 0.2, 0.9)) for i, c in enumerate(shown.cases)]
    shown = replace(shown, cases=tuple(reversed(moved)))
    axis = pictures.draw_gains([shown], tmp_path / "one.svg").axes[0]
    missed = [line for line in axis.lines if line.get_marker() == "s"]
    inside = [line for line in axis.lines if line.get_marker() == "o"]
    assert len(missed) == sum(not reliability.holds(case) for case in shown.cases) > 0
    assert len(inside) + len(missed) == len(shown.cases)
    assert {line.get_color() for line in missed}.isdisjoint({line.get_color() for line in inside})
    heights = {line.get_xdata()[0]: line.get_ydata()[0] for line in (*missed, *inside)}
    assert [heights[x] for x in sorted(heights)] == list(range(24))
    pictures.draw_gains([shown], tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_the_picture_shows_every_bin_with_its_count(tmp_path):
    shown = planted(extreme)
    axis = pictures.draw_reliability([shown], tmp_path / "picture.svg").axes[0]
    bins = reliability.binned(*as_told(shown))
    assert [text.get_text() for text in axis.texts] == [f"{b.paid}/{b.cases}" for b in bins]
    squares = [line for line in axis.lines if line.get_marker() == "s"]
    assert len(squares) == sum(not b.agrees for b in bins) >= 2


def test_what_was_predicted_of_the_last_unit_from_other_data_sets_is_said_beside_what_came_true():
    units = evidence()
    unit = next(unit for unit in units if (unit.task, unit.model) == ("alerts", "local/smollm2-135m"))
    gain = predict_unit(unit, [other for other in units if other.task != unit.task], 0.02).gain
    said = " ".join((REPORTS / "payoff" / "README.md").read_text(encoding="utf-8").split())
    low, value, high = (f"{100 * end:.0f}".replace("-", "−") for end in (gain.low, gain.value, gain.high))
    assert f"`alerts` with SmolLM2 gained {100 * unit.gain:.0f} points" in said
    assert f"The prediction from other data sets was {value} ({low} to {high})" in said
    assert gain.low <= unit.gain <= gain.high


def test_how_many_of_our_own_gains_the_intervals_hold_is_quoted_from_the_table():
    table, said = (
        " ".join((REPORTS / "payoff" / f"{page}.md").read_text(encoding="utf-8").split())
        for page in ("predictors", "README")
    )
    held, of = re.findall(r"of the predicted gain held the measured one in (\d+) of (\d+) cases", table)[-1]
    assert said.count(f"90% intervals hold {held} of {of} gains") == 2
