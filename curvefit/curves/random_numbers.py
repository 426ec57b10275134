"""The random numbers of a seed. Lives here: every curve of a seed is drawn with the same ones, made once a process.

What is returned is shared, and not to be written to.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batch", "batch", "normals"]

FloatArray = NDArray[np.float64]


class Batch(NamedTuple):
    """What a batch of draws of floor and gain takes.

    Attributes
    ----------
    start : float
        In [0, 1): where systematic resampling starts.
    log_tail : float array (N,)
        Logs of uniform numbers in (0, 1]: of the gain.
    floor : float array (N,)
        Standard normal.
    after : dict
        State of the generator after it.
    """

    start: float
    log_tail: FloatArray
    floor: FloatArray
    after: dict[str, Any]


@lru_cache(maxsize=64)
def batch(seed: int, place: int, count: int) -> Batch:
    """Return the batch at a place, from 0 on, of so many draws each."""
    rng = np.random.default_rng(seed) if place == 0 else _generator(batch(seed, place - 1, count).after)
    start, log_tail, floor = rng.random(), np.log1p(-rng.random(count)), rng.standard_normal(count)
    return Batch(start, _shared(log_tail), _shared(floor), dict(rng.bit_generator.state))


@lru_cache(maxsize=8)
def normals(seed: int, place: int, count: int, size: int) -> FloatArray:
    """Return standard normal numbers (`size`,): what the generator goes on with after the batch at that place."""
    return _shared(_generator(batch(seed, place, count).after).standard_normal(size))


def _generator(state: dict[str, Any]) -> np.random.Generator:
    rng = np.random.default_rng(0)
    rng.bit_generator.state = state
    return rng


def _shared(values: FloatArray) -> FloatArray:
    values.flags.writeable = False
    return values
