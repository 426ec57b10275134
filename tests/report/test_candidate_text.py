"""What candidates cost, in words."""

from __future__ import annotations

import math

import pytest

from curvefit.report.candidate_text import seconds


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "under 1 ms"), (0.0004, "under 1 ms"), (0.0006, "1 ms"), (0.027, "27 ms"), (0.9994, "999 ms"),
        (0.9996, "1.0 s"), (3.14, "3.1 s"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_no_call_takes_no_time_or_a_thousand_milliseconds(value, said):
    assert seconds(value) == said
