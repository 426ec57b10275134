import math
import re
from dataclasses import replace

import pytest

from curvefit.cli.main import cli
from curvefit.curves.curve import Estimate, Point, Spread
from curvefit.curves.verdict import Verdict
from curvefit.decision import advice as module
from curvefit.decision.advice import RULE_OF_THUMB, AdviceInputs, advise
from curvefit.payoff.predictor import Payoff, Probed

GAIN = Estimate(0.08, 0.04, 0.12, 0.9)


def evidence(trend: str = "plateau", best: float = 0.6, parse_rate: float = 1.0, kind: str = "dsl") -> AdviceInputs:
    values = (best / 2, best)
    points = tuple(
        Point(shots, Estimate(v, v - 0.05, v + 0.05, 0.9), 100, 5, Spread(0.1, 0.01, 0.1))
        for shots, v in zip((1, 16), values, strict=True)
    )
    verdict = Verdict(trend, GAIN, GAIN, 0.02, 64, ("why", "what next"))
    return AdviceInputs(kind, points, (), (parse_rate,) * 2, verdict, pool=400)


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (evidence("rising"), "add-examples"),
        (evidence("falling"), "use-fewer-examples"),
        (evidence("inconclusive"), "measure-more"),
        (evidence("plateau", best=0.6), "try-fine-tuning"),
        (evidence("flat", best=0.6), "try-fine-tuning"),
        (evidence("plateau", best=0.92), "keep-prompting"),
        (evidence("inconclusive", best=0.99), "keep-prompting"),  # no room is left for a gain above the margin
        (evidence("inconclusive", best=0.97), "measure-more"),
        (evidence("flat", best=0.1, kind="knowledge-qa"), "retrieve"),
        (evidence("flat", best=0.9, kind="knowledge-qa"), "keep-prompting"),
        (evidence("rising", parse_rate=0.6), "mend-format"),
        (evidence("plateau", parse_rate=math.nan), "try-fine-tuning"),
    ],
)
def test_each_finding_has_its_one_action(given, action):
    assert advise(given).action == action


@pytest.mark.parametrize("trend", ["rising", "falling", "plateau", "flat"])
def test_advice_that_leans_on_the_shape_says_how_little_shapes_have_told(trend):
    assert RULE_OF_THUMB in advise(evidence(trend)).reasons


@pytest.mark.parametrize("trend", ["rising", "plateau", "flat", "falling", "inconclusive"])
def test_every_reason_has_a_number_and_there_is_a_next_step(trend):
    advice = advise(evidence(trend))
    assert advice.next_step
    assert any(character.isdigit() for character in advice.reasons[0])


@pytest.mark.parametrize(("gained", "action"), [(0.2, "mend-format"), (0.01, "add-examples")])
def test_unread_replies_are_mended_only_where_a_constrained_choice_does_better(gained, action):
    given = evidence("rising", parse_rate=0.75)
    choice = tuple(
        replace(point, accuracy=replace(point.accuracy, value=point.accuracy.value + gained)) for point in given.points
    )
    assert advise(replace(given, choice=choice)).action == action


def test_the_cheaper_prompt_is_named_where_it_measured_within_the_margin():
    given = evidence("plateau", best=0.92)
    assert "or with" not in advise(given).next_step
    near = replace(given.points[0], accuracy=replace(given.points[0].accuracy, value=0.91))
    assert "16 examples, or with 1, which measured 1.0 points below" in advise(
        replace(given, points=(near, given.points[1]))
    ).next_step  # fmt: skip


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (Estimate(0.05, -0.01, 0.11, 0.9), "60% is not clearly above the 55% that always giving the commonest answer"),
        (Estimate(-0.3, -0.4, -0.2, 0.9), "60% is below the 90% that always giving the commonest answer scores: "),
        (Estimate(0.05, 0.01, 0.09, 0.9), ""),
        (None, ""),
    ],
)
def test_one_answer_to_everything_is_named_where_no_prompt_is_clearly_above_it(over, said):
    told = advise(replace(evidence("plateau", best=0.6), over_constant=over)).reasons[0]
    assert said in told
    assert ("commonest" in told) == bool(said)


@pytest.mark.parametrize(
    ("luck", "tried", "said"),
    [
        (0.042, 2, "best of 2 prompts on these very items, which flatters it and its interval by about 4.2"),
        (0.042, 4, "best of 4 prompts on these very items, which flatters it and its interval by about 4.2"),
        (math.nan, 2, "best of 2 prompts on these very items, which flatters it and its interval."),
        (0.042, 1, ""),
        (0.0, 2, ""),
    ],
)
def test_the_best_of_several_prompts_is_told_as_that_and_by_how_much_that_flatters_it(luck, tried, said):
    given = replace(evidence("plateau", best=0.6), luck=luck, tried=tried)
    told = advise(given).reasons[0]
    assert said in told
    assert ("flatters" in told) == bool(said)


def test_a_prompt_as_good_as_one_answer_to_everything_is_not_shipped_however_high_it_scores():
    given = replace(evidence("plateau", best=0.92), over_constant=Estimate(0.0, -0.02, 0.02, 0.9))
    assert advise(evidence("plateau", best=0.92)).action == "keep-prompting"
    assert "Ship the prompt" not in advise(given).next_step


def test_a_perfect_score_on_few_items_is_no_reason_to_stop():
    """10 of 10 are 79% or more; nor is one where always giving one answer does as well."""
    few = evidence("inconclusive", best=1.0)
    few = replace(few, points=(replace(few.points[1], accuracy=Estimate(1.0, 0.79, 1.0, 0.9)), few.points[0]))
    assert advise(few).action == "measure-more"
    sure = replace(few, points=(replace(few.points[0], accuracy=Estimate(1.0, 0.92, 1.0, 0.9)), few.points[1]))
    assert advise(sure).action == "keep-prompting"
    assert advise(replace(sure, over_constant=Estimate(0.0, -0.1, 0.1, 0.9))).action == "measure-more"


def test_an_inconclusive_curve_is_told_what_would_settle_it():
    given = evidence("inconclusive")
    assert "what next" in advise(given).next_step
    assert "add --retrieved 1,4,16 to your curvefit run" in advise(given).next_step
    assert "--retrieved" not in advise(replace(given, retrieved=given.points)).next_step
    bare = replace(given, verdict=replace(given.verdict, reasons=()))
    assert advise(bare).next_step


@pytest.fixture
def foreseen(monkeypatch):
    """Evidence with a prediction that decides as told."""

    def given(decided, *more, **changed):
        monkeypatch.setattr(module, "decides", lambda payoff: decided)
        return replace(evidence(*more, **changed), payoff=Payoff(GAIN, 0.9, 0.02, 300, (), "rule"))

    return given


@pytest.mark.parametrize(
    ("decided", "best", "action", "said"),
    [
        (
            "pays",
            0.6,
            "try-fine-tuning",
            "then fine-tune on 300 examples (curvefit pool TASK --study STUDY --n 300 --out FILE writes them)",
        ),
        ("open", 0.6, "try-fine-tuning", "to go by: curvefit probe TASK"),
        ("does not pay", 0.6, "keep-prompting", "unlikely to add more than the margin"),
        ("pays", 0.92, "try-fine-tuning", "curvefit validate STUDY"),
        ("open", 0.92, "keep-prompting", "Ship the prompt with 16 examples"),
        ("does not pay", 0.92, "keep-prompting", "Ship the prompt with 16 examples"),
    ],
)
def test_a_sure_prediction_decides_where_training_is_next(foreseen, decided, best, action, said):
    advice = advise(foreseen(decided, best=best))
    assert advice.action == action
    assert said in advice.next_step
    assert any("Fine-tuning on 300 examples is predicted" in reason for reason in advice.reasons)


@pytest.mark.parametrize("trend", ["plateau", "inconclusive"])
@pytest.mark.parametrize("decided", ["pays", "open"])
@pytest.mark.parametrize("probes", [(), (Probed("small", 0.5, 128, GAIN),)])
def test_every_command_that_is_advised_is_one_that_curvefit_takes(foreseen, decided, trend, probes, tmp_path):
    given = foreseen(decided, trend)
    given = replace(given, payoff=replace(given.payoff, probes=probes))
    commands = re.findall(r"curvefit ([a-z]+(?: (?:--?[a-z-]+|[A-Z_]+|\d+)\b)+)", advise(given).next_step)
    assert commands
    for line in commands:
        name, *arguments = line.split()
        with cli.get_command(None, name).make_context(name, arguments) as parsed:
            assert parsed.params


@pytest.mark.parametrize(
    ("decided", "end"),
    [
        ("open", "has to beat. Whether it does is open; what tells is a small fine-tuning run, since the prediction"
                 " rests on too little to go by: curvefit probe TASK"),
        ("pays", "--n-train 300"),
        ("does not pay", "that is the number fine-tuning has to beat."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("trend", ["rising", "falling"])
def test_a_better_prompt_comes_first_and_what_is_known_of_training_with_it(foreseen, decided, end, trend):
    assert advise(foreseen(decided, trend)).next_step.endswith(end)


@pytest.mark.parametrize("decided", ["open", "pays"])
def test_a_perfect_prompt_leaves_training_nothing_whatever_was_predicted(foreseen, decided):
    """The most similar examples are all right: neither a probe nor a fine-tuning is anything to look forward to."""
    near = Point(4, Estimate(1.0, 0.96, 1.0, 0.9), 100, 1, None)
    given = replace(foreseen(decided, "rising"), retrieved=(near,), lead=Estimate(0.4, 0.3, 0.5, 0.9))
    found = advise(given)
    assert (found.action, found.training) == ("retrieve-examples", "does not pay")
    assert found.next_step.endswith("that leaves fine-tuning no room to gain more than the margin.")


def test_a_score_near_nothing_is_not_taken_for_room_alone(foreseen):
    low, high = advise(foreseen("open", best=0.1)), advise(foreseen("open", best=0.6))
    assert "beyond the model" in low.reasons[0]
    assert "beyond the model" not in " ".join(high.reasons)
    assert "beyond the model" not in advise(evidence(best=0.1)).reasons[0]  # nothing is predicted


@pytest.mark.parametrize(("pool", "command"), [
    (400, "curvefit pool TASK --study STUDY --n 300 --out FILE writes them)"),
    (300, "curvefit pool TASK --study STUDY --out FILE writes them)"),
    (120, "curvefit pool TASK --study STUDY --out FILE writes the 120 there are)"),
])  # fmt: skip
def test_what_is_to_be_written_is_asked_of_the_pool_as_far_as_it_goes(foreseen, pool, command):
    assert command in advise(replace(foreseen("pays"), pool=pool)).next_step


@pytest.mark.parametrize("trend", ["plateau", "inconclusive"])
@pytest.mark.parametrize("decided", ["pays", "open"])
def test_who_brought_scores_of_another_tool_is_sent_to_no_command_that_needs_the_task(foreseen, decided, trend):
    said = advise(replace(foreseen(decided, trend), pool=None)).next_step
    assert "curvefit" not in said
    assert "similar" in said
    assert "fine-tun" in said or "try a small run" in said


@pytest.mark.parametrize(("decided", "probed"), [("pays", True), ("open", True), ("does not pay", False)])
def test_an_open_curve_keeps_no_one_from_a_small_run_where_training_may_pay(foreseen, decided, probed):
    advice = advise(foreseen(decided, "inconclusive"))
    assert advice.next_step.startswith("what next")
    assert (", which hangs little on this curve: curvefit probe TASK tries it on" in advice.next_step) == probed
    assert ("Fine-tuning likely pays, which" in advice.next_step) == (decided == "pays")
    assert any("is predicted" in reason for reason in advice.reasons)


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
    assert advise(foreseen(decided, **more)).action == action


def with_retrieved(given, low, value=0.2):
    best = given.points[given.best].accuracy.value
    near = Point(4, Estimate(best + value, best, best + value, 0.9), 100, 1, Spread(0.1, 0.0, 0.1))
    return replace(given, retrieved=(near,), lead=Estimate(value, low, value + 0.1, 0.9) if value > 0 else None)


@pytest.mark.parametrize("trend", ["rising", "plateau", "flat", "falling", "inconclusive"])
def test_examples_known_to_be_better_chosen_by_similarity_come_before_anything_else(trend):
    advice = advise(with_retrieved(evidence(trend), 0.05))
    assert advice.action == "retrieve-examples"
    assert advice.next_step.startswith("Show each input the 4 examples most similar to it")
    assert "80%" in advice.reasons[0]
    assert "with the 4 examples most similar to each input" in advice.reasons[0]


@pytest.mark.parametrize(("low", "value"), [(-0.01, 0.2), (0.001, 0.015), (0.0, -0.1)])
def test_a_lead_that_may_be_chance_or_is_within_the_margin_changes_no_action(low, value):
    given = evidence("rising")
    assert advise(with_retrieved(given, low, value)).action == advise(given).action


@pytest.mark.parametrize(
    ("trend", "best", "step"),
    [
        ("plateau", 0.88, "Ship the prompt with the 4 examples most similar to each input; look at"),
        ("falling", 0.6, "Prompt with the 4 examples most similar to each input;"),
    ],
)
def test_the_prompt_to_ship_is_the_one_whose_accuracy_is_told(trend, best, step):
    """With retrieved examples ahead, but not surely so: what is said of the best prompt is said of them."""
    advice = advise(with_retrieved(evidence(trend, best), -0.01, 0.09))
    assert f"{best + 0.09:.0%}" in advice.reasons[0]
    assert advice.next_step.startswith(step)


def test_no_examples_within_the_margin_are_called_that():
    given = evidence("plateau", 0.9)
    bare = replace(given.points[0], shots=0, accuracy=Estimate(0.89, 0.84, 0.94, 0.9))
    said = advise(replace(given, points=(bare, given.points[1]))).next_step
    assert "or without examples, which measured 1.0 points below" in said


@pytest.mark.parametrize("trend", ["inconclusive", "plateau"])
@pytest.mark.parametrize("probability", [0.5, 0.95])
def test_a_probe_is_not_advised_where_one_was_taken_in(trend, probability):
    """And what keeps a prediction from deciding is said as it is: too wide, or resting on too little."""
    payoff = Payoff(GAIN, probability, 0.02, 300, (), "rule")
    probe = Probed("small", 0.5, 128, Estimate(0.1, 0.0, 0.2, 0.9))
    without, taken = (
        advise(replace(evidence(trend), payoff=replace(payoff, probes=some))).next_step for some in ((), (probe,))
    )
    assert "curvefit probe TASK" in without
    assert "curvefit probe" not in taken
    assert "fine-tune on 300 examples" in taken
    if trend == "plateau":
        why = "too wide to go by" if probability == 0.5 else "rests on too little to go by"
        assert why in without
        assert why in taken


def test_random_examples_within_the_margin_of_retrieved_ones_are_named_beside_them():
    step = advise(with_retrieved(evidence("plateau", 0.9), -0.01, 0.013)).next_step
    assert "similar to each input, or with 16 at random, which measured 1.3 points below, within the margin" in step


def test_retrieved_examples_that_do_worse_are_told_and_not_asked_for_again():
    given = evidence("plateau")
    before, after = advise(given), advise(with_retrieved(given, 0.0, -0.1))
    assert "--retrieved 1,4,16" in before.next_step
    assert "--retrieved" not in after.next_step
    assert "Examples chosen by similarity come to 50%, at 4" in after.reasons[0]
