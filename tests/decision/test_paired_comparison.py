"""Two sides on the same items: laws of the difference, and of what is said of it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from curvefit.decision.paired_comparison import ScoredPrompt, Sides, compared_pair
from curvefit.measurement.measurement import JudgeRecord, Measurement, SameAnswer
from curvefit.trials.design import Design


def prompt(scores, optimism=0.0, shots=4):
    scores = np.array(scores, dtype=float)
    scores = scores[None] if scores.ndim == 2 else scores[None, None]
    items = tuple(f"i{n}" for n in range(scores.shape[2]))
    return ScoredPrompt(Measurement(shots=[shots], scores=scores, items=items), shots, 1, optimism)


def compared(first, second, margin=0.02, level=0.9, **more):
    return compared_pair(Sides(("A", "B"), (first, second), **more), margin=margin, level=level)


def random_scores(seed, accuracy, items=100, draws=1):
    return (np.random.default_rng(seed).random((draws, items)) < accuracy).astype(float)


def test_the_second_against_the_first_is_the_first_against_the_second_turned_round():
    one, other = prompt(random_scores(1, 0.5, draws=3), 0.01), prompt(random_scores(2, 0.7, draws=3), 0.02)
    there, back = compared(one, other), compared(other, one)
    assert there.difference.value == pytest.approx(-back.difference.value)
    assert (there.difference.low, there.difference.high) == pytest.approx((-back.difference.high, -back.difference.low))
    assert {there.outcome, back.outcome} == {"better", "worse"}
    assert {c.item for c in there.gained} == {c.item for c in back.lost}
    told = [pair.reason.values for pair in (there, back)]
    assert [v["better"] for v in told] == (["B", "A"] if there.outcome == "better" else ["A", "B"])
    assert told[0]["by"].low == pytest.approx(told[1]["by"].low)


@pytest.mark.parametrize("lucky", [0.0, 0.05])
def test_it_is_turned_round_where_the_interval_is_cut_off_as_well(lucky):
    nearly, hardly = random_scores(1, 0.95, items=5), random_scores(2, 0.05, items=5)
    one, other = prompt(nearly, lucky), prompt(hardly, 0.05 - lucky)
    there, back = compared(one, other).difference, compared(other, one).difference
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert -1 <= there.low <= there.value <= there.high <= 1


def test_an_item_half_right_is_right_with_neither_alone():
    """Of two draws one right: against a single draw that would count for the side with more draws, always."""
    one, two = prompt([[0, 1, 0, 1, 0]]), prompt([[1, 1, 0, 0, 1], [0, 0, 0, 0, 1]])
    pair = compared(one, two)
    assert ([c.item for c in pair.gained], [c.item for c in pair.lost]) == (["i4"], ["i3"])


def test_optimism_of_either_side_is_taken_out():
    one, other = random_scores(1, 0.5), random_scores(2, 0.5)
    plain = compared(prompt(one), prompt(other)).difference
    fair = compared(prompt(one, 0.01), prompt(other, 0.04)).difference
    assert fair.value == pytest.approx(plain.value - 0.03)
    assert fair.high - fair.low == pytest.approx(plain.high - plain.low)


def test_two_that_score_the_same_do_not_differ_by_what_they_were_picked_from():
    scores = random_scores(1, 0.5)
    pair = compared(prompt(scores, 0.01), prompt(scores.copy(), 0.04))
    assert (pair.same, pair.difference.value) == (True, 0)


def test_the_same_is_the_same_in_each_draw():
    one, other = prompt([[1, 0, 1], [0, 1, 1]]), prompt([[0, 1, 1], [1, 0, 1]])
    assert compared(one, one).same
    assert not compared(one, other).same
    assert compared(one, other, shared_draws=True).changed == (), "draws that cancel are no change of an item"
    assert not compared(one, prompt([1, 0, 1])).same, "fewer draws"


def judged(scores, model="judge", right=900, wrong=800):
    """The same, scored by a judge of which 1,000 labels of each sort show how often it errs."""
    plain = prompt(scores, shots=0)
    judge = JudgeRecord(model, False, right, 1_000, wrong, 1_000, scores.size)
    return replace(plain, curve=replace(plain.curve, judge=judge))


def test_errors_of_the_judge_of_both_are_taken_out_and_of_two_judges_are_not():
    one, other = random_scores(1, 0.4, items=400), random_scores(2, 0.5, items=400)
    seen = compared(prompt(one, shots=0), prompt(other, shots=0))
    behind = compared(judged(one), judged(other))
    assert behind.difference.value == pytest.approx(seen.difference.value / 0.7)
    assert behind.difference.high - behind.difference.low > (seen.difference.high - seen.difference.low) / 0.7 * 0.98
    assert behind.accuracies[1].value == pytest.approx((seen.accuracies[1].value + 0.8 - 1) / 0.7)
    # A difference as large as the margin is 0.7 of it as the judge sees it, which takes more items to tell.
    assert behind.needed_for_margin > seen.needed_for_margin
    assert behind.needed == seen.needed
    for unlike in (judged(other, model="another"), judged(other, wrong=700)):
        assert compared(judged(one), unlike).difference == seen.difference


def test_equal_on_few_items_is_open_and_on_many_alike():
    scores = random_scores(3, 0.5, items=4000)
    flipped = scores.copy()
    flipped[0, :20], flipped[0, 20:40] = 1 - flipped[0, :20], flipped[0, 20:40]
    assert compared(prompt(scores[:, :60], shots=0), prompt(flipped[:, :60], shots=0)).outcome == "open"
    many = compared(prompt(scores, shots=0), prompt(flipped, shots=0))
    assert (many.outcome, many.reason.code) == ("alike", "pair-alike")


def test_a_regression_is_surely_beyond_the_margin():
    before, after = prompt(random_scores(1, 0.9), shots=0), prompt(random_scores(2, 0.6), shots=0)
    assert compared(before, after).regression
    assert not compared(before, after, margin=0.4).regression
    assert not compared(after, before).regression
    assert compared(before, after, margin=0.4).outcome == "worse"


def test_so_many_items_do_tell_it():
    """The interval at the items named leaves 0 out in about four of five simulations."""
    rng = np.random.default_rng(0)

    def sides(items):
        hard = rng.random(items)
        return [prompt((hard < p)[None] ^ (rng.random((1, items)) < 0.1), shots=0) for p in (0.55, 0.65)]

    # On average they differ by 8 points.
    needed = int(np.median([compared(*sides(200), margin=0.08).needed_for_margin for _ in range(20)]))
    assert 0.7 < np.mean([compared(*sides(needed)).outcome == "better" for _ in range(100)]) < 0.9
    pair = compared(*sides(200))
    assert (pair.needed < pair.needed_for_margin) == (abs(pair.difference.value) > pair.margin)


def test_no_number_of_items_tells_what_one_draw_hides():
    pair = compared(prompt(random_scores(1, 0.7)), prompt(random_scores(2, 0.7)), margin=0.01)
    assert pair.needed_for_margin is None
    assert compared(prompt(random_scores(1, 0.7), shots=0), prompt(random_scores(2, 0.7), shots=0)).needed_for_margin


@pytest.mark.parametrize(("gained", "lost"), [(9, 2), (0, 4), (5, 5), (1, 0)])
def test_mcnemars_test_is_the_binomial_one(gained, lost):
    before = np.array([0.0] * gained + [1.0] * lost + [1.0] * 10)
    after = np.array([1.0] * gained + [0.0] * lost + [1.0] * 10)
    pair = compared(prompt(before), prompt(after))
    assert pair.mcnemar == pytest.approx(binomtest(gained, gained + lost).pvalue)
    assert (len(pair.gained), len(pair.lost)) == (gained, lost)


def test_two_models_right_on_the_same_items_are_no_finding():
    same = prompt([1, 0, 1, 0, 1, 1])
    assert compared(same, same).mcnemar == 1


def test_mcnemars_test_is_of_right_or_wrong_and_one_draw_alone():
    assert compared(prompt([0.5, 1, 0]), prompt([1, 1, 0])).mcnemar is None
    assert compared(prompt([[1, 1, 0]] * 2), prompt([[0, 1, 0]] * 2)).mcnemar is None


def test_mcnemars_test_does_without_draws_that_only_other_numbers_of_shots_have():
    before, after = np.array([1, 1, 0, 0.0]), np.array([0, 1, 1, 1.0])
    elsewhere = np.full(4, np.nan)  # each number of shots has a draw of its own, as lm-evaluation-harness takes them
    pair = compared(prompt([elsewhere, before]), prompt([after, elsewhere]))
    assert pair.mcnemar == pytest.approx(binomtest(2, 3).pvalue)


def test_items_without_a_reply_are_no_pairs_and_did_not_change():
    pair = compared(prompt([1, np.nan, 1, 0]), prompt([0, 1, np.nan, 0]))
    assert (pair.items, [c.item for c in pair.changed]) == (2, ["i0"])
    assert [(r.code, r.values["missing"]) for r in pair.cautions] == [("pair-unanswered", 2)]


def with_gaps(share, stopped=""):
    """One prompt of 60%, and the same with a share of its wrong scores lost."""
    scores = random_scores(5, 0.6, items=200, draws=2)
    lost = np.where((scores == 0) & (random_scores(6, share, items=200, draws=2) == 1), np.nan, scores)
    made = prompt(lost)
    curve = replace(made.curve, unscored=np.isnan(made.curve.scores), stopped=stopped, draw_names=("0", "1"))
    return prompt(scores), replace(made, curve=curve), int(np.isnan(lost).sum())


@pytest.mark.parametrize("turned", [False, True])
def test_a_lead_that_comes_of_missing_scores_is_told_with_these_wrong(turned):
    whole, lost, missing = with_gaps(0.9)
    pair = compared(*((lost, whole) if turned else (whole, lost)))
    assert pair.outcome == ("worse" if turned else "better")
    assert (pair.missing, pair.depends_on_missing) == (missing, True)
    assert pair.if_wrong.value == pytest.approx(0)
    assert (pair.reason.values["missing"], pair.reason.values["as_right"]) == (missing, 0)
    back = compared(*((whole, lost) if turned else (lost, whole)))
    assert (pair.if_wrong.low, pair.if_wrong.high) == pytest.approx((-back.if_wrong.high, -back.if_wrong.low))


def test_few_missing_scores_or_those_that_a_spending_limit_left_change_no_difference():
    for share, stopped in ((0.02, ""), (0.9, "--max-calls")):
        whole, lost, _ = with_gaps(share, stopped)
        pair = compared(whole, lost)
        assert not pair.depends_on_missing
        assert "filled" not in pair.reason.values
    assert compared(whole, whole).if_wrong is None


def test_missing_scores_are_taken_as_right_too_and_turn_nothing_where_they_only_widen_a_lead():
    """Seen: "the lead may come from the missing scores", which as wrong would make it larger."""
    scores = random_scores(7, 0.2, items=200, draws=2)
    better = np.where(random_scores(8, 0.06, items=200, draws=2) == 1, 1.0, scores)
    lost = np.where(random_scores(9, 0.25, items=200, draws=2) == 1, np.nan, scores)
    made = prompt(lost)
    gaps = replace(made, curve=replace(made.curve, unscored=np.isnan(made.curve.scores), draw_names=("0", "1")))
    pair = compared(gaps, prompt(better))
    assert pair.if_right.value < 0 < pair.if_wrong.value
    assert (pair.depends_on_missing, pair.reason.values["as_right"]) == (True, int(pair.outcome == "better"))
    most = np.where(random_scores(10, 0.9, items=200, draws=2) == 1, 1.0, scores)
    sure = compared(gaps, prompt(most))
    assert sure.outcome == "better"
    assert sure.if_wrong.value > sure.difference.high or sure.if_wrong.value > sure.difference.value
    assert not sure.depends_on_missing


def test_a_choice_of_items_and_of_draws_takes_its_gaps_along():
    _, lost, _ = with_gaps(0.9)
    some = lost.on(np.arange(50, 10, -1)).in_order(["1"])
    assert np.array_equal(some.missing, np.isnan(some.scores))
    assert some.missing.any()


def test_prompts_with_other_examples_cannot_share_replies_however_alike_their_scores():
    scores = random_scores(1, 0.5, draws=2)
    assert "pair-same-scores" not in {r.code for r in compared(prompt(scores), prompt(scores.copy(), shots=5)).cautions}


def test_the_same_scores_everywhere_are_named_unless_all_are_alike():
    scores = random_scores(1, 0.5, draws=2)
    codes = [r.code for r in compared(prompt(scores), prompt(scores.copy())).cautions]
    assert codes == ["pair-same-scores", "pair-unrelated-draws"]
    alike = compared(prompt(np.ones((2, 20))), prompt(np.ones((2, 20))))
    assert "pair-same-scores" not in {r.code for r in alike.cautions}


@pytest.mark.parametrize("answers", [("not stated", "not stated"), ("not stated", "yes"), ("not stated", None)])
def test_the_same_scores_are_no_wonder_where_both_give_one_answer_alone(answers):
    scores = random_scores(1, 0.5, draws=2)
    sides = [prompt(scores), prompt(scores.copy())]
    for place, answer in enumerate(answers):
        same = () if answer is None else (SameAnswer(int(sides[place].shots), 40, answer),)
        sides[place] = replace(sides[place], curve=replace(sides[place].curve, same_answers=same))
    named = "pair-same-scores" in {reason.code for reason in compared(*sides).cautions}
    assert named == (answers[0] != answers[1])


@pytest.mark.parametrize(("right", "named"), [(1, False), (2, False), (4, True), (15, False)])
def test_the_same_item_right_of_sixteen_is_no_sign_of_one_model_asked_twice(right, named):
    scores = np.arange(16) < right
    assert bool(compared(prompt([scores]), prompt([scores])).cautions) is named


def test_a_chosen_part_keeps_ids_with_their_scores():
    curve = Measurement(
        shots=[0, 4], scores=np.arange(8).reshape(2, 1, 4) / 8, items=tuple("abcd"), digests=tuple("wxyz")
    )
    part = ScoredPrompt(curve, 4).on(np.array([3, 1]))
    assert part.scores.tolist() == [[7 / 8, 5 / 8]]
    assert (part.curve.items, part.curve.digests) == (("d", "b"), ("z", "x"))
    grouped = ScoredPrompt(replace(curve, groups=(0, 0, 1, 1)), 4)
    assert grouped.on(np.array([3, 2, 0])).curve.groups == (0, 0, 1)


def test_mcnemars_test_is_of_independent_items():
    before, after = (prompt(random_scores(n, 0.6, items=40)) for n in (1, 2))
    groups = tuple(n // 4 for n in range(40))
    grouped = replace(after, curve=replace(after.curve, groups=groups))
    assert compared(before, after).mcnemar is not None
    assert compared(before, grouped).mcnemar is None


def test_the_best_prompt_is_picked_among_retrieved_ones_too():
    scores = np.array([[[1, 0, 0, 0.0]], [[1, 1, 0, 0]]])
    near = np.array([[[0, 1, 1, 1.0]]])
    items, design = tuple("abcd"), Design((0, 4), 1, 4, 0)
    beside = Measurement(shots=[4], scores=near, items=items, design=Design((4,), 1, 4, 0, "similar"))
    measured = Measurement(shots=[0, 4], scores=scores, items=items, design=design)
    assert (ScoredPrompt.best(measured).shots, ScoredPrompt.best(measured).retrieved) == (4, False)
    best = ScoredPrompt.best(measured.beside(beside))
    assert (best.retrieved, best.tried, best.optimism > 0) == (True, 3, True)


def test_draws_of_two_tables_are_said_to_count_as_unrelated():
    one, other = (prompt(random_scores(seed, 0.5, draws=3)) for seed in (1, 2))
    single = prompt(random_scores(3, 0.5))
    ours = replace(other, curve=replace(other.curve, design=Design((4,), 3, 100, 0)))

    def said(first, second):
        return "pair-unrelated-draws" in {reason.code for reason in compared(first, second).cautions}

    assert said(one, other)
    assert not said(one, single), "one draw is related to none"
    assert not said(one, ours), "which examples ours showed is known"
    own = [replace(each, curve=replace(each.curve, own_examples=True)) for each in (one, other)]
    assert not said(*own), "nothing between draws is in the interval"
