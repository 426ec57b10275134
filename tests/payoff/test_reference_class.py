from dataclasses import replace

import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.payoff import reference_class as module
from curvefit.payoff.evidence import Unit, evidence
from curvefit.payoff.predictor import Payoff, Probed
from curvefit.payoff.reference_class import beyond, decides, expected, reference
from curvefit.study import predict_payoff


def units(count, sources, kind="sql", gain=0.1, n_train=300.0):
    return tuple(
        Unit(f"s{i % sources}", "made up", f"m{i}", "t", "accuracy", kind, 4.0, 0.5, 0.0, n_train, 0.5 + gain)
        for i in range(count)
    )


@pytest.fixture
def known(monkeypatch):
    """Give the evidence to go by; return what a prediction resting on all of it looks like."""

    def given(found, probability=0.9, low=0.05, high=0.2):
        monkeypatch.setattr(module, "evidence", lambda: found)
        basis = tuple(u.name for u in found)
        return Payoff(Estimate(0.1, low, high, 0.9), probability, 0.02, 300, basis, "rule", kind="sql")

    return given


def test_a_prediction_gets_its_named_cases_back_with_their_figures():
    payoff = predict_payoff(Curve.from_means([1, 4], [0.5, 0.6]), kind="sql", n_train=100)
    found = reference(payoff)
    assert tuple(unit.name for unit in found.units) == payoff.basis != ()
    assert found.sources == len({unit.source for unit in found.units})
    assert {unit.tiny for unit in found.units} == {False}
    assert {unit.tiny for unit in found.resized} == {True}
    assert found.others == sum(unit.group != "programs" for unit in evidence())
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
    payoff = replace(known(units(3, 1)), kind="summarization", basis=())
    assert reference(payoff).sentence == (
        "No measured case is of this sort: that rests on 3 of other sorts alone, thin evidence."
    )


@pytest.mark.parametrize(
    ("sizes", "said"),
    [((100.0, 300.0), ""), ((400.0, 500.0), "fewer than 400 examples"), ((100.0, 299.0), "more than 299 examples")],
)
def test_a_number_of_examples_beyond_all_cases_is_said_to_be(known, sizes, said):
    cases = tuple(replace(u, n_train=size) for u, size in zip(units(2, 2), sizes, strict=True))
    text = " ".join(expected(known(cases)))
    assert ("extrapolated" in text) == bool(said)
    assert said in text


def test_a_probe_with_as_few_examples_is_a_case_of_so_few(known):
    payoff = known(units(12, 6, n_train=1000.0))
    assert "fewer than 1,000 examples" in " ".join(expected(payoff))
    assert "extrapolated" not in " ".join(expected(replace(payoff, probes=(probed("m", 128, 0.2),))))


@pytest.mark.parametrize(("value", "high", "cut"), [(0.05, 0.05, True), (0.04, 0.05, False), (-0.1, -0.1, False)])
def test_a_prediction_of_a_perfect_score_is_said_to_be_cut_off(known, value, high, cut):
    payoff = replace(known(units(12, 6)), gain=Estimate(value, -0.2, high, 0.9))
    assert ("all the room the best prompt leaves" in " ".join(expected(payoff))) == cut


def probed(model, n_train, gain):
    return Probed(model, 0.5, n_train, Estimate(gain, gain - 0.1, gain + 0.1, 0.9))


@pytest.mark.parametrize(
    ("model", "n_train", "gain", "probability", "said"),
    [
        ("own", 128, 0.2, 0.85, "pays"),
        ("own", 300, 0.2, 0.85, "pays"),
        ("own", 128, 0.2, 0.75, "open"),
        ("own", 128, 0.11, 0.85, "open"),  # its interval ends at 1 point
        ("own", 301, 0.2, 0.85, "open"),
        ("other", 128, 0.2, 0.85, "open"),
        ("own", 300, -0.2, 0.15, "does not pay"),
        ("own", 301, -0.2, 0.15, "does not pay"),
        ("own", 299, -0.2, 0.15, "open"),  # more examples may turn a loss
        ("own", 300, -0.07, 0.15, "open"),  # its interval ends at 3 points
        ("own", 300, -0.2, 0.25, "open"),
        ("other", 300, -0.2, 0.15, "open"),
    ],
)
def test_the_very_model_seen_to_gain_or_to_lose_is_evidence_enough(known, model, n_train, gain, probability, said):
    thin = replace(known(units(3, 1), probability), model="own")
    assert decides(thin) == "open"
    assert decides(replace(thin, probes=(probed(model, n_train, gain),))) == said
    unknown = replace(thin, model="", probes=(probed("", n_train, gain),))
    assert decides(unknown) == "open", "two models without a name are not one"


@pytest.mark.parametrize(("luck", "said"), [(0.0, "does not pay"), (0.04, "open")])
def test_a_loss_to_a_prompt_that_was_picked_by_luck_is_not_surely_one(known, luck, said):
    thin = replace(known(units(3, 1), 0.15), model="own")
    lost = replace(probed("own", 300, -0.09), luck=luck)  # its interval ends at 1 point
    assert decides(replace(thin, probes=(lost,))) == said


@pytest.mark.parametrize(("model", "n_train", "fact"), [("own", 300, True), ("own", 128, False), ("other", 300, False)])
def test_what_was_asked_and_measured_is_to_be_believed_before_the_prediction(known, model, n_train, fact):
    payoff = replace(known(units(12, 6)), model="own", probes=(probed(model, n_train, 0.2),))
    text = " ".join(expected(payoff))
    assert ("to be believed before the prediction" in text) == fact
    assert ("as far as models on one task are alike" in text) != fact


def test_cases_with_models_of_the_other_size_are_told_apart_and_so_are_their_failures(known):
    larger, tiny = units(12, 6), tuple(replace(u, model=f"tiny {u.model}", tiny=True) for u in units(3, 1, gain=-0.1))
    payoff = known((*larger, *tiny))
    told = reference(replace(payoff, basis=tuple(u.name for u in larger))).sentence
    assert told.endswith("of which 12 paid. Of 3 others with models of fewer than half a billion parameters (this one"
                         " is taken to have more), which count less, 0 paid.")  # fmt: skip
    told = reference(replace(payoff, basis=tuple(u.name for u in tiny))).sentence
    assert told.endswith("Of 12 others with models of more than half a billion parameters, which count less, 12 paid.")


def test_cases_of_the_sort_with_models_of_the_other_size_alone_are_not_said_to_be_none(known):
    texts = (replace(unit, task="summaries") for unit in units(4, 2, kind="summarization"))
    payoff = replace(known((*units(8, 3), *texts)), basis=())
    found = reference(payoff)
    assert (len(found.resized), found.resized_paid, found.others) == (8, 8, 4)
    assert found.sentence == (
        "No measured case of this sort is of a model of this size: thin evidence. Of 8 others with models of more than"
        " half a billion parameters, which count less, 8 paid."
    )


def test_a_low_score_is_said_to_be_room_or_out_of_reach_with_how_either_went(known):
    low = [replace(u, best_prompted=0.1, fine_tuned=0.1 + g) for u, g in zip(units(4, 2), (0.3, 0, 0, 0), strict=True)]
    payoff = known((*low, *units(5, 3)))
    (said,) = beyond(payoff, 0.149)
    assert "paid in 1 of 4 measured cases whose best prompt was below 15%, in 5 of 5 others" in said
    assert beyond(payoff, 0.15) == ()


def test_cases_of_the_very_task_are_counted_nowhere(known):
    own = tuple(replace(unit, task="mine", model=f"own {unit.model}") for unit in units(5, 2))
    payoff = replace(known((*units(12, 6), *own)), basis=tuple(unit.name for unit in units(12, 6)))
    assert len(reference(payoff).resized) == 5
    assert len(reference(replace(payoff, task="mine")).resized) == 0
    unsorted = replace(payoff, kind="", basis=())
    assert (reference(unsorted).others, reference(replace(unsorted, task="mine")).others) == (17, 12)
