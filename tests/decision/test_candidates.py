"""What could be shipped: prices and times of measured prompts, and which of them nothing beats."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import curvefit as cf
from curvefit.curves.curve import Estimate
from curvefit.decision.break_even import Costs
from curvefit.decision.candidates import Candidate, undominated
from curvefit.decision.predicted_payoff import chance_of_room, ends_within_room
from curvefit.models.base import Usage
from curvefit.payoff.predictor import Probed
from curvefit.training.text_classifier import Baseline

COSTS = st.one_of(st.just(math.nan), st.floats(0, 10))


def candidate(accuracy=0.5, usd=1.0, seconds=math.nan, basis="measured", name="one"):
    return Candidate(name, "m", 0, basis, cf.Estimate(accuracy, accuracy, accuracy, 0.9), usd, seconds)


CANDIDATES = st.lists(st.builds(candidate, accuracy=st.floats(0, 1), usd=COSTS, seconds=COSTS), max_size=12)


def beats(one, other, cost):
    ours, theirs = getattr(one, cost), getattr(other, cost)
    gain = one.accuracy.value - other.accuracy.value
    return gain >= 0 and ours <= theirs and (gain > 0 or ours < theirs)


@given(CANDIDATES, st.sampled_from(["usd_per_1000", "seconds_p50"]))
def test_nothing_beats_what_is_unbeaten_and_something_beats_all_else(some, cost):
    frontier = undominated(some, cost)
    known = [each for each in some if not math.isnan(getattr(each, cost))]
    assert not any(beats(other, each, cost) for each in frontier for other in known)
    values = {(each.accuracy.value, getattr(each, cost)) for each in frontier}
    assert all(
        (each.accuracy.value, getattr(each, cost)) in values or any(beats(other, each, cost) for other in known)
        for each in known
    )


@given(CANDIDATES)
def test_adding_what_is_beaten_changes_nothing(some):
    frontier = undominated(some)
    for each in frontier:
        worse = replace(each, usd_per_1000=each.usd_per_1000 + 1)
        assert undominated([*some, worse]) == frontier


@given(CANDIDATES)
def test_accuracy_rises_with_cost_along_the_frontier(some):
    frontier = undominated(some)
    assert [each.usd_per_1000 for each in frontier] == sorted({each.usd_per_1000 for each in frontier})
    assert [each.accuracy.value for each in frontier] == sorted({each.accuracy.value for each in frontier})


def test_what_is_predicted_or_of_unknown_cost_beats_nothing():
    measured = candidate(0.5, 1.0)
    rest = [candidate(0.9, 0.1, basis="predicted"), candidate(0.9, math.nan)]
    assert undominated([measured, *rest]) == (measured,)
    assert undominated([measured, candidate(0.9, 0.1, basis="probed")]) == (candidate(0.9, 0.1, basis="probed"),)


@pytest.fixture
def curve():
    """Measured at 0, 1 and 4 shots: 40 calls each, at a price and time that grow."""
    scores = np.tile(np.array([0.25, 0.5, 0.75])[:, None, None] > np.linspace(0, 1, 40, endpoint=False), (1, 1, 1))
    usage = tuple(Usage(40, 4000 * n, 0, 40, 0.01 * n, 8.0 * n) for n in (1, 2, 4))
    return cf.Measurement(
        shots=np.array([0, 1, 4]), scores=np.repeat(scores.astype(float), 2, axis=1), task="t", kind="classification",
        model="openai/m", items=tuple(map(str, range(40))), usage=sum(usage, Usage()), usage_by_shots=usage,
        seconds_by_shots=((0.2, 0.3), (0.4, 0.6), (0.8, math.nan)), pool=200,
    )  # fmt: skip


def test_a_prompt_costs_what_its_calls_did(curve):
    found = cf.analyze(curve).candidates[:3]
    assert [each.name for each in found] == ["no examples", "1 random example", "4 random examples"]
    assert [each.usd_per_1000 for each in found] == pytest.approx([0.25, 0.5, 1.0])
    assert [each.seconds_p50 for each in found] == [0.2, 0.4, 0.8]
    assert math.isnan(found[2].seconds_p95)
    assert [each.accuracy for each in found] == [point.accuracy for point in cf.analyze(curve).points]


def test_a_prompt_that_a_cap_left_with_one_item_is_no_candidate(curve):
    """One right item of one was drawn as 100%, unbeaten at its price."""
    scores = curve.scores.copy()
    scores[-1] = np.nan
    scores[-1, 0, 0] = 1.0
    shots = [each.shots for each in cf.analyze(replace(curve, scores=scores)).candidates if each.basis == "measured"]
    assert shots == curve.shots[:-1].tolist()


def test_a_model_that_runs_here_has_no_price_and_not_one_of_nothing(curve):
    free = replace(curve, model="local/gemma3-270m", usage_by_shots=tuple(
        replace(usage, usd=0.0) for usage in curve.usage_by_shots
    ))  # fmt: skip
    assert all(math.isnan(each.usd_per_1000) for each in cf.analyze(free).candidates)
    unknown = replace(curve, usage_by_shots=())
    assert all(math.isnan(each.usd_per_1000) for each in cf.analyze(unknown).candidates)


def test_fine_tuned_it_is_asked_without_examples_and_stays_within_all(curve):
    study = cf.analyze(curve, n_train=200)
    predicted = study.candidates[-1]
    assert (predicted.basis, predicted.name) == ("predicted", "fine-tuned on 200")
    assert (predicted.usd_per_1000, predicted.seconds_p50) == (0.25, 0.2)
    best = study.best.point.accuracy.value
    assert predicted.accuracy.value == pytest.approx(min(best + study.payoff.gain.value, 1.0))
    assert 0 <= predicted.accuracy.low <= predicted.accuracy.high <= 1


def test_what_a_fine_tuned_model_reaches_is_one_estimate_in_table_words_and_file(curve):
    from curvefit.report.payoff_text import payoff_sentences
    from curvefit.report.study_record import to_record
    from curvefit.report.wording import percent, span

    right = np.tile(np.arange(40) % 10 < 9, (2, 1)).astype(float)
    learned = cf.Curve(shots=np.array([50, 100, 200]), scores=np.stack([right] * 3))
    baseline = Baseline("t", learned, curve.items, 200, 1.0)
    study = cf.analyze(curve, n_train=200, baseline=baseline)
    reached = study.candidates[-1].accuracy
    assert study.payoff.stand_in is not None
    assert reached == study.payoff.fine_tuned != study.payoff.stand_in.fine_tuned
    said = f"A fine-tuned model is predicted to reach {percent(reached.value)} (90% interval {span(reached)})"
    assert any(said in text for text in payoff_sentences(study))
    record = to_record(study)
    own = baseline.points()[-1].accuracy
    assert record["payoff"]["stand_in"]["classifier"] == pytest.approx(asdict(own))
    assert study.payoff.stand_in.classifier.low < study.payoff.stand_in.classifier.value
    assert record["payoff"]["fine_tuned"]["low"] == record["candidates"][-1]["low"] == pytest.approx(reached.low)


def test_what_a_classifier_tells_of_training_holds_none_of_the_luck_of_the_best_prompt():
    """Seen: 99% reached on the items by the classifier's own words, and 100% predicted beside it."""
    study = cf.read_study("reports/reviews/local-smollm2-135m")
    payoff = study.payoff
    assert payoff.prompted < study.best.point.accuracy.value
    assert study.best.point.accuracy.value + payoff.gain.value < 1
    assert payoff.fine_tuned.value == pytest.approx(payoff.prompted + payoff.gain.value)


def test_no_gain_is_predicted_beyond_what_the_best_prompt_leaves_even_at_its_upper_end():
    """Seen: +14.1 points at most, beside "+13.1: no model can save more mistakes than the prompt may make"."""
    study = cf.read_study("reports/tickets/local-smollm2-135m")
    assert study.payoff.gain.high == 1 - study.best.point.accuracy.low
    best = Estimate(0.9, 0.85, 0.93, 0.9)
    assert ends_within_room(Estimate(0.05, -0.99, 0.2, 0.9), best) == Estimate(0.05, -0.93, 1 - 0.85, 0.9)
    assert ends_within_room(Estimate(0.17, 0.05, 0.2, 0.9), best).high == 0.17, "an interval holds its value"


def test_no_gain_is_more_probable_than_that_the_best_prompt_leaves_room_for_it():
    """Seen: 39% for more than 2 points, beside a gain of 1.3 at most."""
    scores = np.zeros((4, 1, 200))
    scores[1, :, :140], scores[2, :, :180], scores[3] = 1, 1, 1
    payoff = cf.analyze(cf.Curve(shots=[0, 4, 16, 64], scores=scores), kind="extraction", n_train=5000).payoff
    assert payoff.gain.high < payoff.margin
    assert payoff.probability < 0.05


def test_the_room_is_that_of_the_score_without_the_luck_of_its_pick(curve):
    """Seen: a chance of 46% for more than 10 points, beside a gain of 12 to 33."""
    right = np.array([5, 6, 8, 8, 11, 8])
    scores = (np.random.default_rng(0).permuted(np.tile(np.arange(12), (6, 1)), axis=1) < right[:, None]).astype(float)
    few = replace(
        curve, shots=np.array([0, 1, 2, 4, 8, 16]), scores=scores[:, None], readable=None, choices=None,
        items=tuple(map(str, range(12))), model="local/gemma3-270m",
    )  # fmt: skip
    probe = Probed(few.model, 0.6, 128, Estimate(0.36, 0.34, 0.38, 0.9))
    study = cf.analyze(few, n_train=128, probes=[probe], margin=0.1)
    assert study.payoff.gain.low > 0.1, "as predicted, over a prompt that counts for less than it scored"
    assert study.payoff.probability > 0.75
    assert chance_of_room(study.best.accuracy, 0.1) < 0.5


def test_room_is_judged_by_the_end_of_a_score_on_its_own_side():
    assert chance_of_room(Estimate(0.83, 0.56, 0.95, 0.9), 0.02) > 0.98, "by its upper end, though the lower is far"
    assert chance_of_room(Estimate(0.99, 0.9, 1.0, 0.9), 0.02) == pytest.approx(0.43, abs=0.01)
    assert chance_of_room(Estimate(0.9, 0.8, 0.9, 0.9), 0.02) == 1
    assert chance_of_room(Estimate(1.0, 1.0, 1.0, 0.9), 0.02) == 0


@pytest.mark.parametrize("n", [12, 30, 200])
def test_of_a_perfect_score_room_is_left_about_as_often_as_by_the_beta_posterior_of_its_mistakes(n):
    """Seen: 44% for more than 2 points beside a gain of +4.7, over 12 right answers of 12."""
    low = cf.Curve(shots=[0], scores=np.ones((1, 1, n))).points(0.9)[0].accuracy.low
    for margin in (0.02, 0.05):
        truth = (1 - margin) ** (n + 1)
        assert chance_of_room(Estimate(1.0, low, 1.0, 0.9), margin) == pytest.approx(truth, abs=0.05)
    assert [chance_of_room(Estimate(v, v, v, 0.9), 0.02) for v in (0.83, 0.99)] == [1, 0]


def test_the_level_of_a_study_moves_no_end_of_what_is_predicted():
    """Its 90% interval ended where a score's interval of another level leaves no room."""
    scores = (np.random.default_rng(4).random((3, 3, 12)) < np.array([0.4, 0.6, 0.7])[:, None, None]).astype(float)
    curve = cf.Curve(shots=[0, 1, 4], scores=scores)
    gains = [cf.analyze(curve, kind="math", n_train=5000, level=level).payoff.gain for level in (0.2, 0.5, 0.9)]
    gains.append(cf.predict_payoff(curve, kind="math", n_train=5000).gain)
    assert gains[1:] == gains[:-1]


def test_that_a_fine_tuned_model_has_the_price_of_the_base_model_is_said_where_it_has_one(curve):
    from curvefit.report.candidate_text import frontier_sentence

    caveat = "Fine-tuned is at the base model's price; providers may ask more."
    study = cf.analyze(curve, n_train=200)
    assert frontier_sentence(study.candidates).endswith(caveat)
    assert caveat not in frontier_sentence(cf.analyze(replace(curve, kind="")).candidates)
    timed = [replace(each, usd_per_1000=math.nan) for each in study.candidates]
    assert caveat not in frontier_sentence(timed)
    said = "The time of fine-tuned was not measured: it is that of the prompt without examples."
    assert frontier_sentence(timed).endswith(said)


def test_price_and_time_of_a_fine_tuned_model_are_marked_as_not_measured(curve):
    from curvefit.report.candidate_text import candidate_rows, candidate_table

    study = cf.analyze(curve, n_train=200)
    shown = {row["name"]: (row["usd"], row["p50"], row["p95"]) for row in candidate_rows(study.candidates)}
    assert shown["fine-tuned on 200"] == tuple(f"({cell})" for cell in shown["no examples"])
    said = "  in brackets: as the untrained model took without examples, not measured"
    assert candidate_table(study.candidates)[-1] == said
    assert said not in candidate_table([each for each in study.candidates if each.basis == "measured"])


def test_a_probe_counts_as_a_candidate_where_it_is_of_the_very_model(curve):
    gain = cf.Estimate(0.1, 0.02, 0.18, 0.9)
    probes = [Probed("openai/m", 0.75, 128, gain), Probed("local/gemma3-270m", 0.4, 128, gain)]
    found = [each for each in cf.analyze(curve, n_train=200, probes=probes).candidates if each.basis == "probed"]
    assert [each.name for each in found] == ["fine-tuned on 128"]
    assert found[0].accuracy == cf.Estimate(0.85, 0.77, pytest.approx(0.93), 0.9)


def test_candidates_stand_in_the_record_with_what_they_are_unbeaten_in(curve):
    from curvefit.report.study_record import to_record

    record = to_record(cf.analyze(curve))["candidates"]
    assert [each["frontier"] for each in record[:3]] == [["usd_per_1000", "seconds_p50"]] * 3
    assert record[2]["seconds_p95"] is None


@pytest.mark.parametrize(("of_16", "is_passed_over"), [(0.74, True), (0.73, True), (0.72, False)])
def test_a_cheaper_prompt_that_scored_no_lower_than_the_one_to_use_is_named_and_why(of_16, is_passed_over):
    """Seen: "Use 64 random examples (73%)", in a table that has 32 at 74% for less."""
    from curvefit.curves.curve import Point, Spread
    from curvefit.decision.cheaper_prompt import CheaperPrompt
    from curvefit.report.candidate_text import frontier_sentence

    prompts = [
        replace(candidate(accuracy, usd, name=f"{shots} random examples"), shots=shots)
        for shots, accuracy, usd in ((16, of_16, 1.0), (32, 0.73, 2.0), (64, 0.75, 4.0))
    ]
    point = Point(32, Estimate(0.73, 0.7, 0.76, 0.9), 100, 1, Spread(0.1, math.nan, math.nan))
    used = CheaperPrompt(point, retrieved=False, added=Estimate(0.015, -0.02, 0.05, 0.9))
    said = "16 random examples scored no lower for less; judged by all scores together, that is likely luck."
    assert (said in frontier_sentence(prompts, used)) == is_passed_over
    assert "no lower for less" not in frontier_sentence(prompts)


def test_what_takes_longer_is_not_said_to_cost_more_and_begins_with_the_best_prompt():
    from curvefit.report.candidate_text import frontier_sentence

    known = cf.read_study("reports/medical_redaction/local-gemma3-270m")
    used = "4 similar examples (8%, "
    tuned = "fine-tuned on 128 (71%, trained here, 1.0 s a call)"
    said = rf"From {re.escape(used)}[\d.]+ s a call\) to {re.escape(tuned)}, which takes \d\d% as long\."
    assert re.match(said, frontier_sentence(known.candidates))
    stated = Costs(1_000, 1.5, 0.4)
    assert frontier_sentence(known.candidates, None, stated) == (
        f"From {used}$1.50 for a thousand calls) to fine-tuned on 128 (71%, trained here, $0.40 for a thousand calls),"
        " which costs 27% as much, by your costs."
    )
    ranged = replace(stated, tuned_usd_per_1000=1.0, upper_ends={"tuned_usd_per_1000": 3.0})
    assert "$1.00 to $3.00 for a thousand calls), which costs 0.67 to 2.0 times as much" in frontier_sentence(
        known.candidates, None, ranged
    )
    for none in (Costs(1_000, 1.5), replace(stated, at_base_price=True)):
        assert frontier_sentence(known.candidates, None, none) == frontier_sentence(known.candidates)
    slow = cf.read_study("reports/house_code/local-gemma3-270m").candidates
    assert frontier_sentence(slow).startswith("Nothing is both faster and better than 4 similar examples (38%,")


def test_a_model_that_a_probe_trained_has_the_interval_of_its_own_score():
    """Seen: 82 to 100%, that of the gain, beside the model's own 79 to 99% on its page."""
    known = cf.read_study("reports/medical_redaction/local-gemma3-270m")
    record = json.loads(Path("reports/medical_redaction/local-gemma3-270m/probe.json").read_text())
    own = record["fine_tuned"][-1]
    shown = next(each.accuracy for each in known.candidates if each.basis == "probed")
    assert [shown.value, shown.low, shown.high] == pytest.approx([own[end] for end in ("accuracy", "low", "high")])
