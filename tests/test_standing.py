import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

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
    note = standing(whole).curve.notes[-1]
    assert note == "the verdict stands, in each of 16 ways to fill in the missing replies that were tried"
    assert standing(whole).verdict is whole.verdict


def test_a_verdict_that_many_missing_replies_could_sway_says_which_way():
    note = standing(study(120)).curve.notes[-1]
    found = re.fullmatch(
        r"the verdict depends on the missing replies: (\d+) of 16 ways to fill them in that were tried change it;"
        r" it would be (\w+) were they (all )?(wrong|right).*",
        note,
    )
    assert found
    assert 0 < int(found[1]) <= 16
    assert found[2] != "rising"


def test_a_fall_that_the_last_replies_alone_could_undo_does_not_stand():
    """Neither all right nor all wrong nor a tilt undoes it; the missing replies at the last number of shots do."""
    rng = np.random.default_rng(1)
    truth = np.array([0.5, 0.65, 0.75, 0.8, 0.76, 0.72, 0.68])
    latent = ndtri(truth)[:, None, None] + 0.75 * rng.normal(size=(1, 1, 100)) + 0.2 * rng.normal(size=(1, 5, 1))
    latent = latent + rng.normal(size=(7, 5, 100)) * 0.63
    gone = rng.random(latent.shape) < 0.05
    design = Design((1, 2, 4, 8, 16, 32, 64), draws=5, items=100)
    scores = np.where(gone, np.nan, (latent > 0) * 1.0)
    fallen = analyze(Measurement(shots=np.array(design.shots), scores=scores, design=design), margin=0.05)
    assert fallen.verdict.trend == "falling"
    assert "depends on the missing replies" in standing(fallen).curve.notes[-1]


@pytest.mark.parametrize(("missing", "stopped"), [(0, ""), (5, "--max-calls 10")])
def test_nothing_is_said_where_nothing_failed(missing, stopped):
    given = study(missing, stopped)
    assert standing(given) is given
    assert replace(given.curve).notes == ()
