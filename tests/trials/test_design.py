import pytest

from curvefit.errors import DesignError
from curvefit.trials.design import Design, default_shots


@pytest.mark.parametrize(("limit", "shots"), [(0, (0,)), (1, (0, 1)), (9, (0, 1, 2, 4, 8)), (16, (0, 1, 2, 4, 8, 16))])
def test_default_shots_double_up_to_the_limit(limit, shots):
    assert default_shots(limit) == shots


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shots": (2, 1)}, "ascending"),
        ({"shots": (1, 1)}, "distinct"),
        ({"shots": (-1, 0)}, "not negative"),
        ({"draws": 0}, "draws"),
        ({"items": 0}, "items"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"reply_tokens": 0}, "reply_tokens must be a whole number from 1 to 1,000,000,000, not 0"),
        ({"reply_tokens": 10**9 + 1}, "not 1000000001"),
        ({"reply_tokens": 2**64}, "not 18446744073709551616"),
        ({"selection": "best"}, "selection"),
        ({"selection": "similar", "draws": 2}, "use 1 draw, not 2"),
        ({"selection": "similar", "draws": 1, "shots": (0, 4)}, "start at 1 shot, not 0"),
    ],
)
def test_an_impossible_design_is_refused_with_its_value(wrong, message):
    with pytest.raises(DesignError, match=message):
        Design(**wrong)
