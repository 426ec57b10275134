import numpy as np
import pytest

from curvefit.curves.families import FAMILIES, Param
from curvefit.curves.grid import _FAMILY_WEIGHT

RISING = [f for f in FAMILIES if f.shape]
SHOTS = np.concatenate([[0.0], np.logspace(-1, 9, 400)])
QUANTILES = np.array([0.02, 0.3, 0.7, 0.98])


def shapes(family):
    values = [param.at(QUANTILES, 1.0, 64.0) for param in family.shape]
    return np.stack([v.ravel() for v in np.meshgrid(*values)], axis=1)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_a_rise_starts_at_nothing_and_never_falls(family):
    for shape in shapes(family) if family.shape else [()]:
        rise = family(SHOTS, *shape)
        assert rise[0] == 0.0
        assert np.all(np.diff(rise) >= -1e-12)
        assert np.all((rise >= 0) & (rise <= 1))


@pytest.mark.parametrize("family", RISING, ids=lambda f: f.name)
def test_a_rise_tends_to_one(family):
    for shape in shapes(family):
        assert family(np.array([1e300]), *shape)[0] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("family", RISING, ids=lambda f: f.name)
def test_a_rise_broadcasts_shapes_against_shots(family):
    shape = shapes(family)
    together = family(SHOTS[:, None], *shape.T)
    for j in (0, len(shape) - 1):
        np.testing.assert_allclose(together[:, j], family(SHOTS, *shape[j]))


def test_the_constant_never_rises():
    assert not FAMILIES[0](SHOTS).any()


def test_every_family_names_its_source_and_has_a_prior_weight():
    assert all(f.reference for f in FAMILIES)
    assert set(_FAMILY_WEIGHT) == {f.name for f in FAMILIES}
    assert sum(_FAMILY_WEIGHT.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "shape", "shots", "value"),
    [
        # 1 - (1 + 3/1)^-0.5 = 1/2;  1 - e^-1;  9/(9+1);  1 - e^-4;  e^-1, by hand
        ("power4", (1.0, 0.5), 3.0, 0.5),
        ("exponential", (8.0,), 8.0, 1 - np.exp(-1)),
        ("hill", (2.0, 2.0), 6.0, 0.9),
        ("weibull", (2.0, 2.0), 4.0, 1 - np.exp(-4)),
        ("late", (16.0, 2.0), 16.0, np.exp(-1)),
    ],
)
def test_a_rise_has_the_value_its_formula_gives(name, shape, shots, value):
    family = next(f for f in FAMILIES if f.name == name)
    assert family(np.array([shots]), *shape)[0] == pytest.approx(value)


def test_numbers_of_shots_in_a_shape_move_with_the_measured_range():
    scale = Param("scale", 0.2, 30.0, unit="shots")
    np.testing.assert_allclose(scale.at(QUANTILES, 16, 1024), 16 * scale.at(QUANTILES, 1, 64))
    assert scale.at(np.array([0.45]), 1, 64)[0] == pytest.approx(96)
