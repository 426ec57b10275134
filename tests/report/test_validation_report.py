import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.best_prompt import optimism_of
from curvefit.measurement.measurement import Measurement, Note
from curvefit.models.base import Usage
from curvefit.report.validation_page import validation_page
from curvefit.report.validation_report import validation_record, validation_summary, write_validation
from curvefit.study import analyze
from curvefit.workflows.validation import conclude_validation


@pytest.fixture(scope="session")
def validated(make_measured):
    """A validation of a model right on the first so many of 60 items."""
    study = analyze(make_measured(), margin=0.05)

    def made(right, n_train=None, **changed):
        scores = np.array([[[float(i < right) for i in range(60)]]])
        fields = {"model": "openai/tuned", "form": "plain", "readable": np.ones_like(scores), **changed}
        return conclude_validation(
            study, Measurement(shots=np.array([0]), scores=scores, items=study.curve.items, **fields), n_train
        )

    return made


def test_the_record_is_json_and_has_prediction_and_fact(validated):
    found = validated(54, 200)
    record = json.loads(json.dumps(validation_record(found), allow_nan=False))
    assert record["schema"] == "curvefit.validation/1"
    assert record["fine_tuned"]["accuracy"] == pytest.approx(0.9)
    assert record["best_prompted"]["accuracy"] == max(point.accuracy.value for point in found.study.points)
    assert record["gain"]["low"] < record["gain"]["value"] < record["gain"]["high"]
    assert record["payoff"]["n_train"] == 200
    assert (record["n_train_stated"], record["inside"]) == (True, found.checked.inside)
    assert record["outcome"] == "paid"
    assert np.sum(record["measurement"]["scores"]) == 54


def words(validation, **options):
    """A validation's summary, however it is broken into lines."""
    return " ".join(validation_summary(validation, **options).split())


@pytest.mark.parametrize(
    ("right", "decision", "answer"),
    [
        (60, "pays", "fine-tuning gained accuracy: it adds more than 5 points"),
        (0, "does not pay", "fine-tuning lost accuracy: it does worse than the best prompt"),
        (35, "open", "these items cannot tell whether fine-tuning adds more than 5 points"),
        (40, "pays", "fine-tuning likely gained accuracy: it likely adds more than 5 points"),
        (28, "does not pay", "fine-tuning likely gained little or no accuracy: it likely adds no more than 5 points"),
    ],
)
def test_the_summary_opens_with_the_answer_and_rests_on_three_numbers(validated, right, decision, answer):
    found = validated(right)
    assert found.decision == decision
    assert words(found).startswith(f"made on openai/tuned: {answer}")
    lines = [line for line in validation_summary(found).splitlines() if line]
    assert len(lines) <= 12
    rows = [re.split(" {2,}", line)[1:3] for line in lines if re.search(r"\(\S+ to \S+\)", line) and "%  (" in line]
    assert rows[0] == ["fine-tuned", f"{100 * right / 60:.0f}%"]
    assert "interval" not in " ".join(line for line in lines if line.startswith("  gain"))


@pytest.mark.parametrize(("right", "warned"), [(35, ""), (20, "Do not ship it without examples in its prompt.")])
def test_what_gains_with_examples_in_its_prompt_alone_is_said_in_the_first_sentence(validated, right, warned):
    """Seen: "it likely adds no more than 5 points" of a model that added 25 with 4 examples in its prompt."""
    found = validated(right)
    both = replace(found.tuned, shots=np.array([4]), scores=np.ones((1, 1, 60)))
    found = conclude_validation(found.study, found.tuned, together=(both,))
    assert found.paying_together is not None
    said = "; shown 4 examples too, it gave +"
    assert said in words(found)
    assert said in validation_page(found, "")
    assert warned in words(found)
    assert validated(60).paying_together is None


def test_of_a_model_that_is_surely_worse_it_is_not_said_how_little_it_adds(validated):
    found = validated(20)
    assert found.gain_without_optimism.high < 0
    assert "it does worse than the best prompt." in words(found)
    near = replace(found, gain=Estimate(-0.05, -0.12, 0.02, 0.9), optimism=0.0)
    assert near.decision == "does not pay"
    assert "it adds no more than 5 points to the best prompt." in words(near)


def test_what_is_surely_worse_is_first_of_all_not_to_be_shipped(validated):
    worse, better = validated(2), validated(60)
    said = "Do not ship it: check the training ("
    headings = re.findall(r"<h2>(Next|Then)</h2>\s*<p>(.*?)</p>", validation_page(worse, ""))
    assert headings[0][0] == "Next"
    assert headings[0][1].startswith(said)
    assert headings[1] == ("Then", "See how good the predictions have been for you.")
    assert said in words(worse)
    assert said not in words(better)
    assert re.findall(r"<h2>(Next|Then)</h2>", validation_page(better, "")) == ["Next"]


def test_of_a_made_up_model_the_page_and_the_terminal_say_so(validated):
    said = "The model is made up, to try the tool: this says nothing about a real one."
    made = validated(60)
    assert said in words(made)
    assert f'<p class="alarm">{said}</p>' in validation_page(made, "")
    curve = replace(made.study.curve, model="openai/small")
    real = replace(made, study=replace(made.study, curve=curve))
    assert said not in words(real)
    assert said not in validation_page(real, "")
    assert said in words(replace(real, tuned=replace(real.tuned, model="simulated/rising")))


@pytest.mark.parametrize(("right", "first"), [(60, True), (0, False), (35, False)])
def test_that_only_random_examples_were_beaten_is_on_the_first_look_where_training_paid(validated, right, first):
    said = "Only random examples were tried in prompts."
    assert (said in words(validated(right))) == first
    assert words(validated(right), verbose=True).count(said) == 1


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_summary_of_a_validation_is_as_wide_as_the_terminal(validated, width):
    text = validation_summary(validated(40, form="chat"), verbose=True, width=width).splitlines()
    assert all(len(line) <= width for line in text if not line.startswith(("  fine-tuned", "  best", "  gain")))


def test_a_model_no_better_than_one_answer_to_everything_is_told_so(validated):
    half = (np.arange(60) < 30).astype(float)
    floor = "it scores 50%, and always giving the commonest answer scores 50%."
    assert floor in words(validated(30, commonest=half))
    assert "commonest" not in words(validated(36, commonest=half), verbose=True), "six items to none"


@pytest.mark.parametrize(("right", "side"), [(0, "below"), (60, "above"), (40, "within")])
def test_the_summary_says_where_it_lies_in_the_prediction(validated, right, side):
    found = validated(right)
    narrow = replace(
        found, payoff=replace(found.payoff, gain=replace(found.payoff.gain, low=-0.1, value=0.1, high=0.2))
    )
    assert f"The gain lies {side} the interval predicted for" in words(narrow)


@pytest.mark.parametrize(("usd", "said"), [(0.031, "Its 60 calls cost $0.031 in all."), (0.0, ""), (None, "")])
def test_the_summary_says_what_its_calls_cost(validated, usd, said):
    told = words(validated(54, usage=Usage(calls=60, usd=usd)))
    assert said in told
    assert ("calls cost" in told) == bool(said)
    rehearsed = validated(54, usage=Usage(calls=60, usd=usd))
    rehearsed = replace(rehearsed, tuned=replace(rehearsed.tuned, model="openai/stub"))
    assert "calls cost" not in words(rehearsed), "nothing was paid"


def test_the_summary_says_whose_number_of_examples_it_is(validated):
    assert "the study's number of training examples is assumed" in words(validated(40), verbose=True)
    assert "the study's number of training examples is assumed" not in words(validated(40, 200), verbose=True)
    assert "Predicted for 200 examples" in words(validated(40, 200), verbose=True)


def test_every_prompt_that_could_have_been_the_best_is_counted(make_measured, make_retrieved):
    def said(study):
        right = Measurement(
            shots=np.array([0]), scores=np.ones((1, 1, 60)), items=study.curve.items, model="openai/tuned", form="plain"
        )
        return words(conclude_validation(study, right), verbose=True)

    curve = make_measured()
    alone, both = analyze(curve), analyze(make_retrieved(curve))
    assert f"The best of {len(alone.points)} prompts was picked by its score on these very items" in said(alone)
    assert optimism_of(both.curve) != optimism_of(alone.curve)
    assert f"The best of {len(alone.points) + 3} prompts was picked by its score on these very items" in said(both)


def test_the_outcome_and_what_is_kept_score_of_are_without_the_optimism_of_the_best_prompt(validated):
    found = validated(40)
    fair = found.gain_without_optimism
    assert found.optimism > 0.001
    assert (fair.value, fair.low) == pytest.approx((found.gain.value + found.optimism, found.gain.low + found.optimism))
    assert found.checked.gain == fair
    text = words(found, verbose=True)
    assert (
        f"better than it is, by about {100 * found.optimism:.1f} points (estimated by resampling); the fitted curve"
        in text
    )
    margin = found.study.margin
    near = Estimate(margin + 0.015, margin - 0.025, margin + 0.055, 0.9)  # 0.73, without optimism
    just = replace(found, gain=near, optimism=0.01)
    assert (just.decision, replace(just, optimism=0.0).decision) == ("pays", "open")
    assert "was picked by its score" not in words(replace(found, optimism=0.0004), verbose=True)
    assert replace(found, optimism=math.nan).gain_without_optimism == found.gain, "not known: as measured"
    unknown = words(replace(found, optimism=math.nan), verbose=True)
    assert "better than it is: the fitted curve puts it at" in unknown
    record = validation_record(found)
    assert record["gain_without_optimism"]["value"] == fair.value
    assert record["optimism"] == found.optimism
    assert record["probability"] == found.training.chance(margin)


def test_the_tile_of_the_gain_says_at_what_the_best_prompt_is_taken(validated):
    made = validated(40)
    fair = 100 * (made.best.point.accuracy.value - 0.02)
    scored = 100 * made.best.point.accuracy.value
    said = f"over the best prompt, counted as {fair:.1f}%: some of its {scored:.1f}% is luck of the pick"
    assert said in validation_page(replace(made, optimism=0.02), "")
    assert "counted as" not in validation_page(replace(made, optimism=0.0), "")


def test_what_weakens_the_comparison_is_said(validated):
    notes = (Note("asking", "two replies are missing"),)
    text = words(validated(40, form="chat", notes=notes, readable=np.zeros((1, 1, 60))), verbose=True)
    assert "Its prompts were in chat form, the study's in plain form" in text
    assert "! two replies are missing" in text
    assert "Only 0% of its replies could be read. The prompts were in chat form;" in text
    assert "the fitted curve puts it at" in text
    assert "Its prompts were" not in words(validated(40), verbose=True)


def test_the_summary_says_where_the_prediction_is_not_the_studys(validated):
    own = validated(40).study.payoff.n_train
    said = f"This prediction is new, for the --n-train you gave: the study has one for {own} examples."
    assert said in words(validated(40, 200), verbose=True)
    assert validation_record(validated(40, 200))["predicted_anew"] is True
    for same in (validated(40), validated(40, own)):
        assert "This prediction is new" not in words(same, verbose=True)
        assert validation_record(same)["predicted_anew"] is False


def test_that_nobody_can_see_what_it_was_trained_on_is_said_with_the_way_out(validated):
    assert "This counts only if the model was trained on none of these items" in words(validated(60))
    assert "see: curvefit pool" in words(validated(60), verbose=True)


def test_where_nothing_was_predicted_that_is_said(validated):
    assert "Nothing was predicted" in words(replace(validated(40), payoff=None), verbose=True)
    assert validation_record(replace(validated(40), payoff=None))["inside"] is None


@pytest.mark.parametrize("name", ["../../etc/x", "openai/ft:gpt::a", "", "a" * 300, "\x1b[31m"])
def test_a_models_name_is_no_path_and_drives_no_terminal(validated, tmp_path, name):
    found = validated(40, model=name)
    (path,) = write_validation(found, tmp_path / "out")
    assert path.parent == tmp_path / "out"
    assert path.name.startswith("validation-")
    assert json.loads(path.read_text())["fine_tuned_model"] == name
    assert "\x1b" not in words(found, verbose=True)


def test_two_models_never_share_a_file_and_a_plain_name_is_kept(validated, tmp_path):
    names = (
        "openai/ft:gpt:a",
        "openai/ft-gpt-a",
        "x" * 200 + "1",
        "x" * 200 + "2",
        "調" * 125,
        "調" * 124,
        "mine_v1.2",
    )
    files = [write_validation(validated(40, model=name), tmp_path)[0].name for name in names]
    assert len(set(files)) == len(names)
    assert files[-1] == "validation-mine_v1.2.json"


def test_only_items_that_both_answered_are_counted_as_compared(make_measured):
    curve = make_measured()
    held = curve.scores.copy()
    held[-1, :, :8] = np.nan  # the best prompt has no score of the first eight, the tuned model none of the last ten
    scores = np.ones((1, 1, 60))
    scores[..., 50:] = np.nan
    study = analyze(replace(curve, scores=held, readable=None, choices=None))
    assert study.best.point.shots == study.points[-1].shots
    tuned = Measurement(shots=np.array([0]), scores=scores, items=curve.items, model="openai/tuned", form="plain")
    assert "item by item on the 42 that both answered" in words(conclude_validation(study, tuned), verbose=True)
