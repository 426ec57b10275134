"""Items are the same by content, else by id, and nothing is paired in silence."""

from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.decision.item_pairs import common_items
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement

NAMES = ("A", "B")


def measured(ids, digests=(), **more):
    return Measurement(shots=[0], scores=np.zeros((1, 1, len(ids))), items=tuple(ids), digests=tuple(digests), **more)


def codes(first, second):
    return [reason.code for reason in common_items(first, second, NAMES).cautions(first, second, NAMES)]


def test_rows_that_moved_are_found_by_content():
    first, second = measured(["line-1", "line-2"], "xy"), measured(["line-1", "line-2", "line-3"], "wxy")
    found = common_items(first, second, NAMES)
    assert (found.first.tolist(), found.second.tolist()) == ([0, 1], [1, 2])
    assert (found.changed, found.checked) == (0, True)


def test_one_id_with_another_content_is_never_paired():
    first, second = measured("abc", "xyz"), measured("abc", "xyw")
    found = common_items(first, second, NAMES)
    assert (found.first.tolist(), found.changed) == ([0, 1], 1)
    assert codes(first, second) == ["pair-changed", "pair-left-out"]


def test_equal_contents_pair_by_id_and_each_once():
    found = common_items(measured("abc", "xxx"), measured("cad", "xxy"), NAMES)
    assert sorted(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [(0, 1), (2, 0)]


def test_ids_have_to_do_where_content_is_not_known_and_that_is_said():
    first, second = measured("abc"), measured("cb", "xy")
    found = common_items(first, second, NAMES)
    assert (found.first.tolist(), found.second.tolist(), found.checked) == ([1, 2], [1, 0], False)
    assert codes(first, second) == ["pair-left-out", "pair-by-id"]


def test_names_of_two_tools_are_not_held_against_each_other():
    first, second = measured("ab", ["inspect.json:1", "inspect.json:2"]), measured("ab", "xy")
    assert codes(first, second) == ["pair-by-id"]
    assert codes(first, measured("ab", first.digests)) == []


def test_what_was_asked_alike_needs_no_more():
    first = measured("abc", asked="f", task="t")
    assert codes(first, replace(first, model="other")) == []


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (measured("ab", "xy"), measured("ab", "vw"), "0 items in common.*; 2 have the same id, but another input"),
        (measured("ab"), measured("bc"), "1 item in common, .* other ids, such as 'a' and 'c'"),
        (measured("ab", asked="f", task="t"), measured("ab", asked="g", task="u"), "different tasks, 't' and 'u'"),
        (Measurement(**vars(Curve.from_means([0], [0.5]))), measured("ab"), "'A' has means alone"),
    ],
)
def test_what_cannot_be_paired_is_refused_in_one_line(first, second, why):
    with pytest.raises(CurveError, match=why) as told:
        common_items(first, second, NAMES)
    assert "\n" not in str(told.value)
