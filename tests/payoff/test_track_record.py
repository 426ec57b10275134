import math
from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import evidence
from curvefit.payoff.track_record import CheckedPrediction, track


def case(task="t", gain=0.1, predicted=(0.1, -0.1, 0.3), probability=0.8, margin=0.02):
    return CheckedPrediction(
        task, "m", "f", 100, margin, Estimate(*predicted, 0.9), probability, Estimate(gain, gain, gain, 0.9)
    )


def many(tasks, probability, pays):
    """Tasks of which every third does not pay; the probability is as told of those that do and those that do not."""
    return [case(f"t{i}", gain=0.1 if pays(i) else -0.05, probability=probability(pays(i))) for i in range(tasks)]


def third(i):
    return i % 3 > 0


def test_scores_are_those_of_arithmetic():
    found = track([case("a", 0.1, probability=0.8), case("b", 0.5, probability=0.8), case("c", 0.0, probability=0.3)],
                  evidence())  # fmt: skip
    assert found.inside.value == pytest.approx(2 / 3)
    assert found.error.value == pytest.approx((0.0 + 0.4 + 0.1) / 3)
    assert found.log_loss.value == pytest.approx(-(2 * math.log(0.8) + math.log(0.7)) / 3)
    base = np.mean([unit.paid(0.02) for unit in evidence()])
    assert found.base_log_loss.value == pytest.approx(-(2 * math.log(base) + math.log(1 - base)) / 3)
    assert found.advantage.value == pytest.approx(found.base_log_loss.value - found.log_loss.value)
    assert (found.tasks, found.enough) == (3, False)


def test_a_gain_pays_by_the_margin_of_its_own_study():
    assert case(gain=0.04, margin=0.02).paid
    assert not case(gain=0.04, margin=0.05).paid


def test_the_edges_of_an_interval_lie_inside_it():
    assert case(gain=0.3).inside
    assert case(gain=-0.1).inside
    assert not case(gain=0.300001).inside


def test_intervals_are_those_of_resampling_whole_tasks():
    """Ten cases a task that are all alike tell no more than one a task."""
    once = [case(f"t{i}", gain=i / 20) for i in range(8)]
    one, ten = track(once, evidence()), track(once * 10, evidence())
    assert (ten.error.low, ten.error.high) == pytest.approx((one.error.low, one.error.high))
    # Student's interval of a mean of eight.
    wide = 2 * 1.895 * np.std([abs(i / 20 - 0.1) for i in range(8)], ddof=1) / math.sqrt(8)
    assert one.error.high - one.error.low == pytest.approx(wide, rel=0.1)


def test_one_task_shows_no_spread_however_often_it_is_validated():
    found = track([case() for _ in range(50)], evidence())
    assert found.tasks == 1
    assert math.isnan(found.advantage.low)
    assert found.inside.low < 0.5, "fifty validations of one task are one trial"
    assert found.outcome == "too few"


def test_tasks_that_are_all_alike_make_nothing_sure():
    """Twenty tasks of one gain and one prediction: resampling them gives no width, which is not to be sure of it."""
    found = track([case(f"t{i}") for i in range(20)], evidence())
    assert found.enough
    assert found.advantage.value > 0
    assert math.isnan(found.advantage.low)
    assert found.outcome == "open"


@pytest.mark.parametrize(("tasks", "known"), [(4, False), (5, True)])
def test_a_handful_of_tasks_has_no_interval(tasks, known):
    found = track([case(f"t{i}", gain=i / 20) for i in range(tasks)], evidence())
    assert math.isfinite(found.error.low) == math.isfinite(found.advantage.high) == known
    assert math.isfinite(found.error.value)


def test_tasks_are_told_apart_by_what_is_asked_and_not_by_their_files_name():
    def tasks(*told):
        return track([replace(case(name), asked=asked) for name, asked in told], evidence()).tasks

    assert tasks(("data", "x"), ("data", "y")) == 2
    assert tasks(("data", "x"), ("copy", "x")) == 1
    assert tasks(("data", ""), ("data", ""), ("other", "")) == 2, "older ones go by name"
    assert tasks(("data", ""), ("data", "x"), ("other", "y")) == 2, "an older one is no task beside its own name's"


@pytest.mark.parametrize(
    ("tasks", "probability", "outcome"),
    [
        (19, lambda paid: 0.95 if paid else 0.05, "too few"),
        (30, lambda paid: 0.95 if paid else 0.05, "better"),
        (30, lambda paid: 0.05 if paid else 0.95, "worse"),
        (30, lambda paid: 0.71, "open"),
    ],
)
def test_the_verdict_follows_from_the_interval_of_the_advantage(tasks, probability, outcome):
    assert track(many(tasks, probability, third), evidence()).outcome == outcome


def test_a_sure_prediction_that_fails_costs_much_but_not_everything():
    found = track([case("a", gain=-0.1, probability=1.0), case("b", gain=0.1, probability=0.0)], evidence())
    assert 5 < found.log_loss.value < 10
