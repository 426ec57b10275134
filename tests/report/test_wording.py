import pytest

from curvefit.report.wording import factor, sure


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
