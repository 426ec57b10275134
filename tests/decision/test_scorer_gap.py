"""How much hangs on the scorer: what is compared with what."""

from __future__ import annotations

import numpy as np
import pytest

import curvefit as cf
from curvefit.measurement.measurement import Measurement


def test_three_replies_that_a_cap_left_are_not_where_two_scorers_are_compared():
    scores = np.zeros((3, 1, 40))
    scores[0, 0, :10], scores[1, 0, :20], scores[2] = 1.0, 1.0, np.nan
    scores[2, 0, :3] = 1.0
    also = np.where(np.isnan(scores), np.nan, 0.0)
    measured = Measurement(shots=[0, 1, 4], scores=scores, also_scores=also, stopped="--max-usd 1")
    gap = cf.analyze(measured).scorer_gap
    assert (gap.shots, gap.difference.value, gap.between_prompts) == (1, 0.5, 0.25)


def test_replies_of_a_group_count_as_the_one_that_they_are():
    by_group = np.random.default_rng(0).random(12) < 0.5

    def gap(repeats):
        scores = np.repeat(by_group, repeats).astype(float)[None, None]
        groups = tuple(np.repeat(range(12), repeats).tolist())
        measured = Measurement(shots=[0], scores=scores, also_scores=np.zeros_like(scores), groups=groups)
        return cf.analyze(measured).scorer_gap

    alone, copied = gap(1), gap(4)
    assert copied.difference.low == pytest.approx(alone.difference.low)
    assert copied.also[0].accuracy.high == pytest.approx(alone.also[0].accuracy.high)
