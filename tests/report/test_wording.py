import pytest

from curvefit.report.wording import chance_of, dollars, factor, sure


@pytest.mark.parametrize(
    ("level", "said"),
    [(0.9, "90%"), (0.5, "50%"), (0.875, "87.5%"), (0.988, "98.8%"), (0.9998, "99.98%"), (1 - 1e-5, "99.999%")],
)
def test_no_level_is_said_to_be_certain(level, said):
    assert sure(level) == said


@pytest.mark.parametrize(
    ("times", "said"),
    [(0.25, "0.25"), (0.9, "0.90"), (0.996, "1.0"), (1.449, "1.4"), (9.96, "10"), (36.9, "37"), (1234, "1,200"),
     (0.0041, "0.0041"), (2e6, "2,000,000"), (0.0, "0")],
)  # fmt: skip
def test_a_factor_has_two_digits_that_count(times, said):
    assert factor(times) == said


@pytest.mark.parametrize(
    ("chance", "said"),
    [(0.7962, "79%"), (0.79999, "79%"), (0.8, "80%"), (0.8044, "80%"), (0.786, "79%"), (0.784, "78%"),
     (0.2038, "21%"), (0.2, "20%"), (0.1999, "20%"), (0.1962, "20%"), (0.214, "21%"),(0.216, "22%"),
     (0.004, "under 1%"), (0.996, "over 99%")],
)  # fmt: skip
def test_no_chance_that_leaves_it_open_is_said_as_one_that_decides(chance, said):
    assert chance_of(chance) == said


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        (0.0, "$0.00"),
        (0.00042, "$0.00042"),
        (0.0042, "$0.0042"),
        (0.31, "$0.31"),
        (1234.5, "$1,234.50"),
        (-0.0, "$0.00"),
    ],
)
def test_no_price_that_is_paid_is_said_as_nothing(usd, said):
    assert dollars(usd) == said
