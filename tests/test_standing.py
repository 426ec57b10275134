from dataclasses import replace

import numpy as np
import pytest

from curvefit.standing import standing
from curvefit.study import Measurement, analyze
from curvefit.trials.design import Design


def study(missing, stopped=""):
    """A clear rise of 200 items x 6 draws, with the last items of every draw missing."""
    rng = np.random.default_rng(3)
    accuracy = np.array([0.05, 0.1, 0.2, 0.4, 0.75])[:, None, None]
    scores = (rng.random((5, 6, 200)) < accuracy).astype(float)
    scores[:, :, 200 - missing :] = np.nan
    design = Design((0, 1, 2, 4, 8), draws=6, items=200)
    return analyze(Measurement(shots=np.array(design.shots), scores=scores, design=design, stopped=stopped))


def test_a_verdict_that_few_missing_replies_cannot_sway_stands():
    whole = study(1)
    assert whole.verdict.trend == "rising"
    assert standing(whole).curve.notes[-1] == "the verdict stands, whatever the missing replies were"
    assert standing(whole).verdict is whole.verdict


def test_a_verdict_that_many_missing_replies_could_sway_says_which_way():
    note = standing(study(120)).curve.notes[-1]
    assert note.startswith("the verdict depends on the missing replies; it would be ")
    assert "right with few shots and wrong with many" in note


@pytest.mark.parametrize(("missing", "stopped"), [(0, ""), (5, "--max-calls 10")])
def test_nothing_is_said_where_nothing_failed(missing, stopped):
    given = study(missing, stopped)
    assert standing(given) is given
    assert replace(given.curve).notes == ()
