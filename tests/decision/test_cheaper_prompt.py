"""From the best prompt down in cost, the last within the margin is the one to use: no gain worth having is lost."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import curvefit as cf
from curvefit.curves.curve import Estimate
from curvefit.decision.best_prompt import Prompt, best_measured, best_of
from curvefit.decision.break_even import Costs, payback_of
from curvefit.decision.cheaper_prompt import cheaper_prompt
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import observed_points
from curvefit.models.base import Usage
from curvefit.report.answer_text import ship_sentence
from curvefit.report.comparison_report import choice_sentence
from curvefit.report.cost_file import read_costs
from curvefit.report.cost_text import cost_sentences
from curvefit.report.first_screen import tiles
from curvefit.report.page import page
from curvefit.report.sentences import sentence
from curvefit.report.study_files import write_study
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.report.wording import in_points
from curvefit.study import with_costs, with_own_training
from curvefit.workflows.fine_tuning_probe import concluded_again

SHOTS = (0, 1, 4, 16)
UNKNOWN = (None,) * 4


def measured(right, usd=(1, 2, 4, 12), shots=SHOTS, draws=2, **more):
    """So many right of 100 items at each number of shots, at these prices for a thousand calls."""
    scores = np.array([np.tile(np.arange(100) < n, (draws, 1)) for n in right], dtype=float)
    usage = tuple(Usage(200, 4000, 0, 40, None if price is None else 0.2 * price, 8.0) for price in usd)
    return cf.Measurement(
        shots=np.array(shots), scores=scores, task="t", kind="classification", model="openai/m",
        items=tuple(map(str, range(100))), usage=sum(usage, Usage()), usage_by_shots=usage, pool=200, **more,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_of_prompts_with_the_same_partial_scores_the_one_with_fewest_examples_is_the_best(seed):
    """Summed in another order they differ in the last digit, by which the one of most examples was picked."""
    rng = np.random.default_rng(seed)
    scores = rng.choice([0.1, 1 / 3, 2 / 3, 0.7], size=(2, 40))
    known = cf.Measurement(SHOTS, np.stack([rng.permuted(scores.ravel()).reshape(2, 40) for _ in SHOTS]))
    assert best_measured(known) == (known, 0)
    assert Prompt.of(known).point.shots == 0
    never = cf.Measurement(SHOTS, np.zeros((4, 2, 40)))
    assert Prompt.of(never).point.shots == 16, "of those never right, the one that says most about what is wrong"


def similar(right, usd, shots):
    design = cf.Design(shots, 1, 100, selection="similar")
    return measured(right, usd, shots, 1, design=design)


def without(curve, row, items):
    """The same without the scores of some items at one number of shots."""
    scores = curve.scores.copy()
    scores[row, :, items] = np.nan
    return replace(curve, scores=scores)


class Fitted:
    """A curve that adds so much between any two numbers of shots."""

    def __init__(self, added):
        self.added = added

    def gain(self, *_):
        return Estimate(self.added, self.added, self.added, 0.9)


def prompts_of(curve, fitted=0.0):
    """What `best_of_each` returns, with forecasts that are level unless said otherwise."""
    kinds = [each for each in (curve, curve.retrieved) if each is not None]
    return [Prompt(each, observed_points(each, 0.9), None, Fitted(fitted)) for each in kinds]


def found(curve, margin=0.05, lead=None):
    return cheaper_prompt(prompts_of(curve), lead=lead, margin=margin)


@pytest.mark.parametrize(
    ("right", "margin", "shots"),
    [
        ((60, 80, 88, 90), 0.05, 4),
        ((60, 88, 88, 90), 0.05, 1),
        ((88, 89, 88, 90), 0.05, 0),
        ((60, 88, 88, 90), 0.02, 1),  # just the margin is no gain worth having
        ((60, 80, 84, 90), 0.05, None),  # 6 points are worth having, however unsure they are
        ((60, 89, 89, 90), 0.005, None),  # so is one, where it was said so
        ((60, 88, 80, 90), 0.05, None),  # a high score among worse ones is mostly luck
        ((60, 80, 90, 90), 0.05, None),  # of equals the one with fewer examples is the best
        ((60, 92, 88, 90), 0.05, None),  # the best is the cheapest
        ((0, 2, 3, 4), 0.05, None),  # what is never right is near to next to nothing
    ],
)
def test_the_cheapest_to_which_the_best_adds_no_more_than_the_margin_is_found(right, margin, shots):
    for usd in ((1, 2, 4, 12), UNKNOWN, (0,) * 4):  # what costs nothing has no price to decide by
        cheaper = found(measured(right, usd), margin)
        assert (None if cheaper is None else cheaper.point.shots) == shots


def test_where_the_fitted_curve_adds_more_than_the_margin_two_that_measured_alike_are_alike_by_luck():
    curve = measured((60, 80, 88, 90))
    assert cheaper_prompt(prompts_of(curve, 0.02), lead=None, margin=0.05).point.shots == 4
    assert cheaper_prompt(prompts_of(curve, 0.03), lead=None, margin=0.05) is None
    dearer = measured((60, 80, 90, 88), usd=(1, 2, 12, 4))  # more examples at a lower price: none are left out
    assert cheaper_prompt(prompts_of(dearer, 0.06), lead=None, margin=0.05).point.shots == 16


def test_what_the_best_adds_is_one_figure_item_by_item():
    cheaper = found(measured((60, 80, 88, 90)))
    assert cheaper.added.value == pytest.approx(0.02)
    assert cheaper.added.low < 0.02 < cheaper.added.high
    # Without six items that both have right, its mean is further below than it is on the items in common.
    cheaper = found(without(measured((60, 80, 89, 90)), 2, slice(6)), margin=0.015)
    assert cheaper.added.value == pytest.approx(1 / 94)
    assert cheaper.point.accuracy.value == pytest.approx(83 / 94)


def test_the_price_decides_where_it_is_known():
    assert found(measured((60, 88, 89, 90), usd=(1, 6, 4, 12))).point.shots == 4
    assert found(measured((60, 88, 89, 90), usd=(1, 6, 14, 12))).point.shots == 1
    assert found(measured((60, 88, 89, 90), usd=(1, None, 4, 12))).point.shots == 1, "one price is not known"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 100), min_size=4, max_size=4),
    st.lists(st.integers(1, 9), min_size=4, max_size=4, unique=True),
)
def test_it_costs_less_than_the_best_and_what_is_between_them_is_within_the_margin_too(right, usd):
    cheaper, best = found(measured(right, usd), margin=0.035), right.index(max(right))
    if cheaper is None:
        below = [i for i in range(4) if usd[i] < usd[best]]
        assert not below or max(right) <= 3 or right[max(below)] < max(right) - 2
        return
    assert cheaper.added.value <= 0.035
    between = [i for i in range(SHOTS.index(cheaper.point.shots), 4) if usd[i] < usd[best]]
    assert between
    assert all(right[best] - right[i] <= 3 for i in between)


def test_random_examples_stand_in_for_similar_ones_where_they_surely_cost_less():
    def beside(usd, similar_usd):
        return measured((60, 80, 89, 90), usd).beside(similar((80, 91), similar_usd, (4, 16)))

    assert best_of(prompts_of(beside(UNKNOWN, (None, None)))).retrieved
    random = found(beside(UNKNOWN, (None, None)))
    assert (random.point.shots, random.retrieved) == (4, False), "no more of them, and no search"
    random = found(beside((1, 2, 4, 12), (9, 20)))
    assert (random.point.shots, random.retrieved) == (4, False)
    assert found(beside((30, 40, 50, 60), (9, 20))) is None
    lead = Estimate(0.06, 0.01, 0.11, 0.9)
    assert found(beside((1, 2, 4, 12), (9, 20)), lead=lead) is None, "they are surely better, by more than the margin"


def test_without_prices_similar_examples_do_not_stand_in_for_random_ones_nor_more_random_ones_for_similar():
    few = measured((60, 80, 88, 92), UNKNOWN).beside(similar((90, 91), (None, None), (1, 4)))
    assert not best_of(prompts_of(few)).retrieved
    assert found(few, margin=0.03) is None
    many = measured((60, 70, 72, 90), UNKNOWN).beside(similar((80, 92), (None, None), (1, 4)))
    assert found(many) is None


@pytest.mark.parametrize("usd", [UNKNOWN, (1, 2, 4, 12)])
def test_no_examples_at_all_end_both_walks(usd):
    same = (None, None) if usd is UNKNOWN else (4, 12)
    flat = measured((35, 20, 25, 29), usd).beside(similar((35, 37), same, (1, 4)))
    cheaper = found(flat, margin=0.1)
    assert (cheaper.point.shots, cheaper.retrieved, round(cheaper.added.value, 9)) == (0, False, 0.02)
    worse = measured((26, 20, 25, 29), usd).beside(similar((35, 37), same, (1, 4)))
    assert (found(worse, margin=0.1).point.shots, found(worse, margin=0.1).retrieved) == (1, True)


def test_fewer_of_the_most_similar_examples_are_cheaper_whatever_is_known_of_prices():
    for usd in ((None, None), (9, 20)):
        curve = measured((10, 20, 30, 40), UNKNOWN if usd[0] is None else (1, 2, 4, 12)).beside(
            similar((90, 92), usd, (4, 16))
        )
        study = cf.analyze(curve, margin=0.05)
        cheaper = study.advice.cheaper
        assert (study.advice.action, cheaper.point.shots, cheaper.retrieved) == ("retrieve-examples", 4, True)
        assert study.advice.next_steps[0].values == {"shots": 4}


def test_a_row_that_was_hardly_measured_is_no_prompt_to_use():
    assert found(without(measured((60, 88, 80, 90)), 2, slice(3, None))).point.shots == 1
    assert found(without(measured((60, 86, 88, 90)), 3, slice(3, None))).point.shots == 1


def test_a_worse_prompt_that_a_cache_makes_a_hair_dearer_is_not_in_the_way_of_a_better_one():
    for usd in ((1, 4.5, 4.4, 12), (1, 4.3, 4.4, 12)):
        assert found(measured((60, 80, 89, 90), usd)).point.shots == 4


@pytest.mark.parametrize(("right", "shots"), [((60, 80, 87, 90), None), ((60, 80, 88, 90), 4)])
def test_no_more_than_two_points_are_given_up_for_a_lower_price_however_wide_the_margin(right, shots):
    """The margin is what a gain has to be to be acted on, which is no loss to take."""
    for margin in (0.05, 0.1, 0.15):
        cheaper = found(measured(right), margin=margin)
        assert (cheaper and cheaper.point.shots) == shots
    with_mistakes = cheaper_prompt(prompts_of(measured(right)), lead=None, margin=0.15, error_usd=1e-9)
    assert with_mistakes.point.shots == 1, "where a mistake costs next to nothing"


@pytest.mark.parametrize("known", [{}, {"n_items": 200}, {"stderr": [0.02, 0.02, 0.02]}])
def test_means_alone_will_do(known):
    cheaper = found(cf.analyze(cf.Curve.from_means([0, 4, 16], [0.5, 0.78, 0.8], **known)).curve)
    assert (cheaper.point.shots, round(cheaper.added.value, 9)) == (4, 0.02)


def test_fine_tuning_is_compared_with_the_best_prompt_as_before(monkeypatch):
    curve = measured((60, 90, 95, 96))
    near = cf.analyze(curve, margin=0.05)
    monkeypatch.setattr("curvefit.decision.advice_inputs.cheaper_prompt", lambda prompts, **criteria: None)
    far = cf.analyze(curve, margin=0.05)
    assert near.advice.cheaper is not None
    assert far.advice.cheaper is None
    assert near.best.point == far.best.point
    assert repr(near.payoff) == repr(far.payoff)
    assert near.verdict == far.verdict
    assert (near.optimism, near.advice.training) == (far.optimism, far.advice.training)


def test_page_terminal_picture_and_file_say_which_to_use_and_what_the_best_adds():
    study = cf.analyze(measured((60, 90, 95, 96)), margin=0.05)
    step, record = study.advice.next_steps[0], to_record(study)["advice"]["cheaper_prompt"]
    assert (step.code, step.values["shots"]) == ("ship", 4)
    assert "the prompt with 4 examples" in ship_sentence(study)
    prompt, *_, cost = tiles(study)
    assert prompt.label == "Prompt to use"
    assert (prompt.value, cost.value) == ("95%", "$4.00")
    assert "with the prompt to use" in cost.note
    shown, text = page(study, picture=""), " ".join(summary(study, verbose=True).split())
    for said in ("The best prompt adds +1.0 points (90% interval ", "Use 4 random examples (95%, $4.00 for a thousand"):
        assert said in shown
        assert said in text
    assert "prompt to use 95% (" in text
    assert "the prompt to use: cheaper, within the margin" in study.plot().get_legend_handles_labels()[1]
    assert (record["shots"], record["retrieved"], record["accuracy"]) == (4, False, 0.95)
    assert record["added"]["value"] == pytest.approx(0.01)
    predicted = cf.analyze(measured((60, 90, 95, 96)), margin=0.05, n_train=200)
    assert "over the best prompt" in tiles(predicted)[1].note
    alone = cf.analyze(measured((60, 70, 80, 96)), margin=0.05)
    assert to_record(alone)["advice"]["cheaper_prompt"] is None
    assert tiles(alone)[0].label == "Best prompt"


def test_a_comparison_says_where_the_study_to_ship_advises_a_cheaper_prompt():
    other = replace(measured((10, 11, 12, 13)), model="openai/other")
    for margin, advised in ((0.05, "the prompt with 4 examples"), (0.005, "the best prompt")):
        comparison = cf.compare([cf.analyze(measured((60, 90, 95, 96)), margin=margin), other])
        assert comparison.choice.ship.model == "openai/m"
        said = choice_sentence(comparison)
        assert advised in said
        assert ("What is compared is its best prompt, with 16 examples." in said) == (margin == 0.05)


@pytest.mark.parametrize(("margin", "possible"), [(0.05, False), (0.015, True)])
def test_a_gain_above_the_margin_that_is_still_possible_is_said(margin, possible):
    reasons = cf.analyze(measured((60, 90, 95, 96)), margin=margin).advice.reasons
    (said,) = (sentence(reason) for reason in reasons if reason.code == "cheaper-prompt")
    assert ("A gain above it is possible" in said) == possible


def test_money_is_set_against_the_prompt_to_use_and_its_mistakes_count(tmp_path):
    """By hand: 4 examples cost $4, the best $12. What is predicted is over the best, less the luck of its pick."""
    file = tmp_path / "costs.yaml"
    amounts = {
        "calls_per_month": 1000,
        "tuned_usd_per_1000": 1,
        "training_usd": 0,
        "hosting_usd_per_month": 0,
        "error_usd": 0.1,
    }
    file.write_text(json.dumps(amounts))
    study = cf.analyze(measured((60, 90, 95, 96)), margin=0.05, n_train=200)
    over_used = study.gain_over_prompt_to_use
    assert study.prompt_to_use.point.shots == 4
    assert over_used.value == pytest.approx(study.payoff.prompted + study.payoff.gain.value - 0.95)
    costs = read_costs(file, study)
    assert costs.prompted_usd_per_1000 == pytest.approx(4.0)
    priced = replace(study, costs=costs)
    saved = to_record(priced)["break_even"]["saved_per_month"]["value"]
    assert saved == pytest.approx(4 - 1 + 100 * over_used.value)
    assert (
        "prompt to use, with 4 examples, which costs less than the best one, mistakes counted:"
        in cost_sentences(priced)[0]
    )
    more = replace(priced, payoff=replace(study.payoff, prompted=None, gain=Estimate(0.02, 0.0, 0.03, 0.9)))
    less = replace(priced, payoff=replace(study.payoff, prompted=0.90, gain=Estimate(0.07, 0.0, 0.08, 0.9)))
    assert f"This counts a gain of {in_points(over_used.value)} points (" in " ".join(cost_sentences(priced))
    assert (
        ", not the predicted +2.0: that is over the best prompt, which is more accurate than the one to use."
        in " ".join(cost_sentences(more))
    )
    assert ", not the predicted +7.0: that is over the best prompt, whose score is partly luck." in " ".join(
        cost_sentences(less)
    )
    free = replace(study, costs=replace(costs, error_usd=0.0))
    assert not any("This counts" in said for said in cost_sentences(free))
    assert "prompt to use, with 4 examples, and not against the best" in cost_sentences(free)[0]
    file.write_text(json.dumps({**amounts, "error_usd": 5}))
    assert read_costs(file, study).prompted_usd_per_1000 == pytest.approx(12.0), "of the best, whose mistakes cost less"
    file.write_text(json.dumps(amounts))
    alone = cf.analyze(measured((60, 70, 80, 96)), margin=0.05, n_train=200)
    assert alone.gain_over_prompt_to_use == alone.payoff.gain, "which leaves its value and its ends room enough"
    assert read_costs(file, alone).prompted_usd_per_1000 == pytest.approx(12.0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 100), min_size=4, max_size=4),
    st.sampled_from([0.01, 0.08, 0.2]),
    st.floats(-0.5, 1.0),
)
def test_no_fine_tuning_saves_more_mistakes_than_the_prompt_to_use_makes(right, margin, gained):
    study = cf.analyze(measured(right), margin=margin, n_train=200)
    if gained > 0.5:  # as measured of a model that was always right
        tuned = ValidatedTraining("m", 200, Estimate(1.0, 0.9, 1.0, 0.9), Estimate(gained, 0.1, 1.0, 0.9))
        study = with_own_training(study, (tuned,))
    costs = Costs(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, error_usd=1.0)
    saved = payback_of(costs, study.gain_over_prompt_to_use).saved_per_month
    interval = study.prompt_to_use.point.accuracy
    assert -interval.high <= saved.low <= saved.value <= saved.high <= 1 - interval.low


def test_an_interval_holds_its_value_where_both_are_cut():
    """With 95% right hardly more than 5 points are left, although the interval of the gain begins at 10."""
    study = cf.analyze(measured((0, 0, 0, 95)), margin=0.01, n_train=200)
    gain = study.within_room(Estimate(1.0, 0.1, 1.0, 0.9))
    without_luck = study.payoff.fine_tuned.value - study.payoff.gain.value
    assert gain.low == gain.value == pytest.approx(1 - without_luck)
    assert 0.93 < without_luck <= 0.95
    assert gain.value < gain.high == 1 - study.prompt_to_use.point.accuracy.low


def test_a_prompt_with_all_of_a_few_items_right_may_still_make_mistakes():
    """16 of 16 right was taken for no mistake ever: "never pays back", beside a chance of 13% of more than 5 points."""
    study = cf.analyze(measured((60, 90, 95, 100)), margin=0.05, n_train=200)
    gain = study.within_room(Estimate(0.1, -0.05, 0.2, 0.9))
    assert (gain.value, gain.low) == (
        pytest.approx(1 - (study.payoff.fine_tuned.value - study.payoff.gain.value)),
        -0.05,
    )
    assert 0 <= gain.value < 0.02
    assert gain.high == 1 - study.prompt_to_use.point.accuracy.low > 0


def test_luck_of_the_pick_does_not_count_twice():
    """By hand: counted as 91%, the best of 96% gains 4 points, to 95%. That is 1 more than the 94% of the cheaper."""
    study = cf.analyze(measured((60, 93, 94, 96)), margin=0.05, n_train=200)
    payoff = replace(study.payoff, prompted=0.91, gain=Estimate(0.04, 0.01, 0.06, 0.9))
    assert replace(study, payoff=payoff).gain_over_prompt_to_use.value == pytest.approx(0.01)
    tuned = ValidatedTraining("m", 200, Estimate(0.95, 0.9, 1.0, 0.9), Estimate(0.04, 0.0, 0.08, 0.9))
    shown = replace(study, validated=(tuned,))
    assert shown.gain_over_prompt_to_use.value == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("error_usd", "shots"),
    [(0.0, 4), (0.1, 4), (0.79, 4), (0.81, 16), (5.0, 16)],
)
def test_where_mistakes_cost_the_prompt_to_use_is_the_one_of_the_lower_price_with_its_mistakes(error_usd, shots):
    """By hand: 4 examples cost $8 less a thousand calls than 16, of which 10 more are wrong: $0.80 a mistake."""
    study = cf.analyze(measured((60, 90, 95, 96)), margin=0.05, n_train=200)
    weighed = with_costs(study, Costs(1000.0, 4.0, 1.0, 0.0, 0.0, 0.0, error_usd))
    assert weighed.prompt_to_use.point.shots == shots
    assert with_costs(weighed, replace(weighed.costs, error_usd=0.0)).prompt_to_use.point.shots == 4, "and back"
    assert with_own_training(weighed, ()).prompt_to_use.point.shots == shots


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(50, 100), min_size=4, max_size=4),
    st.lists(st.integers(1, 9), min_size=4, max_size=4, unique=True),
    st.floats(0, 0.5),
)
def test_no_prompt_to_use_costs_more_than_the_best_with_its_mistakes(right, usd, error_usd):
    cheaper = cheaper_prompt(prompts_of(measured(right, usd)), lead=None, margin=0.1, error_usd=error_usd)
    best = right.index(max(right))
    if cheaper is not None:
        price = usd[SHOTS.index(cheaper.point.shots)]
        assert price + 1000 * error_usd * cheaper.added.value < usd[best]


def test_without_prices_a_cheaper_prompt_saves_no_more_than_what_the_best_is_stated_to_cost():
    """By hand: 4 examples, of 88%, are wrong 20 times more in a thousand than 16; one example, of 86%, 40 times."""
    prompts = prompts_of(measured((60, 86, 88, 90), UNKNOWN))

    def shots(stated, error_usd=0.05):
        kept = cheaper_prompt(prompts, lead=None, margin=0.05, error_usd=error_usd, best_usd_per_1000=stated)
        return None if kept is None else kept.point.shots

    assert [shots(3.0), shots(1.5), shots(0.5)] == [1, 4, None]
    assert shots(math.nan) == 1
    assert shots(0.5, error_usd=0.0) == 4


def test_headline_tile_picture_terminal_and_file_agree_on_the_prompt_that_mistakes_decide(tmp_path):
    study = with_costs(
        cf.analyze(measured((60, 90, 95, 96)), margin=0.05, n_train=200), Costs(1000.0, 12.0, 1.0, 0, 0, 0, 2.0)
    )
    assert "the best prompt" in ship_sentence(study)
    assert tiles(study)[0].label == "Best prompt"
    assert "the prompt to use: cheaper" not in " ".join(study.plot().get_legend_handles_labels()[1])
    said = (
        "At $2.00 a wrong answer, use the best prompt. The one with 4 examples saves $8.00 a month on calls ($4.00 in"
        " place of $12.00 a thousand), but gets 1.0 more answers in 100 wrong, which costs $20.00 a month."
    )
    assert said in " ".join(summary(study).split())
    assert said in page(study, picture="")
    assert to_record(study)["advice"]["cheaper_prompt"] is None
    write_study(study, tmp_path)
    again = cf.read_study(tmp_path)
    assert (again.advice.cheaper, again.costs) == (None, study.costs)
    assert cost_sentences(again) == cost_sentences(study)
    assert concluded_again(study, study.curve).advice.cheaper is None, "nor beside a probe"


RANGE = Costs(1000.0, 12.0, 1.0, 0, 0, 0, 0.5, upper_ends={"calls_per_month": 4000.0, "error_usd": 2.0})


def test_where_the_range_of_a_mistake_changes_the_prompt_to_use_both_sums_are_said_and_from_where_on():
    """By hand: 4 examples save $8 a thousand calls, of which 10 more are wrong: as much as $0.80 a mistake."""
    study = cf.analyze(measured((60, 90, 95, 96)), margin=0.05, n_train=200)
    priced = with_costs(study, RANGE)
    assert priced.cheap_but_wrong.up_to_error_usd == pytest.approx(0.8)
    assert cost_sentences(priced)[0] == (
        "Above $0.80 a wrong answer, the best prompt costs less in all; below, the one with 4 examples. That one saves"
        " $8.00 to $32.00 a month on calls ($4.00 in place of $12.00 a thousand), but gets 1.0 more answers in 100"
        " wrong, which costs $5.00 to $20.00 a month at $0.50 each, and $20.00 to $80.00 at $2.00. Here $2.00 decides."
    )
    above = with_costs(study, replace(RANGE, error_usd=0.9))
    assert cost_sentences(above)[0].startswith("At $2.00 a wrong answer, use the best prompt. The one with 4 examples")
    unpriced = with_costs(cf.analyze(measured((60, 90, 95, 96), UNKNOWN), margin=0.05, n_train=200), RANGE)
    assert cost_sentences(unpriced)[0].endswith("At $0.50 a wrong answer it may cost less in all.")


def test_a_prompt_that_is_wrong_no_more_often_than_the_one_to_use_is_not_said_to_be():
    """Without `error_usd` no more than two points are given up: then a dearer prompt than the one to use is named."""
    study = cf.analyze(measured((60, 86, 89, 90), (1, 1, 11, 12)), margin=0.05, n_train=200)
    priced = with_costs(study, Costs(1000.0, 1.0, 1.0, 0, 0, 0, 0.01))
    assert (study.prompt_to_use.point.shots, priced.prompt_to_use.point.shots) == (4, 1)
    assert priced.cheap_but_wrong is None
    assert not any("more answers in 100 wrong" in said for said in cost_sentences(priced))


def test_what_mistakes_cost_is_weighed_by_what_was_concluded_and_nothing_is_forecast_again(monkeypatch):
    study = cf.analyze(measured((60, 90, 95, 96)), margin=0.05, n_train=200)
    monkeypatch.setattr("curvefit.decision.best_prompt.forecast", lambda *_, **__: pytest.fail("forecast again"))
    priced = with_costs(study, RANGE)
    assert priced.cheap_but_wrong.prompt.point.shots == 4
    assert cost_sentences(priced)
