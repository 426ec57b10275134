"""Families and conditional least squares against the certified values of NIST StRD (https://www.itl.nist.gov/div898/strd).

Misra1a to Misra1d measure dental research's monomolecular adsorption (volume against pressure); their four models are
families of this package with floor 0. BoxBOD is an exponential. Certified figures have eleven digits.
"""

import numpy as np
import pytest
from scipy.optimize import least_squares

from curvefit.curves.families import FAMILIES

ADSORPTION = np.array(
    [
        [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
        [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
    ]
)
OXYGEN = np.array([[1.0, 2.0, 3.0, 5.0, 7.0, 10.0], [109.0, 149.0, 149.0, 191.0, 213.0, 224.0]])

CERTIFIED = [  # data set, family, shape from the certified b2, certified b1, residual sum of squares
    ("Misra1a", ADSORPTION, "exponential", lambda b: (1 / b,), 5.5015643181e-04, 2.3894212918e02, 1.2455138894e-01),
    ("Misra1b", ADSORPTION, "power4", lambda b: (2 / b, 2.0), 3.9039091287e-04, 3.3799746163e02, 7.5464681533e-02),
    ("Misra1c", ADSORPTION, "power4", lambda b: (0.5 / b, 0.5), 2.0813627256e-04, 6.3642725809e02, 4.0966836971e-02),
    ("Misra1d", ADSORPTION, "hill", lambda b: (1 / b, 1.0), 3.0227324449e-04, 4.3736970754e02, 5.6419295283e-02),
    ("BoxBOD", OXYGEN, "exponential", lambda b: (1 / b,), 5.4723748542e-01, 2.1380940889e02, 1.1680088766e03),
]  # fmt: skip


def conditional(rise, y):
    """The gain of least squares given a shape, floor 0, and what it leaves over."""
    gain = rise @ y / (rise @ rise)
    return gain, y - gain * rise


@pytest.mark.parametrize(("name", "data", "family", "shape", "b2", "b1", "squares"), CERTIFIED)
def test_a_family_at_the_certified_shape_leaves_the_certified_residuals(name, data, family, shape, b2, b1, squares):
    x, y = data
    rise = next(f for f in FAMILIES if f.name == family)(x, *shape(b2))
    gain, left = conditional(rise, y)
    assert gain == pytest.approx(b1, rel=1e-9)
    assert left @ left == pytest.approx(squares, rel=1e-9)


@pytest.mark.parametrize(("name", "data", "family", "shape", "b2", "b1", "squares"), CERTIFIED)
def test_least_squares_over_shapes_ends_at_the_certified_one(name, data, family, shape, b2, b1, squares):
    x, y = data
    rise = next(f for f in FAMILIES if f.name == family)
    found = least_squares(
        lambda log_b: conditional(rise(x, *shape(np.exp(log_b[0]))), y)[1],
        np.log([b2 * 3]),
        xtol=1e-15, ftol=1e-15, gtol=1e-15,
    )  # fmt: skip
    assert np.exp(found.x[0]) == pytest.approx(b2, rel=1e-6)
