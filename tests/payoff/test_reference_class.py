from dataclasses import replace

import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.decision.predicted_payoff import predict_payoff
from curvefit.payoff import reference_class as module
from curvefit.payoff.evidence import Unit, evidence
from curvefit.payoff.predictor import Payoff, Probed
from curvefit.payoff.reference_class import (
    deciding_reason,
    high_scores,
    leaning_on_training,
    low_scores,
    missing_evidence,
    payoff_reasons,
    reference_class,
    training_decision,
)


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
        return Payoff(Estimate(0.1, low, high, 0.9), probability, 0.02, 300, basis, None, kind="sql")

    return given


def test_a_prediction_gets_its_named_cases_back_with_their_figures():
    payoff = predict_payoff(Curve.from_means([1, 4], [0.5, 0.6]), kind="sql", n_train=100)
    found = reference_class(payoff)
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
        (12, 6, 0.8, "pays"),
        (12, 6, 0.2, "does not pay"),
        (12, 6, 0.2001, "open"),
        (12, 6, 0.5, "open"),
        (9, 6, 0.99, "open"),
        (12, 3, 0.99, "open"),
        (12, 3, 0.01, "open"),
    ],
)
def test_only_a_sure_prediction_from_enough_cases_and_sources_decides(known, count, sources, probability, said):
    payoff = known(units(count, sources), probability)
    assert training_decision(payoff) == said
    assert reference_class(payoff).thin == (count < 10 or sources < 4)


@pytest.mark.parametrize(
    ("count", "sources", "probability", "said"),
    [
        (9, 6, 0.8, "pays"),
        (12, 3, 0.99, "pays"),
        (9, 6, 0.2, "does not pay"),
        (9, 6, 0.79, "open"),
        (9, 6, 0.21, "open"),
        (12, 6, 0.99, "open"),  # that decides
    ],
)
def test_a_sure_prediction_of_too_few_cases_leans(known, count, sources, probability, said):
    payoff = known(units(count, sources), probability)
    assert leaning_on_training(payoff) == said
    # Of a prompt without examples nothing is said to pay, which another prompt may give too.
    bare = replace(payoff, zero_shot_only=True)
    assert leaning_on_training(bare) == ("open" if said == "pays" else said)


def values(payoff, code):
    """The values of the one reason with this code, or None."""
    found = [reason.values for reason in payoff_reasons(payoff) if reason.code == code]
    assert len(found) <= 1
    return found[0] if found else None


def test_what_a_prediction_rests_on_begins_with_its_numbers(known):
    payoff = known(units(12, 6), 0.85)
    assert payoff_reasons(payoff)[0].code == "predicted-payoff"
    assert values(payoff, "predicted-payoff") == {
        "gain": payoff.gain, "probability": 0.85, "n_train": 300, "margin": 0.02
    }  # fmt: skip
    cases = values(payoff, "measured-cases")
    assert (cases["cases"], cases["sources"], cases["paid"], cases["thin"]) == (12, 6, 12, 0)


@pytest.mark.parametrize(("low", "high", "wide"), [(-0.1, 0.2, True), (0.0, 0.2, False), (-0.1, 0.01, False)])
@pytest.mark.parametrize(("probability", "decision"), [(0.5, "open"), (0.9, "pays"), (0.1, "does not pay")])
def test_an_interval_with_losses_and_gains_is_named_as_that(known, low, high, wide, probability, decision):
    found = values(known(units(12, 6), probability, low=low, high=high), "wide-interval")
    assert found == ({"decision": decision} if wide else None)


def test_where_no_case_is_alike_only_others_are_counted(known):
    cases = values(replace(known(units(3, 1)), kind="summarization", basis=()), "measured-cases")
    assert (cases["cases"], cases["resized"], cases["others"], cases["thin"]) == (0, 0, 3, 1)


@pytest.mark.parametrize(("sizes", "end"), [((100.0, 300.0), None), ((400.0, 500.0), 400), ((100.0, 299.0), 299)])
def test_a_number_of_examples_beyond_all_cases_is_extrapolated(known, sizes, end):
    cases = tuple(replace(u, n_train=size) for u, size in zip(units(2, 2), sizes, strict=True))
    assert values(known(cases), "extrapolated") == (None if end is None else {"end": end, "n_train": 300})


def test_a_probe_with_as_few_examples_is_a_case_of_so_few(known):
    payoff = known(units(12, 6, n_train=1000.0))
    assert values(payoff, "extrapolated")["end"] == 1000
    assert values(replace(payoff, probes=(probed("m", 128, 0.2),)), "extrapolated") is None


@pytest.mark.parametrize(("value", "high", "cut"), [(0.05, 0.05, True), (0.04, 0.05, False), (-0.1, -0.1, False)])
def test_a_prediction_of_a_perfect_score_is_said_to_be_cut_off(known, value, high, cut):
    payoff = replace(known(units(12, 6)), gain=Estimate(value, -0.2, high, 0.9))
    assert (values(payoff, "perfect-score") is not None) == cut


def probed(model, n_train, gain):
    return Probed(model, 0.5, n_train, Estimate(gain, gain - 0.1, gain + 0.1, 0.9))


@pytest.mark.parametrize(
    ("model", "n_train", "gain", "probability", "said"),
    [
        ("own", 128, 0.2, 0.85, "pays"),
        ("own", 300, 0.2, 0.85, "pays"),
        ("own", 128, 0.2, 0.75, "open"),
        ("own", 128, 0.08, 0.85, "pays"),  # its own chance is 84%
        ("own", 128, 0.06, 0.85, "open"),  # 74%
        ("own", 301, 0.2, 0.85, "open"),
        ("other", 128, 0.2, 0.85, "open"),
        ("own", 300, -0.2, 0.15, "does not pay"),
        ("own", 301, -0.2, 0.15, "does not pay"),
        ("own", 240, -0.2, 0.15, "does not pay"),  # nearly as many: the rest is held out
        ("own", 239, -0.2, 0.15, "open"),  # more examples may turn a loss
        ("own", 300, -0.04, 0.15, "does not pay"),  # its own chance is 16%
        ("own", 300, -0.02, 0.15, "open"),  # 26%
        ("own", 300, -0.2, 0.25, "open"),
        ("other", 300, -0.2, 0.15, "open"),
    ],
)
def test_the_very_model_seen_to_gain_or_to_lose_is_evidence_enough(known, model, n_train, gain, probability, said):
    thin = replace(known(units(3, 1), probability), model="own")
    assert (training_decision(thin), missing_evidence(thin)) == ("open", "cases")
    assert training_decision(replace(thin, probes=(probed(model, n_train, gain),))) == said
    unknown = replace(thin, model="", probes=(probed("", n_train, gain),))
    assert training_decision(unknown) == "open", "two models without a name are not one"


@pytest.mark.parametrize(("items", "said"), [(12, "open"), (19, "open"), (20, "pays"), (None, "pays")])
@pytest.mark.parametrize("cases", [3, 12])
@pytest.mark.parametrize("model", ["own", "other"])
def test_a_training_on_a_dozen_items_decides_nothing_that_its_interval_does_not_say(known, model, cases, items, said):
    few = replace(known(units(cases, 6), 0.85), model="own")
    probe = replace(probed(model, 128, 0.09), items=items)  # 95% of more than nothing, and an interval down to -1 point
    decides = model == "own" or cases == 12
    found = replace(few, probes=(probe,))
    assert training_decision(found) == (said if decides else "open")
    assert leaning_on_training(found) == ("open" if said == "open" or decides else "pays")
    assert (missing_evidence(found) == "items") == (said == "open")
    enough = replace(probed("own", 128, 0.09), items=100)
    assert training_decision(replace(few, probes=(probe, enough))) == "pays", "another has items enough"
    lucky = replace(probe, optimism=0.05)
    assert training_decision(replace(few, probes=(lucky,))) == (said if decides else "open"), (
        "as seen, it may be a loss"
    )
    clear = replace(probed("own", 128, 0.11), items=items)
    assert training_decision(replace(few, probes=(clear,))) == "pays", "its interval leaves out a loss"


@pytest.mark.parametrize(("optimism", "said"), [(0.0, "does not pay"), (0.04, "open")])
def test_a_loss_to_a_prompt_that_was_picked_by_luck_is_not_surely_one(known, optimism, said):
    thin = replace(known(units(3, 1), 0.15), model="own")
    lost = replace(probed("own", 300, -0.04), optimism=optimism)  # its chance is 16%, or 37%
    assert training_decision(replace(thin, probes=(lost,))) == said


def test_evidence_is_not_said_to_be_thin_where_a_training_of_the_very_model_decides(known):
    thin = replace(known(units(3, 1), 0.85), model="own")
    for probe, expected in (
        (probed("own", 128, 0.2), 0),
        (probed("own", 128, 0.06), 1),
        (probed("other", 128, 0.2), 1),
    ):
        assert values(replace(thin, probes=(probe,)), "measured-cases")["thin"] == expected


@pytest.mark.parametrize(("model", "own"), [("own", 1), ("other", 0)])
def test_a_probe_says_whether_it_is_of_the_very_model(known, model, own):
    payoff = replace(known(units(12, 6)), model="own", probes=(probed(model, 128, 0.2),))
    found = values(payoff, "probed")
    assert (found["model"], found["own"], found["n_train"], found["wanted"]) == (model, own, 128, 300)


def test_cases_with_models_of_the_other_size_are_counted_apart_and_so_are_their_failures(known):
    larger, tiny = units(12, 6), tuple(replace(u, model=f"tiny {u.model}", tiny=True) for u in units(3, 1, gain=-0.1))
    payoff = known((*larger, *tiny))
    found = values(replace(payoff, basis=tuple(u.name for u in larger)), "measured-cases")
    assert (found["cases"], found["paid"]) == (12, 12)
    assert (found["resized"], found["resized_paid"], found["resized_tiny"]) == (3, 0, 1)
    found = values(replace(payoff, basis=tuple(u.name for u in tiny)), "measured-cases")
    assert (found["resized"], found["resized_paid"], found["resized_tiny"]) == (12, 12, 0)


def test_cases_of_the_sort_with_models_of_the_other_size_alone_are_not_said_to_be_none(known):
    texts = (replace(unit, task="summaries") for unit in units(4, 2, kind="summarization"))
    found = reference_class(replace(known((*units(8, 3), *texts)), basis=()))
    assert (len(found.units), len(found.resized), found.resized_paid, found.others) == (0, 8, 8, 4)


def test_a_low_score_is_room_or_out_of_reach_with_how_either_went(known):
    low = [replace(u, best_prompted=0.1, fine_tuned=0.1 + g) for u, g in zip(units(4, 2), (0.3, 0, 0, 0), strict=True)]
    payoff = known((*low, *units(5, 3)))
    found = low_scores(payoff, 0.149)
    assert (found.limit, found.paid, found.cases, found.others_paid, found.others) == (0.15, 1, 4, 5, 5)
    assert low_scores(payoff, 0.15) is None


def test_of_a_low_score_the_cases_that_decide_are_counted_too_that_scored_as_low(known):
    low = [
        replace(u, model=f"low {u.model}", best_prompted=0.1, fine_tuned=0.1 + gain)
        for u, gain in zip(units(4, 2), (0.3, 0, 0, 0), strict=True)
    ]
    payoff = known((*low, *units(5, 3)))
    assert deciding_reason(payoff, 0.149).values == {"cases": 9, "paid": 6, "limit": 0.15, "low": 4, "low_paid": 1}
    assert deciding_reason(payoff, 0.15).values == {"cases": 9, "paid": 6}


@pytest.mark.parametrize(
    ("probability", "low", "high", "pays", "surely"),
    [(0.9, 0.01, 0.4, 1, 1), (0.9, -0.01, 0.6, 1, 0), (0.1, -0.2, 0.01, 0, 1), (0.1, -0.4, 0.05, 0, 0)],
)
def test_a_probe_surely_decides_where_its_interval_leaves_out_the_other_answer(
    known, probability, low, high, pays, surely
):
    probe = Probed("local/m", 0.5, 300, Estimate((low + high) / 2, low, high, 0.9))
    payoff = replace(known(units(12, 6), probability), probes=(probe,), model="local/m")
    found = deciding_reason(payoff, 0.5)
    assert (found.code, found.values["pays"], found.values["surely"]) == ("probe-decides", pays, surely)


@pytest.mark.parametrize(("limit", "margin", "task", "counted"), [
    (0.9, 0.02, "", (3, 2, 5, 5)),
    (0.9, 0.25, "", (3, 0, 5, 0)),
    (0.91, 0.02, "", (0, 0, 8, 7)),
    (0.9, 0.02, "own", (2, 2, 5, 5)),
])  # fmt: skip
def test_high_scores_are_counted_at_the_margin_and_without_the_very_task(known, limit, margin, task, counted):
    gains = (0.05, 0.08, 0.0)
    high = [replace(u, best_prompted=0.9, fine_tuned=0.9 + g) for u, g in zip(units(3, 2), gains, strict=True)]
    known((*high[:2], replace(high[2], task="own"), *units(5, 3)))
    found = high_scores(limit, margin, task)
    assert (found.cases, found.paid, found.others, found.others_paid) == counted


@pytest.mark.parametrize("kind", ["triage", "extractoin", ""])
def test_a_kind_that_no_case_is_of_is_named(known, kind):
    assert values(replace(known(units(3, 1)), kind=kind), "unsorted-kind") == {"kind": kind}
    assert values(replace(known(units(3, 1)), kind="Multilingual-QA"), "unsorted-kind") is None


def test_cases_of_the_very_task_are_counted_nowhere(known):
    own = tuple(replace(unit, task="mine", model=f"own {unit.model}") for unit in units(5, 2))
    payoff = replace(known((*units(12, 6), *own)), basis=tuple(unit.name for unit in units(12, 6)))
    assert len(reference_class(payoff).resized) == 5
    assert len(reference_class(replace(payoff, task="mine")).resized) == 0
    unsorted = replace(payoff, kind="", basis=())
    assert (reference_class(unsorted).others, reference_class(replace(unsorted, task="mine")).others) == (17, 12)


@pytest.mark.parametrize(("probability", "said"), [(0.9, "open"), (0.5, "open"), (0.1, "does not pay")])
def test_over_a_prompt_without_examples_nothing_is_said_to_pay(known, probability, said):
    payoff = replace(known(units(12, 6), probability), zero_shot_only=True)
    assert training_decision(payoff) == said
    own = replace(payoff, model="own", probes=(probed("own", 128, 0.3),))
    assert training_decision(own) == said, "the very model's gain over that prompt is no more than that"
    assert missing_evidence(payoff) == ("prompt" if probability > 0.8 else "")


def test_such_a_study_is_told_how_much_a_prompt_with_examples_gains_elsewhere(known):
    told = tuple(replace(u, zero_shot=0.4) for u in units(12, 6))  # 0.4 without examples, 0.5 with, 0.6 fine-tuned
    payoff = known(told)
    assert values(payoff, "zero-shot-only") is None
    assert values(replace(payoff, zero_shot_only=True), "zero-shot-only") == {"share": pytest.approx(0.5)}


@pytest.mark.parametrize(
    ("shots", "retrieved", "only"), [([0], None, True), ([0], 0.6, False), ([0, 4], None, False), ([1], None, False)]
)
def test_a_study_without_examples_in_any_prompt_is_known_as_that(shots, retrieved, only):
    curve = Curve.from_means(shots, [0.5] * len(shots), n_items=200)
    payoff = predict_payoff(curve, kind="sql", n_train=100, retrieved=retrieved)
    assert payoff.zero_shot_only == only
    assert ("zero-shot-only" in [reason.code for reason in payoff_reasons(payoff)]) == only
