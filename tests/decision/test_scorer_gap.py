"""How much hangs on the scorer: what is compared with what."""

from __future__ import annotations

import numpy as np

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
