"""Families and conditional least squares against the certified values of NIST StRD (https://www.itl.nist.gov/div898/strd).

Misra1a to Misra1d measure dental research's monomolecular adsorption (volume against pressure); their four models are
families of this package with floor 0. BoxBOD is an exponential. Certified figures have eleven digits.

And against R 4.2.2: the self-starting models of `nls`, called as the comments say with ``control = nls.control(tol =
1e-12, warnOnly = TRUE, scaleOffset = 1)``, and the mean squares of ``anova(aov(score ~ item + draw))``.
"""

import numpy as np
import pytest
from scipy.optimize import least_squares

from curvefit.curves.families import FAMILIES
from curvefit.curves.variance import components

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


SHOTS = np.array([1.0, 2, 4, 8, 16, 32, 64, 128])
EARLY = np.array([0.312, 0.334, 0.401, 0.473, 0.588, 0.661, 0.702, 0.716])
LATE = np.array([0.02, 0.05, 0.11, 0.24, 0.41, 0.58, 0.70, 0.77])

FITTED_BY_R = [  # family, its shape from R's parameters, accuracy, floor, ceiling and residual sum of squares in R
    # nls(y ~ SSasymp(k, Asym, R0, lrc)): 0.708169759550061, 0.280126104028907, -2.572343391392366
    ("exponential", (np.exp(2.572343391392366),), EARLY, 0.280126104028907, 0.708169759550061, 0.000326929674919864),
    # nls(y ~ SSfpl(log(k), A, B, xmid, scal)): .., .., 2.281308066985444, 0.711208466637517
    ("hill", (np.exp(2.281308066985444), 1 / 0.711208466637517), EARLY,
     0.295522932106156, 0.729452336866133, 0.000200067441062446),
    # nls(y ~ SSweibull(k, Asym, Drop, lrc, pwr)): Drop 0.446394554442692, lrc -2.308362813942272, pwr 0.903641480374031
    ("weibull", (np.exp(2.308362813942272 / 0.903641480374031), 0.903641480374031), EARLY,
     0.711757171779628 - 0.446394554442692, 0.711757171779628, 0.000250990564443018),
    # nls(y ~ SSgompertz(log(k), Asym, b2, b3)): 0.955993734671465, 5.497182107996233, 0.506488749632299
    ("late", (np.exp(np.log(5.497182107996233) / -np.log(0.506488749632299)), -np.log(0.506488749632299)), LATE,
     0.0, 0.955993734671465, 0.00111873395784136),
]  # fmt: skip


@pytest.mark.parametrize(("family", "shape", "accuracy", "floor", "ceiling", "squares"), FITTED_BY_R)
def test_a_family_at_the_shape_that_r_fitted_has_its_floor_ceiling_and_residuals(
    family, shape, accuracy, floor, ceiling, squares
):
    rise = next(f for f in FAMILIES if f.name == family)(SHOTS, *shape)
    columns = np.column_stack([1 - rise, rise] if floor else [rise])
    found, left, *_ = np.linalg.lstsq(columns, accuracy, rcond=None)
    assert left[0] == pytest.approx(squares, rel=1e-9)
    np.testing.assert_allclose(found, [floor, ceiling] if floor else [ceiling], rtol=1e-6)


def test_variance_components_are_those_of_the_mean_squares_in_r():
    scores = [[1, 0, 1, 1, 0, 1], [1, 1, 0, 1, 0, 0], [0, 0, 1, 1, 0, 1], [1, 0, 1, 0, 0, 1]]
    found = components(np.array([scores], dtype=float))
    item, draw, residual = 0.4416666666666669, 0.0416666666666668, 0.2416666666666666  # of 6 items and 4 draws
    assert found.items[0, 0] == pytest.approx((item - residual) / 4)
    assert found.draws[0, 0] == pytest.approx((draw - residual) / 6)
    assert found.residual[0, 0] == pytest.approx(residual)
