"""A fine-tuned model that was measured since stands on its study's page and in its picture."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from curvefit.decision.break_even import Costs
from curvefit.decision.judge_correction import accuracy_without_judge_errors
from curvefit.measurement.measurement import JudgeRecord, Measurement
from curvefit.models.base import Usage
from curvefit.report.answer_text import ship_sentence
from curvefit.report.candidate_text import candidate_rows, frontier_sentence
from curvefit.report.cost_text import cost_sentences
from curvefit.report.curve_plot import bars_of
from curvefit.report.first_screen import tiles
from curvefit.report.index_page import index_summary
from curvefit.report.page import page
from curvefit.report.study_files import write_report, write_study
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import open_study, read_study
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.report.training_bars import picture_of_validation
from curvefit.report.training_text import validation_answer
from curvefit.report.validated import validated_beside, with_validated
from curvefit.report.validation_page import validation_page
from curvefit.report.validation_report import validation_summary, write_validation
from curvefit.report.wording import chance_of, in_points, points_span
from curvefit.study import Study, analyze, with_costs, with_own_training
from curvefit.workflows.validation import Validation, conclude_validation

HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m"


@pytest.fixture(scope="module")
def study(make_measured) -> Study:
    return analyze(make_measured(), margin=0.05)


def validated(study: Study, right: int = 54, n_train: int | None = None, model: str = "mine") -> Validation:
    scores = np.array([[[float(i < right) for i in range(60)]]])
    tuned = Measurement(shots=np.array([0]), scores=scores, items=study.curve.items, model=model, form="plain")
    return conclude_validation(study, tuned, n_train)


def test_of_several_the_one_that_decides_has_the_tile_and_the_others_a_sentence(study, tmp_path):
    write_validation(validated(study, 10, model="worse"), tmp_path)
    write_validation(validated(study, 54, model="better"), tmp_path)
    text = page(with_validated(study, tmp_path), "<svg ></svg>")
    assert "as measured of better" in text
    assert "Measured since: worse, fine-tuned, reaches 17%" in text


def test_it_is_a_bar_and_a_sentence_with_the_gain_that_counts(study, tmp_path):
    made = validated(study, n_train=200, model=HOSTILE)
    write_validation(made, tmp_path)
    (found,) = validated_beside(tmp_path, study)
    assert (found.n_train, found.accuracy) == (200, made.accuracy.accuracy)
    assert found.gain.value == pytest.approx(made.gain_without_optimism.value)
    with_it = with_validated(study, tmp_path)
    bar = bars_of(with_it)[-1]
    assert (bar.name, bar.sort, bar.accuracy) == ("fine-tuned\non 200,\nmeasured", "measured", found.accuracy)
    text = page(with_it, "<svg ></svg>")
    assert "as measured of &lt;img src=x onerror=alert(1)&gt;" in text
    assert "Measured since" not in text, "which the tile says"
    assert [bar.sort for bar in bars_of(with_it)] == [*(bar.sort for bar in bars_of(study)), "measured"]


@pytest.mark.parametrize("changed", ["task", "model", "items", "prompt", "score", "broken"])
def test_what_is_of_another_study_or_broken_is_left_out(study, tmp_path, changed):
    (file,) = write_validation(validated(study), tmp_path)
    record = json.loads(file.read_text())
    if changed == "items":
        record["measurement"]["items"][0] = "another"
    elif changed == "prompt":
        record["best_prompted"]["shots"] += 1
    elif changed == "score":  # of more draws: what is gained over it is another gain
        record["best_prompted"]["accuracy"] += 0.01
    else:
        record[changed] = "another"
    file.write_text("{" if changed == "broken" else json.dumps(record))
    assert validated_beside(tmp_path, study) == ()


def test_how_many_examples_nobody_said_is_not_said(study, tmp_path):
    write_validation(validated(study), tmp_path)
    (found,) = validated_beside(tmp_path, study)
    assert found.n_train is None
    assert bars_of(with_validated(study, tmp_path))[-1].name == "fine-tuned,\nmeasured"


@pytest.mark.parametrize(
    ("right", "training", "said"),
    [
        (
            60,
            "pays",
            "Use the fine-tuned model for now, which gains accuracy, and try the most similar examples: a prompt may do"
            " as well.",
        ),
        (0, "does not pay", "Ship the best prompt; fine-tuning was measured, and does worse: check the training."),
        (33, "open", "Use the best prompt for now; fine-tuning was measured, and whether it gains accuracy is open."),
        (28, "does not pay", "Ship the best prompt; fine-tuning was measured, and likely gains little or no accuracy."),
    ],
)
def test_what_was_measured_decides_on_terminal_page_picture_and_in_the_index(study, tmp_path, right, training, said):
    write_study(study, tmp_path)
    write_validation(validated(study, right), tmp_path)
    made = read_study(tmp_path)
    assert (made.advice.training, ship_sentence(made)) == (training, said)
    own = made.best_validated
    points, chance = f"{in_points(own.gain.value)} points", chance_of(own.chance(made.margin))
    _, gain, pays, _ = tiles(made)
    assert (gain.label, gain.value, pays.value) == ("Fine-tuning added", points, chance)
    too_much = made.best.point.accuracy.value + own.gain.high > 1  # with the prompt it makes more than 100%
    interval = f"({points_span(own.gain)}{', at most a perfect score' * too_much})"
    assert gain.note == f"{interval} as measured of mine, over the best prompt"
    assert (pays.label, pays.note) == ("Chance of gaining over 5 points", "as measured")
    (indexed,) = read_index(tmp_path).studies
    assert (indexed.answer, indexed.pays) == (said, own.chance(made.margin))
    assert " ".join(made.plot().get_title(loc="left").split()) == said
    shown = summary(made, verbose=True, width=200)
    assert "points over the best prompt, measured;" in shown
    assert f"<h1>{said}</h1>" in page(made, "<svg ></svg>")
    for text in (shown, page(made, "<svg ></svg>", str(tmp_path))):
        assert "predicted;" not in text
        assert "curvefit pool" not in text
        assert "curvefit probe" not in text


def test_a_validation_and_its_study_say_the_same_in_the_same_words(study, tmp_path):
    said = set()
    for right in range(20, 50, 4):
        made = validated(study, right)
        write_validation(made, tmp_path)
        write_study(study, tmp_path)
        (seen,) = read_index(tmp_path).studies
        beside = with_validated(study, tmp_path)
        assert beside.best_validated == made.training
        pays, likely = beside.advice.training, "likely" in ship_sentence(beside)
        none = "lost accuracy" if beside.best_validated.gain.high < 0 else "gained little or no accuracy"
        word = {"pays": "gained accuracy", "does not pay": none}.get(pays, "")
        word = f"fine-tuning {'likely ' * likely}{word}" if word else "whether fine-tuning gains accuracy is open"
        summed = " ".join(validation_summary(made).split())
        assert validation_answer(made).lower().startswith(f"{word}: it gave")
        assert seen.results[0].text.startswith(f"mine: {word}: ")
        assert f"{word}: it" in summed if pays != "open" else "these items cannot tell whether" in summed
        said.add((pays, likely))
    assert said == {("pays", True), ("pays", False), ("does not pay", True), ("does not pay", False), ("open", False)}


@pytest.mark.parametrize(("usd", "price"), [(0.006, "$0.10"), (None, "($0.20)")])
def test_it_has_the_price_and_time_that_were_measured_and_that_of_the_base_model_where_there_is_none(
    make_measured, tmp_path, usd, price
):
    usage, seconds = Usage(60, 9_000, 0, 60, 0.012, 9.0), (0.2, 0.4)
    made = make_measured(model="openai/m")
    n = len(made.shots)
    study = analyze(replace(made, usage_by_shots=(usage,) * n, seconds_by_shots=(seconds,) * n), margin=0.05)
    scores = np.array([[[float(i < 54) for i in range(60)]]])
    tuned = Measurement(
        shots=np.array([0]), scores=scores, items=study.curve.items, model="openai/ft:m", form="plain",
        usage_by_shots=(replace(usage, usd=usd),), seconds_by_shots=((0.1, 0.3),),
    )  # fmt: skip
    write_validation(conclude_validation(study, tuned), tmp_path)
    write_study(study, tmp_path)
    beside = read_study(tmp_path)
    rows = {row["name"]: row for row in candidate_rows(beside.candidates)}
    assert rows["no examples"]["usd"] == "$0.20"
    assert (rows["fine-tuned"]["usd"], rows["fine-tuned"]["p50"], rows["fine-tuned"]["p95"]) == (
        price,
        "100 ms",
        "300 ms",
    )
    record = next(each for each in to_record(beside)["candidates"] if each["basis"] == "validated")
    assert record["as_base"] == ([] if usd else ["usd_per_1000"])
    whose = "as measured" if usd else "at the base model's price; providers may ask more"
    assert tiles(beside)[-1].note.endswith(f"{price.strip('()')} fine-tuned, {whose}")
    assert ("at the base model's price" in frontier_sentence(beside.candidates)) == (usd is None)


@pytest.mark.parametrize(("right", "predicted"), [(58, False), (20, True)])
def test_a_prediction_for_far_more_examples_counts_only_where_it_is_better(study, tmp_path, right, predicted):
    made = validated(study, right, n_train=20)
    assert made.training.on_fewer(study.payoff)
    beside = with_own_training(study, (made.training,))
    over = beside.payoff.gain if predicted else made.training.gain
    assert (beside.payoff.gain.value > made.training.gain.value) == predicted
    assert beside.gain_over_prompt_to_use.value == pytest.approx(min(over.value, 1 - study.best.point.accuracy.value))
    assert any(each.basis == "predicted" for each in beside.candidates) == predicted


def test_of_several_validations_each_says_that_the_best_is_corrected_elsewhere(study, tmp_path):
    write_validation(validated(study, 50, model="other"), tmp_path)
    beside = with_validated(study, tmp_path)
    said = "2 fine-tuned models were measured on these items. The study's report corrects the best of them"
    shown = [
        validation_page(validated(given, 54), "").replace("&#39;", "'")
        + " ".join(validation_summary(validated(given, 54)).split())
        for given in (beside, study)
    ]
    assert [text.count(said) for text in shown] == [2, 0]
    assert [bar.sort for bar in picture_of_validation(validated(beside, 54)).reached] == ["predicted", "measured"]
    assert validated(beside, 50, model="other").training in beside.validated
    assert said not in validation_summary(validated(beside, 50, model="other"), width=1000), "measured again"


def test_every_command_and_the_page_that_is_written_have_it(study, tmp_path, plain_pictures):
    write_study(study, tmp_path)
    write_validation(validated(study, 0), tmp_path)
    write_report(study, tmp_path)
    said = "Ship the best prompt; fine-tuning was measured, and does worse: check the training."
    assert f"<h1>{said}</h1>" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "study.json").read_text())["advice"]["training"] == "does not pay"
    kept = open_study(tmp_path).payoff_as_given.gain.value
    assert kept == pytest.approx(study.payoff.gain.value), "what was predicted stays, to be compared with"
    assert with_validated(study, tmp_path / "not there yet") is study, "nor is what lies above of it"


def test_of_one_trained_on_fewer_examples_it_is_said_and_training_on_more_is_still_a_step(study, tmp_path):
    write_validation(validated(study, 0, n_train=20), tmp_path)
    made = with_validated(study, tmp_path)
    assert ship_sentence(made) == (
        "Use the best prompt for now; fine-tuning on fewer examples gained little or no accuracy, and"
        " whether more would is open."
    )
    assert "as measured of mine, trained on 20 examples, over the best prompt" in tiles(made)[1].note
    assert tiles(made)[2].note == "as measured on fewer examples"
    assert "<1%  chance of more than 5, the margin, on fewer examples" in summary(made)
    write_study(study, tmp_path)
    assert "points under 1%, as measured on fewer examples;" in index_summary(read_index(tmp_path), 1000)
    assert [each.basis for each in made.candidates][-2:] == ["validated", "predicted"]
    # What more examples would gain is predicted from it too, as from a probe.
    alone, with_it, measured = study.payoff.gain, made.payoff.gain, made.best_validated.gain.value
    assert measured < with_it.value < alone.value - 0.1
    assert with_it.high - with_it.low < alone.high - alone.low
    assert made.payoff.probes == ()
    assert made.gain_over_prompt_to_use == with_it
    costed = with_costs(made, Costs(1e6, 2.0, 0.05, training_usd=10, hosting_usd_per_month=0, error_usd=0.01))
    counted = f"This counts the gain predicted for {made.payoff.n_train} training examples, {in_points(with_it.value)}"
    assert any(counted in said for said in cost_sentences(costed))
    assert "It was trained on 20 examples: more may do better." in page(made, "<svg ></svg>")


def test_what_was_measured_is_the_candidate_that_was_predicted(study, tmp_path):
    write_validation(validated(study, 20, n_train=200), tmp_path)
    made = with_validated(study, tmp_path)
    *_, tuned = made.candidates
    assert (tuned.name, tuned.model, tuned.basis) == ("fine-tuned on 200", "mine", "validated")
    assert tuned.accuracy == made.best_validated.accuracy
    assert [each.basis for each in study.candidates] == [*(["measured"] * 6), "predicted"]
    assert made.gain_over_prompt_to_use == made.best_validated.gain != study.gain_over_prompt_to_use
    assert [row["basis"] for row in candidate_rows(made.candidates)][-1] == "validated"
    assert "Not measured" not in frontier_sentence(made.candidates)


def test_the_best_of_several_models_decides(study, tmp_path):
    write_validation(validated(study, 0), tmp_path)
    write_validation(validated(study, 59, model="better"), tmp_path)
    made = with_validated(study, tmp_path)
    assert (made.best_validated.model, made.advice.training, len(made.validated)) == ("better", "pays", 2)


def test_of_the_best_of_several_every_place_has_what_is_corrected_for_the_pick_and_says_so(study, tmp_path):
    write_study(study, tmp_path)
    write_validation(validated(study, 54, model="worse"), tmp_path)
    write_validation(validated(study, 41, n_train=200), tmp_path)
    alone = with_validated(study, tmp_path).validated[0]
    for name, right in (("worse", 20), ("worst", 10)):
        write_validation(validated(study, right, model=name), tmp_path)
    made = read_study(tmp_path)
    own, said = made.best_validated, "corrected for being the best of 3 models"
    assert (own.model, own.picked_from, made.advice.training) == ("mine", 3, "open")
    assert own.gain.low < alone.gain.low
    assert own.chance(made.margin) == pytest.approx(alone.chance(made.margin) ** 3)
    chance, interval = chance_of(own.chance(made.margin)), points_span(own.gain)
    record = to_record(made)
    (reason,) = (each for each in record["advice"]["reasons"] if each["code"] == "validated")
    assert reason["values"]["gain"]["low"] == pytest.approx(own.gain.low)
    shown = " ".join(summary(made, width=200).split())
    text = page(made, "<svg ></svg>")
    (indexed,) = read_index(tmp_path).studies
    viewed = index_summary(read_index(tmp_path), 1000)
    for words in (reason["text"], shown, text, viewed):
        assert said in words
        assert chance in words
        assert interval in words
    assert text.count(said) == 3, "of gain, of chance, and where both are explained"
    (result,) = (each for each in indexed.results if each.model == "mine")
    assert result.gain == own.gain
    *_, tuned = record["candidates"]
    assert tuned["name"] == "fine-tuned on 200, corrected as the best of 3"
    assert tuned["low"] == pytest.approx(own.accuracy.low)
    bar = bars_of(made)[-1]
    assert (bar.name, bar.accuracy) == ("fine-tuned\non 200,\nbest of 3", own.accuracy)


def test_the_picture_of_a_validation_has_what_was_predicted_beside_what_came(study):
    made = validated(study, n_train=200)
    predicted, measured = picture_of_validation(made).reached
    assert predicted.name == "fine-tuned\non 200,\npredicted"
    assert predicted.accuracy.value == pytest.approx(made.best.point.accuracy.value + made.payoff.gain.value)
    assert measured.accuracy == made.accuracy.accuracy
    assert [bar.sort for bar in picture_of_validation(replace(made, payoff=None)).reached] == ["measured"]


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (60, "Fine-tuning gained accuracy: it gave +"),
        (0, "Fine-tuning lost accuracy: it gave −"),
        (35, "Whether fine-tuning gains accuracy is"),
    ],
)
def test_the_page_opens_with_what_fine_tuning_gave(study, right, said):
    assert validation_answer(validated(study, right)).startswith(said)


def test_beside_a_prediction_it_says_on_which_side_the_gain_lies(study):
    made = validated(study, 54, 200)
    gain = made.gain_without_optimism
    for shift, said in ((0.0, ", as predicted."), (-0.5, ", more than predicted."), (0.5, ", less than predicted.")):
        ends = {name: getattr(gain, name) + shift for name in ("value", "low", "high")}
        moved = replace(made, payoff=replace(made.payoff, gain=replace(made.payoff.gain, **ends)))
        assert validation_answer(moved).endswith(f"over the best prompt{said}")


def test_what_is_left_out_of_the_answer_is_said_in_the_index(study, tmp_path):
    (file,) = write_validation(validated(study), tmp_path)
    write_study(study, tmp_path)
    said = "left out of the answer: by now the study has other items"
    assert said not in read_index(tmp_path).studies[0].results[0].text
    record = json.loads(file.read_text())
    record["measurement"]["items"][0] = "another"
    file.write_text(json.dumps(record))
    (seen,) = read_index(tmp_path).studies
    assert said in seen.results[0].text
    assert seen.pays == study.payoff.probability


def test_of_a_judged_study_its_page_has_the_gain_of_the_validation(study, tmp_path):
    judge = JudgeRecord("grader", False, 7_500, 10_000, 7_500, 10_000, 30)
    judged = analyze(replace(study.curve, judge=judge), margin=0.05)
    scores = np.array([[[float(i < 40) for i in range(60)]]])
    tuned = Measurement(np.array([0]), scores, items=study.curve.items, model="mine", form="plain", judge=judge)
    made = conclude_validation(judged, tuned)
    write_validation(made, tmp_path)
    write_study(judged, tmp_path)
    beside = with_validated(judged, tmp_path)
    fair = made.gain_without_optimism
    assert fair.value > made.gain.value + made.optimism
    assert beside.best_validated.gain == fair
    assert read_index(tmp_path).studies[0].results[0].gain == fair
    *_, own = beside.candidates
    assert own.accuracy == accuracy_without_judge_errors(judge, made.accuracy.accuracy) != made.accuracy.accuracy


def test_a_study_is_shown_with_the_gain_that_was_measured(study, tmp_path):
    write_validation(validated(study), tmp_path)
    made = with_validated(study, tmp_path)
    assert f"; fine-tuned {made.best_validated.gain.value:+.3f}; ship-fine-tuned>" in repr(made)
    assert "payoff" not in repr(made)
