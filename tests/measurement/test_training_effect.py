"""What training changes is counted by items: neither side is held to more by being asked more often."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from curvefit.measurement.judged_replies import JudgedReply
from curvefit.measurement.training_effect import CHANGES, TrainedScores, training_effect
from curvefit.report.failures_text import over_all_replies


def trained(*seeds):
    return TrainedScores(128, {f"m of seed {i}": scores for i, scores in enumerate(seeds)}, Path("journal.sqlite"))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ([0.0], [1.0], "mended"),
        ([1.0], [0.0], "broken"),
        ([0.0], [0.0], "wrong"),
        ([1.0], [1.0], "right"),
        ([0.0, 0.0, 1.0], [1.0, 0.0], "mended"),
        ([1.0, 1.0, 0.0], [0.0, 0.0], "broken"),
        ([0.9], [1.0], "mended"),  # part of the credit is not right
    ],
)
def test_an_item_is_right_where_half_of_its_replies_are(before, after, change):
    found = training_effect(trained(*({"a": score} for score in after)), {"a": before}, 1.0, {})
    assert found.changes == {"a": change}
    assert found.counts == {name: int(name == change) for name in CHANGES}


def test_what_is_mended_less_what_is_broken_is_the_rise_in_right_items():
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, 2, (2, 300)).astype(float)
    found = training_effect(
        trained({str(i): float(score) for i, score in enumerate(after)}),
        {str(i): [float(score)] for i, score in enumerate(before)}, 1.0, {},
    )  # fmt: skip
    assert found.counts["mended"] - found.counts["broken"] == after.sum() - before.sum()
    assert sum(found.counts.values()) == 300


def test_items_that_one_side_did_not_answer_are_left_out_with_their_replies():
    reply = JudgedReply("b", 0, 0, False, "x", "x", 1.0)
    found = training_effect(trained({"a": math.nan, "b": 1.0}), {"a": [0.0], "c": [0.0]}, 1.0, {"b": (reply,)})
    assert (found.changes, found.replies) == ({}, {})


def test_where_most_draws_hide_that_accuracy_rises_it_is_said():
    """Seen: "mends 8, breaks 13" beside a gain of 2.8 points: an item right in two of three draws was right already."""
    before = {f"{n}": [1.0, 1.0, 0.0] if n < 20 else [1.0, 0.0, 1.0] for n in range(40)}
    after = {f"{n}": float(n >= 3) for n in range(40)}
    found = training_effect(trained(after), before, 1.0, {})
    assert (found.counts["mended"], found.counts["broken"]) == (0, 3)
    assert found.rise == pytest.approx(37 / 40 - 2 / 3)
    assert over_all_replies(found).endswith("over all of them accuracy changes by +25.8 points.")
    agreed = training_effect(trained({"0": 0.0}), {"0": [1.0]}, 1.0, {})
    assert over_all_replies(agreed) == ""
