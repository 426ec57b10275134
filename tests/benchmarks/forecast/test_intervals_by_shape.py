"""Which shapes count as what in the tables by shape and by design."""

import numpy as np

from benchmarks.forecast.designs import decided, kind
from benchmarks.forecast.intervals_by_shape import BESIDE, begins_late, scored
from benchmarks.forecast.verdicts import TRUTHS, Setting


def test_the_late_riser_begins_late_in_every_design_and_no_other_of_the_thirteen():
    for s in (Setting(), Setting(last=32)):
        assert [name for name, shape in TRUTHS.items() if begins_late(shape, s)] == ["late riser"]


def test_one_curve_is_a_riser_to_a_short_design_and_a_plateau_to_a_longer_one():
    shape = TRUTHS["plateau at 16"]
    assert [kind(shape, Setting(last=last)) for last in (8, 64)] == ["rising", "plateau"]
    assert kind(TRUTHS["flat at chance"], Setting()) == "", "no plateau without a rise"


def test_intervals_of_a_plain_plateau_hold_and_those_of_a_rise_just_begun_are_too_low():
    s, seeds = Setting(last=32, items=60, draws=3), range(6)
    plain, late = (scored(TRUTHS[name], s, seeds) for name in ("near the ceiling", "late riser"))
    assert plain[0, 0] >= 0.8
    assert abs(plain[0, 2]) < 0.05
    assert late[0, 2] < -0.05


def test_of_a_steady_fall_forecasts_are_too_high_and_a_rise_beyond_what_was_measured_is_not_foreseen():
    s, seeds = Setting(items=60, draws=3), range(6)
    fall, late = (scored(BESIDE[name], s, seeds) for name in ("steady fall", "sudden late rise"))
    assert fall[1, 2] > 0.05
    assert late[0, 2] < -0.15
    assert late[0, 0] < 0.9


def test_forty_items_to_8_shots_find_no_rise():
    shares = decided(Setting(last=8, draws=3, items=40), range(2))
    assert np.mean(shares["rising"]) <= 0.25
