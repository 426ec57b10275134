import math
from dataclasses import replace

import numpy as np
import pytest

from curvefit.payoff import cross_validation as module
from curvefit.payoff.cross_validation import backtest
from curvefit.payoff.evidence import Unit, last_doubling
from curvefit.payoff.hierarchy import PayoffQuery

MARGIN = 0.1


def unit(source, gain, doubling=0.0, *, best=0.5, predicted=0.0):
    """A unit whose `shots` tell the stand-in for the model what to predict."""
    return Unit(source, "made up", "m", "t", "accuracy", "sql", predicted, best, doubling, 300.0, best + gain, True)


@pytest.fixture
def predicting(monkeypatch):
    """Draw gains evenly within 0.2 of the number that is planted as the model of a unit; remember what was asked."""
    asked = []

    def draws(others, best, new):
        asked.append((tuple(others), best, new))
        return np.linspace(-0.2, 0.2, len(best)) + planted[len(asked) - 1]

    def given(units):
        planted[:] = [u.shots for u in units]
        asked.clear()
        return backtest(units, margin=MARGIN)

    planted = []
    monkeypatch.setattr(module, "gains", draws)
    given.asked = asked
    return given


# Gain, what the last doubling added, best prompt, predicted: chances of more than 0.1 are 1/2, 3/4, 1/4 and 1/4.
CASES = [("a", 0.3, 0.05, 0.5, 0.1), ("b", 0.0, 0.0, 0.6, 0.2), ("c", 0.1, 0.02, 0.5, 0.0), ("d", 0.2, 0.0, 0.4, 0.0)]


def made():
    return [unit(s, gain, doubling, best=best, predicted=p) for s, gain, doubling, best, p in CASES]


def test_scores_are_those_of_arithmetic(predicting):
    found = predicting(made())
    chances = [0.5, 0.75, 0.25, 0.25]
    paid = [True, False, False, True]  # a gain of just the margin has not paid
    base = [1 / 3, 2 / 3, 2 / 3, 1 / 3]  # of the other three
    assert [case.probability for case in found.cases] == pytest.approx(chances, abs=1e-3)
    assert [case.base for case in found.cases] == pytest.approx(base)

    def loss(told):
        return -sum(math.log(p if yes else 1 - p) for p, yes in zip(told, paid, strict=True)) / 4

    assert found.log_loss.value == pytest.approx(loss(chances), abs=2e-3)
    assert found.base_log_loss.value == pytest.approx(loss(base))
    assert found.advantage.value == pytest.approx(loss(base) - loss(chances), abs=2e-3)
    squares = [(p - yes) ** 2 for p, yes in zip(chances, paid, strict=True)]
    assert found.brier.value == pytest.approx(sum(squares) / 4, abs=2e-3)
    # Of the four pairs of one that paid and one that did not: 1/2 is over 1/4 but under 3/4; 1/4 is under, and ties.
    assert found.auc.value == pytest.approx(1.5 / 4)
    # 0.05 over 0 and over 0.02; 0 ties with 0, and is under 0.02.
    assert found.rule_auc.value == pytest.approx(2.5 / 4)
    assert found.rule_right.value == pytest.approx(2 / 4)  # said of a and c, of which a paid; and not of b and d
    # Within 0.18 of what was predicted: 0.2 off, 0.2 off, 0.1 off, 0.2 off.
    assert found.coverage.value == pytest.approx(1 / 4)
    assert found.error.value == pytest.approx((0.2 + 0.2 + 0.1 + 0.2) / 4, abs=1e-3)


def test_a_gain_of_just_the_margin_has_not_paid_however_its_difference_is_rounded():
    assert 0.97 - 0.95 > 0.02, "as floats"
    just = replace(unit("a", 0.02, best=0.95), fine_tuned=0.97)
    assert not just.paid(0.02)
    assert just.paid(0.0199)
    found = backtest([just, unit("b", 0.3), unit("c", -0.1)], margin=0.02)
    assert found.cases[1].base == 0.0, "neither of the others paid"


def test_every_case_is_predicted_in_its_own_setting_from_other_sources(predicting):
    units = [*made(), replace(made()[0], kind="qa", n_train=64.0, tiny=False)]
    predicting(units)
    for own, (others, best, new) in zip(units, predicting.asked, strict=True):
        assert set(others) == {u for u in units if u.source != own.source}
        assert set(best) == {own.best_prompted}
        assert (new.kind, new.n_train, new.tiny) == (own.kind, own.n_train, own.tiny)
        # Neither its source nor its task is known.
        assert new == PayoffQuery(own.kind, own.n_train, own.tiny, zero_shot_only=own.zero_shot_only)


def test_intervals_are_those_of_resampling_whole_sources(predicting):
    """Cases of one source that are all alike tell no more than one of them."""
    rng = np.random.default_rng(0)
    units = [unit(f"s{i}", rng.normal(0.1, 0.2), rng.normal(0, 0.1), predicted=rng.normal(0, 0.2)) for i in range(12)]
    once, often, apart = (
        predicting(some)
        for some in (
            units,
            [u for u in units for _ in range(5)],
            [replace(u, source=f"{u.source}, {n}") for u in units for n in range(5)],
        )
    )
    for score in ("log_loss", "brier", "coverage", "error", "rule_right", "auc", "rule_auc"):
        one, same, more = (getattr(found, score) for found in (once, often, apart))
        assert (same.value, same.low, same.high) == pytest.approx((one.value, one.low, one.high))
        assert more.high - more.low < 0.7 * (one.high - one.low)


def test_cases_that_could_not_pay_are_scored_with_the_others_and_without_them(predicting):
    full = [unit(source, 0.0, best=1 - MARGIN, predicted=-0.4) for source in "ef"]
    with_them, without = predicting([*made(), *full]), predicting(made())
    assert (with_them.possible, without.possible) == (4, 4)
    assert with_them.possible_auc.value == without.auc.value < with_them.auc.value
    base = [1 / 5, 2 / 5, 2 / 5, 1 / 5]
    paid = [True, False, False, True]
    loss = -sum(math.log(p if yes else 1 - p) for p, yes in zip(base, paid, strict=True)) / 4
    assert with_them.possible_advantage.value == pytest.approx(loss - without.log_loss.value)


@pytest.mark.parametrize(
    ("shots", "means", "added"),
    [
        ([0, 32, 64], [0.1, 0.4, 0.7], 0.3),  # half was measured
        ([0, 3], [0.2, 0.6], 0.4 * math.log(4 / 2.5) / math.log(4)),  # 1.5 lies on the line from 0 to 3
        ([1, 4, 5], [0.2, 0.5, 0.4], 0.4 - 0.2 - 0.3 * math.log(3.5 / 2) / math.log(5 / 2)),  # 2.5, between 1 and 4
        ([48, 64], [0.5, 0.6], 0.1 * math.log(65 / 33) / math.log(65 / 49)),  # 32 lies on the same line, below
    ],
)
def test_the_last_doubling_is_from_half_the_shots_to_all_of_them(shots, means, added):
    assert last_doubling(shots, means) == pytest.approx(added)
