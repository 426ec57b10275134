from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.measurement.measurement import CutReplies, Measurement, Note
from curvefit.models.base import Usage
from curvefit.study import Study, analyze
from curvefit.trials.design import Design

TRUTHS = {
    "rising": (0.05, 0.1, 0.15, 0.25, 0.4, 0.55),
    "level": (0.1, 0.7, 0.8, 0.8, 0.8, 0.8),
    "zero": (0.0,) * 6,
    "one": (1.0,) * 6,
    "falling": (0.1, 0.6, 0.8, 0.8, 0.5, 0.2),
}


def measured(truth: str = "rising", draws: int = 3, items: int = 60, **changed: object) -> Measurement:
    """A measurement drawn from a known truth, with hard and easy items."""
    rng = np.random.default_rng(5)
    shots = np.array([0, 1, 2, 4, 8, 16])
    hard = rng.uniform(-0.2, 0.2, size=items)
    p = np.clip(np.array(TRUTHS[truth])[:, None, None] + hard * (truth not in ("zero", "one")), 0, 1)
    scores = (rng.random((6, draws, items)) < p).astype(float)
    curve = Measurement(
        shots=shots, scores=scores, task="made", kind="classification", model="simulated/x", form="plain",
        design=Design(tuple(shots), draws, items, 7), n_labels=4, pool=64, items=tuple(f"i{n}" for n in range(items)),
        readable=np.where(scores == 0, rng.random(scores.shape) < 0.9, 1.0), choices=np.maximum(scores, 0.0),
        usage=Usage(1000, 50_000, 40_000, 2_000, 0.125, 12.5), notes=(Note("task", "one note"),),
    )  # fmt: skip
    return replace(curve, **changed)


@pytest.fixture(
    scope="session", params=[*TRUTHS, "one draw", "means", "two points", "a silent row", "retrieved", "cut off"]
)
def study(request) -> Study:
    """Studies of every shape a report must survive."""
    if request.param == "one draw":
        return analyze(measured(draws=1))
    if request.param == "means":
        return analyze(Curve.from_means([1, 2, 4, 8, 1000], [0.2, 0.3, 0.4, 0.45, 0.5], n_items=200))
    if request.param == "two points":
        return analyze(Curve.from_means([0, 4], [0.2, 0.3]))
    if request.param == "retrieved":
        return analyze(beside_retrieved(measured()))
    if request.param == "cut off":
        return analyze(measured("zero", cut=CutReplies(900, 1000, 16)))
    if request.param == "a silent row":
        return analyze(silenced(measured(), 0))
    return analyze(measured(request.param), margin=0.05)


def beside_retrieved(curve: Measurement, truth: tuple[float, ...] = (0.5, 0.7, 0.9)) -> Measurement:
    """Return a measurement beside one of the same items with 1, 4 and 16 retrieved examples."""
    rng = np.random.default_rng(8)
    scores = (rng.random((3, 1, len(curve.items))) < np.array(truth)[:, None, None]).astype(float)
    design = replace(curve.design, shots=(1, 4, 16), draws=1, selection="similar")
    return curve.beside(
        replace(
            curve, shots=np.array([1, 4, 16]), scores=scores, design=design, readable=np.ones_like(scores),
            choices=None, usage=Usage(180, 9_000, 0, 500, 0.25, 4.0), notes=(Note("asking", "a second note"),),
        )
    )  # fmt: skip


def silenced(curve: Measurement, row: int) -> Measurement:
    """Return a measurement to which no reply came at one number of shots."""
    arrays = {name: getattr(curve, name).copy() for name in ("scores", "readable", "choices")}
    for array in arrays.values():
        array[row] = np.nan
    return replace(curve, **arrays)


@pytest.fixture(scope="session")
def stopped_early():
    """Return a study whose last number of shots has a few items alone, all right: too few to be the best prompt."""
    curve = measured()
    scores = curve.scores.copy()
    scores[-1, :, 14:] = np.nan
    scores[-1, :, :14] = 1.0
    return analyze(replace(curve, scores=scores))


@pytest.fixture(scope="session")
def make_measured():
    """Return the maker of measurements."""
    return measured


@pytest.fixture(scope="session")
def make_retrieved():
    """Return what puts retrieved examples beside a measurement."""
    return beside_retrieved
