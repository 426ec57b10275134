"""A rise of readable replies is told apart from learning."""

from dataclasses import replace

import numpy as np
import pytest

from curvefit.decision.format_rise import format_rise
from curvefit.measurement.measurement import Measurement
from curvefit.study import analyze


def measurement(readable, among, items=80, draws=3, seed=0):
    """Scores at 0, 1, ... shots with these shares of readable replies and accuracies among them."""
    rng = np.random.default_rng(seed)
    read = np.array([rng.random((draws, items)) < share for share in readable], dtype=float)
    right = np.array([rng.random((draws, items)) < share for share in among])
    names = tuple(f"item-{i}" for i in range(items))
    return Measurement(shots=np.arange(len(readable)), scores=read * right, readable=read, items=names)


def test_a_rise_of_readable_replies_alone_is_no_learning():
    rise = format_rise(measurement([0.3, 0.7, 1.0], [0.5, 0.5, 0.5]), margin=0.02, level=0.9)
    assert (rise.start, rise.readable_start < 0.4, rise.readable_end > 0.9) == (0, True, True)
    assert rise.among.low < 0 < rise.among.high
    assert rise.rise > 0.2


@pytest.mark.parametrize(
    ("readable", "among"),
    [([1.0, 1.0, 1.0], [0.3, 0.5, 0.8]), ([0.3, 0.7, 1.0], [0.3, 0.5, 0.9]), ([1.0, 0.7, 0.3], [0.5, 0.5, 0.5])],
)
def test_learning_is_no_rise_of_format_whether_or_not_replies_become_readable(readable, among):
    assert format_rise(measurement(readable, among), margin=0.02, level=0.9) is None


def test_its_interval_holds_a_change_of_nought_as_often_as_it_says():
    held = []
    for seed in range(120):
        rise = format_rise(measurement([0.4, 1.0], [0.5, 0.5], seed=seed), margin=0.001, level=0.8)
        held.append(rise is not None and rise.among.low <= 0)
    assert np.mean(held) >= 0.8, "at 80%, one side alone can lose it: nine times in ten"


def test_items_of_a_group_widen_its_interval():
    measured = measurement([0.4, 1.0], [0.5, 0.5])
    copies = replace(
        measured,
        **{name: np.repeat(getattr(measured, name), 4, axis=2) for name in ("scores", "readable")},
        items=tuple(str(n) for n in range(4 * len(measured.items))),
    )
    grouped = replace(copies, groups=tuple(n // 4 for n in range(len(copies.items))))
    alone, copied, known = (format_rise(of, margin=0.001, level=0.8).among for of in (measured, copies, grouped))
    assert copied.high - copied.low < 0.8 * (alone.high - alone.low)
    assert known.high - known.low == pytest.approx(alone.high - alone.low)


def test_what_draws_of_examples_leave_open_widens_the_interval():
    """Two draws at the best number of shots, alike and then apart: their mean is the same."""
    rng = np.random.default_rng(0)
    names = tuple(f"item-{i}" for i in range(100))
    read = np.stack([rng.random((2, 100)) < 0.5, np.ones((2, 100))]).astype(float)
    widths = []
    for apart in (0.0, 0.3):
        among = np.stack([np.full((2, 100), 0.5), np.array([[0.5 + apart], [0.5 - apart]]) * np.ones(100)])
        measured = Measurement(shots=np.array([0, 4]), scores=read * among, readable=read, items=names)
        rise = format_rise(measured, margin=0.02, level=0.9)
        widths.append(rise.among.high - rise.among.low)
    assert widths[1] > widths[0] + 0.5


def test_a_number_of_shots_with_few_replies_is_not_the_best():
    measured = measurement([0.3, 0.7, 1.0], [0.5, 0.5, 0.5])
    scores, readable = measured.scores.copy(), measured.readable.copy()
    scores[2, :, 10:] = readable[2, :, 10:] = np.nan
    few = Measurement(shots=measured.shots, scores=scores, readable=readable, items=measured.items)
    assert format_rise(measured, margin=0.02, level=0.9).end == 2
    assert format_rise(few, margin=0.02, level=0.9).end == 1


def test_with_too_few_readable_replies_nothing_is_said():
    assert format_rise(measurement([0.0, 1.0], [0.5, 0.5]), margin=0.02, level=0.9) is None


def test_it_is_a_reason_of_the_study():
    study = analyze(measurement([0.3, 0.7, 1.0], [0.5, 0.5, 0.5]))
    (values,) = [reason.values for reason in study.advice.reasons if reason.code == "format-rise"]
    assert values["among"].level == study.level
