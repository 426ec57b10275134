"""A part of a measurement: whatever it knows of its shots, draws and items comes along, and in the same order."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Usage
from curvefit.trials.design import Design

S, D, I = 2, 3, 5  # noqa: E741 - as everywhere else
GRID = np.arange(S * D * I, dtype=float).reshape(S, D, I) / 100


@pytest.fixture
def whole():
    """A measurement that knows all that one can know of its shots, draws and items."""
    return Measurement(
        shots=np.array([0, 4]), scores=GRID, readable=GRID, choices=GRID, also_scores=GRID, unscored=GRID > 0.2,
        commonest=GRID[0, 0], items=tuple("abcde"), groups=(0, 1, 2, 3, 4), digests=tuple("vwxyz"),
        draw_names=("one", "two", "three"), usage_by_shots=(Usage(calls=1), Usage(calls=2)),
        seconds_by_shots=((0.1, 0.2), (0.3, 0.4)), wholly_right=(0.5, 0.6),
    )  # fmt: skip


def test_each_field_is_of_the_places_that_were_asked_for(whole):
    part = whole.part(rows=[1], draws=[2, 0], items=[4, 1])
    wanted = GRID[1:][:, [2, 0]][:, :, [4, 1]]
    for name in ("scores", "readable", "choices", "also_scores"):
        np.testing.assert_array_equal(getattr(part, name), wanted, err_msg=name)
    np.testing.assert_array_equal(part.unscored, wanted > 0.2)
    np.testing.assert_array_equal(part.commonest, GRID[0, 0][[4, 1]])
    assert (part.shots.tolist(), part.items, part.digests, part.draw_names) == (
        [4],
        ("e", "b"),
        ("z", "w"),
        ("three", "one"),
    )
    assert (part.usage_by_shots, part.seconds_by_shots, part.wholly_right) == ((Usage(calls=2),), ((0.3, 0.4),), (0.6,))


def test_no_field_of_the_shape_of_the_whole_is_left(whole):
    """Of a field added later too: sizes that nothing else has tell what it is of."""
    part = whole.part(rows=slice(1), draws=slice(2), items=slice(4))
    for each in fields(Measurement):
        value = getattr(part, each.name)
        sizes = value.shape if isinstance(value, np.ndarray) else (len(value),) if isinstance(value, tuple) else ()
        assert not {D, I} & set(sizes), each.name


def test_all_of_it_in_another_order_is_it_when_put_back(whole):
    again = whole.part(items=[3, 0, 4, 1, 2]).part(items=[1, 3, 4, 0, 2])
    for each in fields(Measurement):
        np.testing.assert_array_equal(getattr(again, each.name), getattr(whole, each.name), err_msg=each.name)


def test_what_was_never_asked_stays_so_in_any_order(whole):
    """How many of the first were asked says nothing of a part in another order."""
    asked = replace(whole, scores=np.where(np.arange(I) < 2, GRID, np.nan), unscored=None, extents=((D, 2), (D, 2)))
    asked = replace(asked, design=Design((0, 4), D, I))
    assert not asked.unanswered.any()
    assert not asked.part(items=[4, 3, 2, 1, 0]).unanswered.any()
