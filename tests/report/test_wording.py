import re
from pathlib import Path

import pytest

import curvefit
from curvefit.report.wording import chance_of, dollars, factor, margin_text, sure


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


def test_a_margin_is_said_in_one_way_and_one_point_is_one():
    """Seen: "a gain above the margin (1 points)"."""
    assert [margin_text(share) for share in (0.01, 0.02, 0.0025, 0.07)] == [
        "1 point", "2 points", "0.25 points", "7 points",
    ]  # fmt: skip
    by_hand = re.compile(r":g} points?\b")
    files = [file for room in ("report", "cli") for file in (Path(curvefit.__file__).parent / room).glob("*.py")]
    found = [file.name for file in files if by_hand.search(file.read_text(encoding="utf-8"))]
    assert found == ["sentences.py"], "where the rule of thumb names its one point"
