from dataclasses import replace

import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.payoff import reference as module
from curvefit.payoff.evidence import Unit, evidence
from curvefit.payoff.model import Payoff, predict_payoff
from curvefit.payoff.reference import decides, expected, reference


def units(count, sources, kind="sql", gain=0.1):
    return tuple(
        Unit(f"s{i % sources}", "made up", f"m{i}", "t", "accuracy", kind, 4.0, 0.5, 0.0, 100.0, 0.5 + gain)
        for i in range(count)
    )


@pytest.fixture
def known(monkeypatch):
    """Give the evidence to go by; return what a prediction resting on all of it looks like."""

    def given(found, probability=0.9, low=0.05, high=0.2):
        monkeypatch.setattr(module, "evidence", lambda: found)
        return Payoff(Estimate(0.1, low, high, 0.9), probability, 0.02, 300, tuple(u.name for u in found), "rule")

    return given


def test_a_prediction_gets_its_named_cases_back_with_their_figures():
    payoff = predict_payoff(Curve.from_means([1, 4], [0.5, 0.6]), kind="sql", n_train=100)
    found = reference(payoff)
    assert tuple(unit.name for unit in found.units) == payoff.basis != ()
    assert found.sources == len({unit.source for unit in found.units})
    assert found.others == len(evidence()) - len(found.units)
    assert found.paid == sum(unit.fine_tuned - unit.best_prompted > payoff.margin for unit in found.units)


@pytest.mark.parametrize(
    ("count", "sources", "probability", "said"),
    [
        (12, 6, 0.85, "pays"),
        (12, 6, 0.15, "does not pay"),
        (12, 6, 0.5, "open"),
        (9, 6, 0.99, "open"),
        (12, 3, 0.99, "open"),
        (12, 3, 0.01, "open"),
    ],
)
def test_only_a_sure_prediction_from_enough_cases_and_sources_decides(known, count, sources, probability, said):
    payoff = known(units(count, sources), probability)
    assert decides(payoff) == said
    assert ("thin evidence" in reference(payoff).sentence) == (count < 10 or sources < 4)


def test_what_is_expected_gives_its_numbers(known):
    said = expected(known(units(12, 6), 0.85))
    assert said[0] == (
        "Fine-tuning on 300 examples is predicted to change the best prompted accuracy by +10.0 points"
        " (90% interval +5.0 to +20.0); the chance of more than 2 points is 85%."
    )
    assert said[1] == "That rests on 12 measured cases of this sort, from 6 sources, of which 12 paid."


@pytest.mark.parametrize(("low", "high", "wide"), [(-0.1, 0.2, True), (0.0, 0.2, False), (-0.1, 0.01, False)])
@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.5, "by itself it decides nothing"),
        (0.9, "holds losses too: it may turn out otherwise"),
        (0.1, "holds gains worth having too: it may turn out otherwise"),
    ],
)
def test_an_interval_with_losses_and_gains_is_said_to_hold_both(known, low, high, wide, probability, said):
    lines = expected(known(units(12, 6), probability, low=low, high=high))
    assert any(said in line for line in lines) == wide
    assert len(lines) == 2 + wide


def test_where_no_case_is_alike_that_is_said(known):
    payoff = replace(known(units(3, 1)), basis=())
    assert reference(payoff).sentence == (
        "No measured case is of this sort: that rests on 3 of other sorts alone, thin evidence."
    )
