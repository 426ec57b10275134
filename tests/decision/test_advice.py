import math
from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Curve, Estimate, Point, Spread
from curvefit.curves.reason import Reason
from curvefit.curves.verdict import GainProbabilities, Verdict
from curvefit.decision import advice as module
from curvefit.decision.advice import advise, priced_advice, with_training_last, without_training
from curvefit.decision.advice_inputs import AdviceInputs
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.decision.next_steps import NextStep, ProbeOutline
from curvefit.decision.plain_classifier import PlainClassifier
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import CutReplies, Measurement
from curvefit.payoff.predictor import Payoff, Probed, StandIn
from curvefit.trials.design import Design

GAIN = Estimate(0.08, 0.04, 0.12, 0.9)


def evidence(trend: str = "plateau", best: float = 0.6, parse_rate: float = 1.0, kind: str = "dsl") -> AdviceInputs:
    values = (best / 2, best)
    points = tuple(
        Point(shots, Estimate(v, v - 0.05, v + 0.05, 0.9), 100, 5, Spread(0.1, 0.01, 0.1))
        for shots, v in zip((1, 16), values, strict=True)
    )
    settle = Reason("narrow", {"items": 200, "chance": 0.6, "calls": 900}) if trend == "inconclusive" else None
    leaning = "rising" if trend == "inconclusive" else trend
    chances = GainProbabilities(0.6, 0.3, 0.1)
    verdict = Verdict(trend, leaning, chances, GAIN, GAIN, 0.02, 64, (Reason("gain-left"),), settle)
    return AdviceInputs(kind, points, (parse_rate,) * 2, verdict, pool=400)


def near_perfect(given):
    """Return evidence of a best prompt that is surely right in 98%."""
    *others, best = given.points
    return replace(given, points=(*others, replace(best, accuracy=Estimate(0.99, 0.98, 1.0, 0.9))))


@pytest.mark.parametrize(("margin", "training"), [(0.05, "open"), (0.5, "does not pay")])
def test_a_margin_wider_than_the_room_there_is_cannot_be_gained_however_low_the_score(margin, training):
    given = evidence("plateau", best=0.6)
    advice = advise(replace(given, verdict=replace(given.verdict, margin=margin)))
    assert advice.training == training
    assert ("no-room" in {reason.code for reason in advice.reasons}) == (training == "does not pay")
    assert (advice.action == "try-fine-tuning") == (training == "open")


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (evidence("rising"), "add-examples"),
        (evidence("falling"), "use-fewer-examples"),
        (evidence("inconclusive"), "measure-more"),
        (evidence("plateau", best=0.6), "try-fine-tuning"),
        (evidence("flat", best=0.6), "try-fine-tuning"),
        (evidence("plateau", best=0.92), "keep-prompting"),
        (evidence("inconclusive", best=0.97), "measure-more"),
        (evidence("flat", best=0.1, kind="knowledge-qa"), "retrieve"),
        (evidence("flat", best=0.9, kind="knowledge-qa"), "keep-prompting"),
        (evidence("rising", parse_rate=0.6), "mend-format"),
        (evidence("plateau", parse_rate=math.nan), "try-fine-tuning"),
    ],
)
def test_each_finding_has_its_one_action(given, action):
    assert advise(given).action == action


@pytest.mark.parametrize("margin", [0.02, 0.3])
@pytest.mark.parametrize(("best", "is_little"), [(0.1, True), (0.11, False)])
def test_a_prompt_is_hardly_ever_right_whatever_the_margin(best, margin, is_little):
    given = evidence("inconclusive", best=best)
    given = replace(given, verdict=replace(given.verdict, margin=margin))
    assert (advise(given).action == "rework-prompt") == is_little


@pytest.mark.parametrize(
    ("items", "margin", "settled"),
    [(22, 0.02, False), (50, 0.02, False), (100, 0.02, True), (22, 0.05, False), (50, 0.05, True)],
)
def test_all_right_on_few_items_is_not_taken_for_certainty_that_nothing_is_left_to_gain(items, margin, settled):
    """Of 22 items all are right half the time where 97% of all are."""
    point = Curve([0], np.ones((1, 1, items))).points()[0]
    given = evidence("inconclusive", best=1.0)
    given = replace(given, points=(given.points[0], replace(point, shots=16)))
    given = replace(given, verdict=replace(given.verdict, margin=margin))
    assert (advise(given).action == "keep-prompting") == settled


@pytest.mark.parametrize(("optimism", "is_little"), [(0.05, True), (0.02, False), (math.nan, False)])
def test_what_the_pick_flatters_does_not_make_a_prompt_that_fails_worth_using(optimism, is_little):
    given = replace(evidence("inconclusive", best=0.14), optimism=optimism)
    assert (advise(given).action == "rework-prompt") == is_little


@pytest.mark.parametrize(("low", "action"), [(-0.1, "measure-more"), (0.01, "retrieve-examples")])
def test_similar_examples_that_may_be_no_better_than_one_answer_to_all_are_not_advised(low, action):
    given = with_retrieved(evidence("inconclusive"), low=0.7, value=0.75)
    assert advise(replace(given, over_constant=Estimate(0.1, low, 0.2, 0.9))).action == action


@pytest.mark.parametrize("fails", [True, False])
def test_nothing_is_decided_by_a_judge_that_is_no_better_than_chance(fails):
    tuned = ValidatedTraining("mine", None, Estimate(0.9, 0.85, 0.95, 0.9), Estimate(0.2, 0.15, 0.25, 0.9))
    found = advise(replace(evidence("inconclusive"), validated=tuned, judge_fails=fails))
    assert (found.action, found.training) == (("mend-judge", "open") if fails else ("ship-fine-tuned", "pays"))
    assert ([step.code for step in found.next_steps] == ["mend-judge"]) == fails


def beside_classifier(given, value=0.9, lead=(0.2, 0.3), reached=0.92):
    accuracy = Estimate(value, value - 0.05, value + 0.02, 0.9)
    low, middle = lead
    gain = Estimate(0.3, 0.2, 0.4, 0.9)
    stand_in = StandIn(accuracy, replace(accuracy, value=reached, high=1.0), 51, 7, 100)
    payoff = Payoff(gain, 0.99, 0.05, 400, (), None, kind="classification", task="t", model="m", stand_in=stand_in)
    plain = PlainClassifier(accuracy, Estimate(middle, low, middle + 0.1, 0.9), 400)
    verdict = replace(given.verdict, margin=0.05)
    return replace(given, payoff=payoff, classifier=plain, verdict=verdict)


@pytest.mark.parametrize("trend", ["rising", "falling", "inconclusive", "plateau", "flat"])
@pytest.mark.parametrize(
    ("lead", "reached", "first"),
    [
        ((0.2, 0.3), 0.92, True),  # 2 points that fine-tuning would add are within the margin
        ((0.2, 0.3), 0.96, False),
        ((-0.01, 0.3), 0.92, False),  # it may be no better than the prompt
        ((0.01, 0.04), 0.92, False),
    ],
)
def test_a_classifier_that_beats_every_prompt_is_tried_before_a_training_that_gains_no_more(
    trend, lead, reached, first
):
    advice = advise(beside_classifier(evidence(trend), lead=lead, reached=reached))
    steps = [step.code for step in advice.next_steps]
    assert (steps[0] == "use-classifier") == (advice.action == "use-classifier") == first
    assert advice.decided_by == advise(beside_classifier(evidence(trend), lead=(-0.01, 0.3))).action
    assert "use-classifier" not in steps[1:]
    assert "fine-tune" in steps


@pytest.mark.parametrize(("accuracy", "first"), [(0.85, True), (0.94, True), (0.96, False)])
def test_a_classifier_as_good_as_the_fine_tuned_model_is_tried_before_that_is_shipped(accuracy, first):
    """Seen: both at 98%, and "Ship the fine-tuned model", whose hosting is paid."""
    given = beside_classifier(evidence("inconclusive"))
    reached = Estimate(accuracy, accuracy - 0.04, accuracy + 0.03, 0.9)
    tuned = ValidatedTraining("mine", None, reached, Estimate(0.2, 0.15, 0.25, 0.9))
    advice = advise(replace(given, validated=tuned))
    assert (advice.next_steps[0].code == "use-classifier") == first
    assert (advice.action, advice.ships, advice.next_steps[-1].code) == (
        "ship-fine-tuned",
        "fine-tuned",
        "ship-fine-tuned",
    )


def test_a_classifier_comes_before_no_judge_format_or_model_that_is_to_be_mended_or_shipped():
    given = beside_classifier(evidence("inconclusive", parse_rate=0.5))
    tuned = ValidatedTraining("mine", None, Estimate(0.97, 0.95, 0.99, 0.9), Estimate(0.2, 0.15, 0.25, 0.9))
    others = (given, replace(given, judge_fails=True), replace(given, validated=tuned))
    assert [advise(each).next_steps[0].code for each in others] == ["constrain", "mend-judge", "measure-retrieved"]
    mended = ["mend-format", "mend-judge", "ship-fine-tuned"]
    assert [advise(each).action for each in others] == mended
    lost = replace(tuned, gain=Estimate(-0.1, -0.15, -0.05, 0.9))
    failed = replace(beside_classifier(evidence("plateau"), reached=1.0), validated=lost)
    assert advise(failed).next_steps[0].code == "use-classifier", "what was predicted of it counts no longer"


def test_no_prompt_that_is_hardly_ever_right_is_used_for_the_classifier_that_comes_before_it():
    advice = advise(beside_classifier(evidence("plateau", best=0.05)))
    assert (advice.action, advice.decided_by, advice.ships) == ("use-classifier", "rework-prompt", "nothing")


@pytest.mark.parametrize("laid_out", [without_training, with_training_last])
@pytest.mark.parametrize("is_used", [True, False])
def test_training_that_may_not_pay_back_in_money_is_not_the_action(foreseen, laid_out, is_used):
    """Seen: a program that reads `action` alone trains, beside an answer and steps that say not to."""
    given = foreseen("pays", "plateau")
    assert advise(given).action == "try-fine-tuning"
    advice = laid_out(advise(given), CheaperPrompt(given.best_prompt, False, GAIN) if is_used else None)
    assert advice.action == ("keep-prompting" if is_used else "rework-prompt")
    assert advice.next_steps[0].code not in ("probe", "fine-tune")


@pytest.mark.parametrize(("best", "rate", "is_format"), [(0.3, 0.9, False), (0.6, 0.9, True), (0.2, 0.4, True)])
def test_unread_replies_cost_no_more_than_they_would_be_right(best, rate, is_format):
    """Where most can be read, and are wrong, reading one more in ten changes little."""
    given = evidence("inconclusive", best=best, parse_rate=rate)
    given = replace(given, verdict=replace(given.verdict, margin=0.05))
    assert (advise(given).action == "mend-format") == is_format


@pytest.mark.parametrize(("similar", "action"), [(0.08, "rework-prompt"), (0.15, "retrieve-examples")])
def test_similar_examples_that_lead_and_are_hardly_ever_right_are_not_shipped(similar, action):
    none_right = evidence("inconclusive", best=0.0)
    given = with_retrieved(none_right, low=similar - 0.01, value=similar)
    assert advise(given).action == action


@pytest.mark.parametrize(
    ("decided", "trend", "steps"),
    [
        ("open", "inconclusive", ["rework-prompt", "measure-retrieved", "probe"]),
        ("open", "rising", ["add-examples", "rework-prompt", "measure-retrieved", "probe"]),
        ("does not pay", "inconclusive", ["rework-prompt", "measure-retrieved"]),
        ("pays", "inconclusive", ["measure-retrieved", "probe", "rework-prompt"]),
    ],
)
def test_a_prompt_that_fails_is_read_before_more_of_it_is_measured(foreseen, decided, trend, steps):
    assert codes(advise(foreseen(decided, trend, best=0.01)).next_steps) == steps


def test_a_score_that_luck_brought_near_the_top_leaves_room():
    near = near_perfect(evidence("inconclusive"))
    assert advise(near).training == "does not pay"
    lucky = advise(replace(near, optimism=0.06))
    assert (lucky.training, "no-room" in {reason.code for reason in lucky.reasons}) == ("open", False)


def codes(reasons):
    return [reason.code for reason in reasons]


def values(reasons, code):
    """The values of the one reason or step with this code."""
    (found,) = [reason.values for reason in reasons if reason.code == code]
    return found


@pytest.mark.parametrize("trend", ["rising", "falling", "plateau", "flat"])
def test_advice_that_leans_on_the_shape_says_how_little_shapes_have_told(trend):
    assert "rule-of-thumb" in codes(advise(evidence(trend)).reasons)


@pytest.mark.parametrize("trend", ["rising", "plateau", "flat", "falling", "inconclusive"])
def test_the_first_reason_is_the_prompt_to_beat_and_there_is_a_next_step(trend):
    given = evidence(trend)
    advice = advise(given)
    assert advice.next_steps
    assert values(advice.reasons, "best-prompt")["accuracy"] == given.points[1].accuracy
    assert advice.reasons[0].code == "best-prompt"


@pytest.mark.parametrize(("gained", "action"), [(0.2, "mend-format"), (0.01, "add-examples")])
def test_unread_replies_are_mended_only_where_a_constrained_choice_does_better(gained, action):
    given = evidence("rising", parse_rate=0.75)
    assert advise(replace(given, choice=given.best_prompt.accuracy.value + gained)).action == action


@pytest.mark.parametrize(("rate", "chosen", "action"), [
    (0.87, math.nan, "mend-format"),
    (0.87, 0.99, "mend-format"),
    (0.87, 0.7, "retrieve-examples"),
    (0.97, 0.99, "retrieve-examples"),
])  # fmt: skip
def test_similar_examples_that_lead_have_to_be_readable_as_random_ones_have(rate, chosen, action):
    """Whether they lead for sure, which another draw may change, does not decide whether the format is to be mended."""
    for low in (0.05, -0.01):
        given = replace(with_retrieved(evidence("inconclusive"), low), retrieved_parse_rate=(rate,), choice=chosen)
        assert (advise(given).action == "mend-format") == (action == "mend-format")
        assert low < 0 or advise(given).action == action


@pytest.mark.parametrize(("best", "ships"), [(0.6, "prompt"), (0.4, "nothing")])
def test_a_prompt_that_is_mostly_right_is_used_while_its_format_is_mended(best, ships):
    assert advise(evidence("inconclusive", best=best, parse_rate=0.8)).ships == ships


def test_what_is_predicted_of_training_is_open_until_replies_can_be_read(foreseen):
    unread = {"parse_rate": 0.7}
    assert [advise(foreseen(decided, "inconclusive", **unread)).training for decided in ("pays", "does not pay")] == [
        "open", "open",
    ]  # fmt: skip
    tuned = ValidatedTraining("mine", None, Estimate(0.5, 0.4, 0.6, 0.9), Estimate(-0.2, -0.3, -0.1, 0.9))
    given = replace(foreseen("pays", "inconclusive", **unread), validated=tuned)
    assert (advise(given).action, advise(given).training) == ("mend-format", "does not pay"), "that was measured"


@pytest.mark.parametrize(("margin", "action"), [(0.05, "mend-format"), (0.15, "add-examples")])
def test_what_cannot_be_read_is_mended_first_only_where_it_may_cost_more_than_the_margin(margin, action):
    given = evidence("rising", parse_rate=0.9)
    assert advise(replace(given, verdict=replace(given.verdict, margin=margin))).action == action


def test_a_form_that_other_prompts_have_right_at_no_gain_is_not_what_is_wrong():
    """Never right without examples nor with them: that the replies without cannot be read costs nothing."""
    given = evidence("rising", parse_rate=0.4)
    level = tuple(replace(point, accuracy=given.points[0].accuracy) for point in given.points)
    assert advise(given).action == "mend-format"
    assert advise(replace(given, points=level, parse_rate=(0.4, 1.0))).action != "mend-format"
    assert advise(replace(given, points=level, parse_rate=(0.4, 0.8))).action == "mend-format"


@pytest.mark.parametrize(("shown", "rate", "is_format"), [(0.0, 1.0, False), (0.05, 1.0, True), (0.0, 0.8, True)])
def test_of_similar_examples_too_a_form_that_others_have_right_at_no_loss_is_not_what_is_wrong(shown, rate, is_format):
    """What leads by less than the margin, with replies that cannot be read, costs nothing."""
    given = replace(with_retrieved(evidence("rising", parse_rate=0.4), 0.05), retrieved_parse_rate=(0.6,))
    near = given.retrieved[0]
    accuracy = replace(near.accuracy, value=near.accuracy.value - shown)
    other = replace(near, shots=16, accuracy=replace(accuracy, value=accuracy.value - 0.01))
    with_other = replace(given, retrieved=(near, other), retrieved_parse_rate=(0.6, rate))
    assert (advise(with_other).action == "mend-format") == is_format


@pytest.mark.parametrize(("rate", "is_format"), [(0.5, True), (0.95, False), (math.nan, False)])
def test_it_is_the_best_prompt_whose_replies_have_to_be_read(rate, is_format):
    """With similar examples slightly ahead, what random ones are replied to decides nothing."""
    given = replace(with_retrieved(evidence("rising", parse_rate=0.4), -0.01), retrieved_parse_rate=(rate,))
    advice = advise(given)
    assert (advice.action == "mend-format") == is_format
    if is_format:
        assert values(advice.reasons, "unreadable") == {
            "shots": 4,
            "selection": "retrieved",
            "share": 0.5,
            "choice": None,
        }


def cheaper(shots, retrieved=False):
    point = replace(evidence("plateau").points[0], shots=shots, accuracy=Estimate(0.91, 0.85, 0.95, 0.9))
    return CheaperPrompt(point, retrieved, Estimate(0.01, -0.02, 0.04, 0.9))


@pytest.mark.parametrize(("best", "steps"), [(0.92, ["ship", "measure-retrieved", "see-errors"]), (1.0, ["ship"])])
def test_where_a_good_prompt_has_errors_they_are_looked_at_and_similar_examples_may_settle_what_is_open(best, steps):
    given = evidence("plateau", best=best)
    assert codes(advise(given).next_steps) == steps
    measured = replace(given, retrieved=given.points[:1])
    assert codes(advise(measured).next_steps) == [code for code in steps if code != "measure-retrieved"]


def test_where_training_does_not_pay_a_good_prompt_needs_no_more_than_a_look_at_its_errors(foreseen):
    assert codes(advise(foreseen("does not pay", "plateau", best=0.92)).next_steps) == ["ship", "see-errors"]


@pytest.mark.parametrize(("trend", "best", "step"), [("plateau", 0.92, "ship"), ("falling", 0.6, "fewer-examples")])
def test_the_prompt_to_use_is_the_cheaper_one_and_what_the_best_adds_is_a_reason(trend, best, step):
    given = evidence(trend, best=best)
    alone = advise(given)
    assert (alone.cheaper, values(alone.next_steps, step)["shots"]) == (None, given.best_prompt.shots)
    assert "cheaper-prompt" not in codes(alone.reasons)
    advice = advise(replace(given, cheaper=cheaper(1)))
    reason = values(advice.reasons, "cheaper-prompt")
    assert values(advice.next_steps, step) == {"shots": 1, "selection": "random"}
    assert (reason["shots"], reason["added"], reason["margin"]) == (1, advice.cheaper.added, 0.02)
    assert (advice.action, advice.training) == (alone.action, alone.training)


def test_similar_examples_that_lead_are_shown_in_the_cheaper_number():
    advice = advise(replace(with_retrieved(evidence("plateau", 0.6), 0.05, 0.2), cheaper=cheaper(1, retrieved=True)))
    assert values(advice.next_steps, "show-similar") == {"shots": 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda given: replace(given, parse_rate=(0.5, 0.5)),
        lambda given: replace(given, kind="knowledge", verdict=evidence("flat").verdict),
        lambda given: replace(given, over_constant=Estimate(0.01, -0.02, 0.04, 0.9)),
        lambda given: evidence("rising"),
        lambda given: replace(given, cut=CutReplies(90, 100, 32)),
    ],
)
def test_no_cheaper_prompt_is_named_where_none_is_to_be_shipped_yet_or_more_examples_help(change):
    advice = advise(replace(change(evidence("plateau", best=0.6)), cheaper=cheaper(1)))
    assert advice.cheaper is None
    assert "cheaper-prompt" not in codes(advice.reasons)


@pytest.mark.parametrize(
    ("over", "named"),
    [
        (Estimate(0.05, -0.01, 0.11, 0.9), True),
        (Estimate(-0.3, -0.4, -0.2, 0.9), True),
        (Estimate(0.05, 0.01, 0.09, 0.9), False),
        (None, False),
    ],
)
def test_one_answer_to_everything_is_named_where_no_prompt_is_clearly_above_it(over, named):
    reasons = advise(replace(evidence("plateau", best=0.6), over_constant=over)).reasons
    assert ("constant" in codes(reasons)) == named
    if named:
        assert values(reasons, "constant")["over"] == over


@pytest.mark.parametrize(
    ("optimism", "tried", "named"),
    [(0.042, 2, 0.042), (0.042, 4, 0.042), (math.nan, 2, None), (0.042, 1, "not"), (0.0, 2, "not")],
)
def test_the_best_of_several_prompts_is_told_as_that_and_by_how_much_better_it_looks(optimism, tried, named):
    reasons = advise(replace(evidence("plateau", best=0.6), optimism=optimism, tried=tried)).reasons
    assert ("picked" in codes(reasons)) == (named != "not")
    if named != "not":
        assert values(reasons, "picked") == {"tried": tried, "optimism": named}


def test_a_prompt_as_good_as_one_answer_to_everything_is_not_shipped_however_high_it_scores():
    given = replace(evidence("plateau", best=0.92), over_constant=Estimate(0.0, -0.02, 0.02, 0.9))
    assert advise(evidence("plateau", best=0.92)).action == "keep-prompting"
    assert "ship" not in codes(advise(given).next_steps)


def test_a_perfect_score_on_few_items_is_no_reason_to_stop():
    """10 of 10 are 79% or more; nor is one where always giving one answer does as well."""
    few = evidence("inconclusive", best=1.0)
    few = replace(few, points=(replace(few.points[1], accuracy=Estimate(1.0, 0.79, 1.0, 0.9)), few.points[0]))
    assert advise(few).action == "measure-more"
    sure = replace(few, points=(replace(few.points[0], accuracy=Estimate(1.0, 0.97, 1.0, 0.9)), few.points[1]))
    assert advise(sure).action == "keep-prompting"
    assert advise(replace(sure, over_constant=Estimate(0.0, -0.1, 0.1, 0.9))).action == "measure-more"


def test_an_inconclusive_curve_is_told_what_would_settle_it():
    given = evidence("inconclusive")
    advice = advise(given)
    assert advice.next_steps[0].code == given.verdict.to_settle.code
    assert "measure-retrieved" in codes(advice.next_steps)
    assert "measure-retrieved" not in codes(advise(replace(given, retrieved=given.points)).next_steps)


def test_after_a_spending_limit_the_first_step_is_the_same_command_again():
    advice = advise(replace(evidence("inconclusive"), stopped="--max-usd 1"))
    assert advice.next_steps[0] == NextStep("same-again", {"limit": "--max-usd 1"})
    assert len(advice.next_steps) > 1


@pytest.fixture
def foreseen(monkeypatch):
    """Evidence with a prediction that decides as told."""

    def given(decided, *more, **changed):
        monkeypatch.setattr(module, "training_decision", lambda payoff: decided)
        return replace(evidence(*more, **changed), payoff=Payoff(GAIN, 0.9, 0.02, 300, (), None))

    return given


@pytest.mark.parametrize(
    ("decided", "best", "action", "step"),
    [
        ("pays", 0.6, "try-fine-tuning", "fine-tune"),
        ("open", 0.6, "try-fine-tuning", "probe"),
        ("does not pay", 0.6, "keep-prompting", "improve-prompt"),
        ("pays", 0.92, "try-fine-tuning", "fine-tune"),
        ("open", 0.92, "keep-prompting", "ship"),
        ("does not pay", 0.92, "keep-prompting", "ship"),
    ],
)
def test_a_sure_prediction_decides_where_training_is_next(foreseen, decided, best, action, step):
    advice = advise(foreseen(decided, best=best))
    assert advice.action == action
    assert step in codes(advice.next_steps)
    assert values(advice.reasons, "predicted-payoff")["n_train"] == 300


@pytest.mark.parametrize(("decided", "last"), [("open", "probe"), ("pays", "fine-tune"), ("does not pay", None)])
@pytest.mark.parametrize("trend", ["rising", "falling"])
def test_a_better_prompt_comes_first_and_what_is_known_of_training_with_it(foreseen, decided, last, trend):
    steps = codes(advise(foreseen(decided, trend)).next_steps)
    assert steps[0] in ("add-examples", "fewer-examples")
    assert (steps[-1] == last) == (last is not None)
    assert ("probe" in steps or "fine-tune" in steps) == (last is not None)


@pytest.mark.parametrize("decided", ["open", "pays"])
def test_a_perfect_prompt_leaves_training_nothing_whatever_was_predicted(foreseen, decided):
    """The most similar examples are all right: neither a probe nor a fine-tuning is anything to look forward to."""
    near = Point(4, Estimate(1.0, 0.97, 1.0, 0.9), 100, 1, None)
    given = replace(foreseen(decided, "rising"), retrieved=(near,), lead=Estimate(0.4, 0.3, 0.5, 0.9))
    found = advise(given)
    assert (found.action, found.training) == ("retrieve-examples", "does not pay")
    assert codes(found.next_steps) == ["show-similar"]


def test_a_score_near_nothing_is_not_taken_for_room_alone(foreseen):
    low, high = advise(foreseen("open", best=0.1)), advise(foreseen("open", best=0.6))
    assert "low-score" in codes(low.reasons)
    assert "low-score" not in codes(high.reasons)
    assert "low-score" not in codes(advise(evidence(best=0.1)).reasons)  # nothing is predicted


@pytest.mark.parametrize("pool", [400, 300, 120])
def test_how_many_examples_there_are_is_said_with_how_many_to_train_on(foreseen, pool):
    step = values(advise(replace(foreseen("pays"), pool=pool)).next_steps, "fine-tune")
    assert step == {"n_train": 300, "pool": pool}


@pytest.mark.parametrize("trend", ["plateau", "inconclusive"])
@pytest.mark.parametrize(("decided", "last"), [("pays", "fine-tune"), ("open", "small-run")])
def test_who_brought_scores_of_another_tool_is_sent_to_no_probe(foreseen, decided, last, trend):
    steps = codes(advise(replace(foreseen(decided, trend), pool=None)).next_steps)
    assert "probe" not in steps
    assert steps[-1] == ("small-run" if trend == "inconclusive" else last)


@pytest.mark.parametrize("decided", ["pays", "open"])
def test_an_open_curve_keeps_no_one_from_a_small_run_where_training_may_pay(foreseen, decided):
    advice = advise(foreseen(decided, "inconclusive"))
    assert advice.next_steps[0].code == "narrow"
    assert advice.next_steps[-1].code == "probe"
    assert "predicted-payoff" in codes(advice.reasons)


@pytest.mark.parametrize(
    ("trend", "best", "steps"),
    [
        ("inconclusive", 0.6, ["ship", "narrow", "measure-retrieved"]),
        ("inconclusive", 0.99, ["ship", "see-errors"]),  # none can score more than the margin higher
        ("inconclusive", 0.4, ["narrow", "measure-retrieved"]),  # wrong more often than right
        ("plateau", 0.6, ["ship", "improve-prompt", "measure-retrieved"]),
    ],
)
def test_a_prompt_that_training_does_not_better_is_used_before_more_is_measured(foreseen, trend, best, steps):
    """Seen: "Ship the best prompt", right on all items, above "Measure up to 154 shots: accuracy may rise"."""
    advice = advise(foreseen("does not pay", trend, best=best))
    assert [code for code in codes(advice.next_steps) if code != "probe"] == steps
    assert advice.training == "does not pay"
    assert advice.action == ("keep-prompting" if "ship" in steps else "measure-more")
    assert advice.decided_by == ("measure-more" if trend == "inconclusive" else "keep-prompting")


@pytest.mark.parametrize("decided", ["pays", "does not pay"])
@pytest.mark.parametrize(
    ("more", "action"),
    [
        ({"trend": "inconclusive"}, "measure-more"),
        ({"trend": "rising"}, "add-examples"),
        ({"trend": "falling"}, "use-fewer-examples"),
        ({"parse_rate": 0.5}, "mend-format"),
        ({"trend": "flat", "best": 0.1, "kind": "knowledge-qa"}, "retrieve"),
    ],
)
def test_what_comes_before_training_comes_before_it_however_sure_the_prediction(foreseen, decided, more, action):
    assert advise(foreseen(decided, **more)).decided_by == action


@pytest.mark.parametrize(("model", "action"), [("m", "try-fine-tuning"), ("another", "mend-format")])
def test_replies_that_training_this_very_model_made_readable_need_no_other_mending(foreseen, model, action):
    given = with_retrieved(foreseen("pays", "inconclusive", parse_rate=0.5), 0.0, value=-0.1)
    probe = Probed(model, 0.1, 200, Estimate(0.8, 0.6, 1.0, 0.9))
    given = replace(given, payoff=replace(given.payoff, model="m", probes=(probe,)))
    assert advise(given).action == action


def with_retrieved(given, low, value=0.2):
    best = given.points[given.best_row].accuracy.value
    near = Point(4, Estimate(best + value, best, best + value, 0.9), 100, 1, Spread(0.1, 0.0, 0.1))
    return replace(given, retrieved=(near,), lead=Estimate(value, low, value + 0.1, 0.9) if value > 0 else None)


@pytest.mark.parametrize("trend", ["rising", "plateau", "flat", "falling", "inconclusive"])
def test_examples_known_to_be_better_chosen_by_similarity_come_before_anything_else(trend):
    advice = advise(with_retrieved(evidence(trend), 0.05))
    assert advice.action == "retrieve-examples"
    assert advice.next_steps[0] == NextStep("show-similar", {"shots": 4})
    best = values(advice.reasons, "best-prompt")
    assert (best["accuracy"].value, best["shots"], best["selection"]) == (pytest.approx(0.8), 4, "retrieved")


@pytest.mark.parametrize(("low", "value"), [(-0.01, 0.2), (0.001, 0.015), (0.0, -0.1)])
def test_a_lead_that_may_be_chance_or_is_within_the_margin_changes_no_action(low, value):
    given = evidence("rising")
    assert advise(with_retrieved(given, low, value)).action == advise(given).action


@pytest.mark.parametrize(("trend", "best", "step"), [("plateau", 0.88, "ship"), ("falling", 0.6, "fewer-examples")])
def test_the_prompt_to_ship_is_the_one_whose_accuracy_is_told(trend, best, step):
    """With retrieved examples ahead, but not surely so: what is said of the best prompt is said of them."""
    advice = advise(with_retrieved(evidence(trend, best), -0.01, 0.09))
    assert values(advice.reasons, "best-prompt")["accuracy"].value == pytest.approx(best + 0.09)
    assert advice.next_steps[0].code == step
    assert (advice.next_steps[0].values["shots"], advice.next_steps[0].values["selection"]) == (4, "retrieved")


@pytest.mark.parametrize("trend", ["inconclusive", "plateau"])
@pytest.mark.parametrize("probability", [0.5, 0.95])
def test_a_probe_is_not_advised_where_one_was_taken_in(trend, probability):
    payoff = Payoff(GAIN, probability, 0.02, 300, (), None)
    probe = Probed("small", 0.5, 128, Estimate(0.1, 0.0, 0.2, 0.9))
    without, taken = (
        codes(advise(replace(evidence(trend), payoff=replace(payoff, probes=some))).next_steps)
        for some in ((), (probe,))
    )
    assert without[-1] == "probe"
    assert "probe" not in taken
    assert taken[-1] == "fine-tune"


def test_retrieved_examples_that_do_worse_are_told_and_not_asked_for_again():
    given = evidence("plateau")
    before, after = advise(given), advise(with_retrieved(given, 0.0, -0.1))
    assert "measure-retrieved" in codes(before.next_steps)
    assert "measure-retrieved" not in codes(after.next_steps)
    best = values(after.reasons, "best-prompt")
    assert (best["retrieved_accuracy"].value, best["retrieved_shots"]) == (pytest.approx(0.5), 4)


def test_where_a_classifier_shows_that_training_pays_the_better_prompt_is_still_measured_first():
    reached = Estimate(0.9, 0.85, 0.95, 0.9)
    shown = Payoff(
        Estimate(0.3, 0.2, 0.4, 0.9), 0.99, 0.02, 400, (), None, stand_in=StandIn(reached, reached, 51, 7, 100)
    )
    given = replace(evidence("inconclusive"), payoff=shown)
    before, after = advise(given), advise(replace(given, retrieved=given.points))
    assert (before.action, before.training) == ("measure-more", "pays")
    assert codes(before.next_steps) == ["measure-retrieved", "fine-tune", "narrow"]
    assert (after.action, codes(after.next_steps)) == ("try-fine-tuning", ["fine-tune"])


def test_more_items_make_surer_only_what_was_scored_on_them():
    """A prediction from other tasks is as sure with any number; a classifier and a fine-tuned model are not."""
    reached = Estimate(0.7, 0.6, 0.8, 0.9)
    cases = Payoff(GAIN, 0.6, 0.02, 300, (), None)
    items = replace(cases, stand_in=StandIn(reached, reached, 51, 7, 100))
    own = ValidatedTraining("mine", 300, reached, Estimate(0.02, -0.08, 0.12, 0.9))

    def by_items(**known):
        return module._probability_by_items(replace(evidence(), **known))

    assert by_items(payoff=None) is None
    assert by_items(payoff=cases) is None
    assert by_items(payoff=items) == 0.6
    assert by_items(payoff=replace(items, probability=0.9, zero_shot_only=True)) is None, "a prompt is missing"
    assert by_items(payoff=cases, validated=own) == own.chance(0.02) == pytest.approx(0.5)
    assert by_items(payoff=cases, validated=replace(own, n_train=30)) is None, "more examples may do better"


@pytest.mark.parametrize(
    ("trend", "lead", "first"),
    [
        ("rising", -0.1, "add-examples"),
        ("falling", -0.1, "fewer-examples"),
        ("flat", -0.1, "improve-prompt"),
        ("flat", 0.1, "show-similar"),
    ],
)
def test_a_prompt_that_is_wrong_more_often_than_right_comes_after_the_training_that_pays(foreseen, trend, lead, first):
    def steps(decided, best):
        given = foreseen(decided, trend, best=best - max(lead, 0.0))
        return codes(advise(with_retrieved(given, low=0.05, value=lead)).next_steps)

    assert steps("pays", 0.51) == [first, "fine-tune"]
    assert steps("pays", 0.49) == ["fine-tune", first]
    assert steps("open", 0.49)[0] == first


def test_no_open_curve_is_measured_before_a_training_that_pays_over_a_prompt_mostly_wrong(foreseen):
    """Seen: "Fine-tune: that likely pays" above "Next: measure up to 256 shots, 64,100 calls"."""

    def steps(decided, best):
        return codes(advise(foreseen(decided, "inconclusive", best=best)).next_steps)

    assert steps("pays", 0.49) == ["measure-retrieved", "probe", "narrow"]
    assert steps("pays", 0.51)[0] == steps("open", 0.49)[0] == "narrow"


@pytest.mark.parametrize(("optimism", "action"), [(0.0, "keep-prompting"), (0.013, "try-fine-tuning")])
def test_a_score_that_luck_brought_over_85_is_no_high_one(foreseen, optimism, action):
    given = replace(foreseen("open", best=0.8528), optimism=optimism)
    assert advise(given).action == action


@pytest.mark.parametrize(("chance", "trial"), [(0.42, ["probe"]), (0.9, ["probe"]), (0.19, []), (0.05, [])])
def test_beside_a_high_score_a_trial_is_the_last_step_where_training_has_a_chance_to_gain(foreseen, chance, trial):
    given = foreseen("open", best=0.9)
    given = replace(given, payoff=replace(given.payoff, probability=chance))
    assert codes(advise(given).next_steps) == ["ship", "measure-retrieved", "see-errors"], "which costs less"
    given = replace(given, retrieved=given.points[1:])
    assert codes(advise(given).next_steps) == ["ship", "see-errors", *trial]
    tried = replace(given.payoff, probes=(Probed("m", 0.6, 400, GAIN),))
    assert codes(advise(replace(given, payoff=tried)).next_steps) == ["ship", "see-errors"], "once is enough"


def test_training_is_not_said_to_pay_over_the_prompts_that_a_cap_left_time_for(foreseen):
    """A larger prompt, of which a cap left a few items, was seen to be better: 95% to pay, and then 72%."""
    given = foreseen("pays", best=0.6)
    assert advise(given).training == "pays"
    early = advise(replace(given, stopped="--max-usd", unfinished=True))
    assert (early.training, early.next_steps[0].code) == ("open", "same-again")
    assert advise(replace(given, stopped="--max-usd")).training == "pays", "all prompts have enough items"
    assert advise(replace(foreseen("does not pay"), stopped="--max-usd", unfinished=True)).training == "does not pay"


def test_where_it_is_open_advice_leans_to_what_few_cases_make_probable(foreseen):
    given = foreseen("open")
    assert (advise(given).training, advise(given).leaning) == ("open", "pays")
    assert advise(foreseen("pays")).leaning == "open", "it is decided"
    assert advise(replace(given, stopped="--max-usd", unfinished=True)).leaning == "open"
    assert advise(replace(given, judge_fails=True)).leaning == "open"
    own = ValidatedTraining("mine", 100, Estimate(0.5, 0.4, 0.6, 0.9), Estimate(0.02, -0.1, 0.1, 0.9))
    assert advise(replace(given, validated=own)).leaning == "open"


@pytest.mark.parametrize(
    ("value", "steps"), [(-0.1, ["ship", "see-errors"]), (None, ["rework-prompt"])], ids=["a prompt", "no prompt"]
)
def test_where_no_step_can_be_taken_the_first_is_the_prompt_there_is(foreseen, value, steps):
    given = with_retrieved(foreseen("open", "inconclusive"), low=0.05, value=-0.1)
    given = replace(given, verdict=replace(given.verdict, to_settle=None))
    if value is None:
        given = replace(given, over_constant=Estimate(0.0, -0.1, 0.1, 0.9))
    scores = np.ones((2, 1, 100))
    all_scored = Measurement(
        np.array([1, 16]), scores, design=Design((1, 16), 1, 100), items=tuple(map(str, range(100))), available=100
    )
    to_practise = ProbeOutline((64,), (3,), 1, None, own=True, elsewhere=True, made_up=True)
    advice = priced_advice(given, all_scored, to_practise)
    assert (advice.action, codes(advice.next_steps)) == ("measure-more", steps)
    if value is not None:
        assert advice.next_steps[0].values == {"shots": 16, "selection": "random"}
