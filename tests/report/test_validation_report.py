import json
import math
from dataclasses import replace

import numpy as np
import pytest

from curvefit.decision.best_prompt import optimism_of
from curvefit.measurement.measurement import Measurement, Note
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


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (60, "Fine-tuning paid: the change is more than 5 points."),
        (0, "Fine-tuning did not pay: the change is not more than 5 points."),
        (35, "Whether the change is more than 5 points these items cannot tell."),
    ],
)
def test_the_summary_says_what_came(validated, right, said):
    text = validation_summary(validated(right))
    assert text.startswith(f"made: openai/tuned scores {100 * right / 60:.0f}% without examples in the prompt;")
    assert said in text


def test_a_model_no_better_than_one_answer_to_everything_is_told_so(validated):
    half = (np.arange(60) < 30).astype(float)
    floor = "50% is not clearly above the 50% that always giving the commonest answer scores: "
    assert floor in validation_summary(validated(30, commonest=half))
    assert "commonest" not in validation_summary(validated(36, commonest=half)), "six items to none"


@pytest.mark.parametrize(("right", "side"), [(0, "below it"), (60, "above it"), (40, "within that interval")])
def test_the_summary_says_where_it_lies_in_the_prediction(validated, right, side):
    found = validated(right)
    narrow = replace(
        found, payoff=replace(found.payoff, gain=replace(found.payoff.gain, low=-0.1, value=0.1, high=0.2))
    )
    assert f"What came lies {side}." in validation_summary(narrow)


def test_the_summary_says_whose_number_of_examples_it_is(validated):
    assert "the study's number is taken" in validation_summary(validated(40))
    assert "the study's number is taken" not in validation_summary(validated(40, 200))
    assert "Predicted for 200 examples" in validation_summary(validated(40, 200))


def test_every_prompt_that_could_have_been_the_best_is_counted(make_measured, make_retrieved):
    def said(study):
        right = Measurement(
            shots=np.array([0]), scores=np.ones((1, 1, 60)), items=study.curve.items, model="openai/tuned", form="plain"
        )
        return validation_summary(conclude_validation(study, right))

    curve = make_measured()
    alone, both = analyze(curve), analyze(make_retrieved(curve))
    assert f"The best of {len(alone.points)} prompts was picked on the items it is scored on" in said(alone)
    assert optimism_of(both.curve) != optimism_of(alone.curve)
    assert f"The best of {len(alone.points) + 3} prompts was picked on the items it is scored on" in said(both)


def test_the_outcome_and_what_is_kept_score_of_are_without_the_optimism_of_the_best_prompt(validated):
    found = validated(40)
    fair = found.gain_without_optimism
    assert found.optimism > 0.005
    assert (fair.value, fair.low) == pytest.approx((found.gain.value + found.optimism, found.gain.low + found.optimism))
    assert found.checked.gain == fair
    text = validation_summary(found)
    assert f"flatters it by about {100 * found.optimism:.1f} points (resampled); the curve through" in text
    just = replace(found, gain=replace(found.gain, low=found.study.margin - found.optimism + 0.001))
    assert (just.outcome, replace(just, optimism=0.0).outcome) == ("paid", "open")
    assert "was picked on the items" not in validation_summary(replace(found, optimism=0.0004))
    assert replace(found, optimism=math.nan).gain_without_optimism == found.gain, "not known: as measured"
    unknown = validation_summary(replace(found, optimism=math.nan))
    assert "which flatters it: the curve through those of its sort puts it at" in unknown
    record = validation_record(found)
    assert record["gain_without_optimism"]["value"] == fair.value
    assert record["optimism"] == found.optimism


def test_what_weakens_the_comparison_is_said(validated):
    text = validation_summary(
        validated(40, form="chat", notes=(Note("asking", "two replies are missing"),), readable=np.zeros((1, 1, 60)))
    )
    assert "asked in chat form, the study in plain form" in text
    assert "! two replies are missing" in text
    assert "Of its replies 0% could be read: asked in chat form; --form names the one it was trained in." in text
    assert "the curve through those of its sort puts it at" in text
    assert "asked in" not in validation_summary(validated(40))


def test_the_summary_says_where_the_prediction_is_not_the_studys(validated):
    own = validated(40).study.payoff.n_train
    assert f"Predicted only now, for the number stated: the study gave one for {own}" in validation_summary(
        validated(40, 200)
    )
    assert validation_record(validated(40, 200))["predicted_anew"] is True
    for same in (validated(40), validated(40, own)):
        assert "Predicted only now" not in validation_summary(same)
        assert validation_record(same)["predicted_anew"] is False


def test_that_nobody_can_see_what_it_was_trained_on_is_said_with_the_way_out(validated):
    assert "worth nothing if it was trained on any of these items" in validation_summary(validated(60))
    assert "see: curvefit pool" in validation_summary(validated(60))


def test_where_nothing_was_predicted_that_is_said(validated):
    assert "Nothing was predicted to set it against" in validation_summary(replace(validated(40), payoff=None))
    assert validation_record(replace(validated(40), payoff=None))["inside"] is None


@pytest.mark.parametrize("name", ["../../etc/x", "openai/ft:gpt::a", "", "a" * 300, "\x1b[31m"])
def test_a_models_name_is_no_path_and_drives_no_terminal(validated, tmp_path, name):
    found = validated(40, model=name)
    (path,) = write_validation(found, tmp_path / "out")
    assert path.parent == tmp_path / "out"
    assert path.name.startswith("validation-")
    assert json.loads(path.read_text())["fine_tuned_model"] == name
    assert "\x1b" not in validation_summary(found)


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
    assert "item by item on the 42 both answered" in validation_summary(conclude_validation(study, tuned))
