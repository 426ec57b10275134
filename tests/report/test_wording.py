import pytest

from curvefit.report.wording import sure


@pytest.mark.parametrize(
    ("level", "said"),
    [(0.9, "90%"), (0.5, "50%"), (0.875, "87.5%"), (0.988, "98.8%"), (0.9998, "99.98%"), (1 - 1e-5, "99.999%")],
)
def test_no_level_is_said_to_be_certain(level, said):
    assert sure(level) == said
