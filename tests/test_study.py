"""What `analyze` concludes of fine-tuning, and what `measure` keeps of where a task came from."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import curvefit as cf
from curvefit.curves.optimism import optimism
from curvefit.decision.best_prompt import best_measured, optimism_of, picked_by, scores_of
from curvefit.decision.break_even import Costs
from curvefit.decision.paired_comparison import ScoredPrompt
from curvefit.errors import CurveError
from curvefit.measurement.measurement import JudgeRecord, Measurement, Note
from curvefit.models.base import Usage
from curvefit.models.simulated import parse
from curvefit.payoff.predictor import accuracy_to_beat
from curvefit.report.answer_text import ship_sentence
from curvefit.report.first_screen import tiles
from curvefit.report.settle_text import settle_lines
from curvefit.report.study_record import to_record
from curvefit.report.terminal import remarks, summary, trend_sentence
from curvefit.report.wording import span
from curvefit.study import with_costs

pytestmark = pytest.mark.usefixtures("plain_pictures")


def measured(**changed):
    rng = np.random.default_rng(2)
    scores = (rng.random((4, 3, 40)) < np.array([0.1, 0.3, 0.5, 0.6])[:, None, None]).astype(float)
    curve = Measurement(shots=np.array([0, 1, 4, 16]), scores=scores, kind="extraction", pool=250)
    return replace(curve, **changed)


def test_scores_that_a_table_lacks_are_missing_replies_as_in_a_file(tmp_path):
    cells = [(k, d, i, int(i < 3 * k)) for k in (0, 1, 4) for d in "ab" for i in range(20)]
    rows = [cell for cell in cells if cell[0] < 4 or cell[3] or cell[2] % 2]
    columns = dict(zip(("shots", "draw", "item", "score"), zip(*rows, strict=True), strict=True))
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "scores.csv").write_text("\n".join(lines))
    known, read = cf.analyze(cf.Curve.from_frame(columns)), cf.analyze(cf.read_scores(tmp_path / "scores.csv"))
    assert known.curve.missing == read.curve.missing == len(cells) - len(rows) > 0
    assert known.sensitivity == read.sensitivity


def test_studies_of_equal_measurements_hold_equal_advice_and_are_two_objects():
    one, other = cf.analyze(measured()), cf.analyze(measured())
    assert (one.advice, one.verdict, one.payoff) == (other.advice, other.verdict, other.payoff)
    assert one != other
    assert len({one, other, one}) == 2


def test_the_payoff_is_predicted_for_all_of_the_pool_as_predict_payoff_does():
    study = cf.analyze(measured(), margin=0.05)
    assert study.payoff == cf.predict_payoff(study.curve, kind="extraction", n_train=250, margin=0.05)
    assert study.n_train is None


def test_predict_payoff_knows_of_a_measured_curve_which_model_and_task_it_is_of():
    tiny = cf.analyze(measured(model="local/gemma3-270m", task="redaction"))
    assert tiny.payoff == cf.predict_payoff(tiny.curve, kind="extraction", n_train=250)
    assert tiny.payoff.basis != cf.predict_payoff(measured(), kind="extraction", n_train=250).basis


def test_a_prompt_that_leaves_just_the_margin_leaves_no_chance_of_more():
    """1 - 0.98 exceeds 0.02 as floats, and predictions are cut off at a perfect score."""
    assert 1 - 0.98 > 0.02
    just, less = (
        cf.predict_payoff(measured(), kind="extraction", n_train=250, retrieved=score) for score in (0.98, 0.97)
    )
    assert just.probability == 0.0 < less.probability


def values(study, code):
    """The values of the one reason of the advice with this code."""
    (found,) = [reason.values for reason in study.advice.reasons if reason.code == code]
    return found


def cut_off(shots=16, right=3):
    """A measurement that a cap ended after three items of the last number of shots, all of them right."""
    curve = measured()
    scores = curve.scores.copy()
    row = curve.shots.tolist().index(shots)
    scores[row] = np.nan
    scores[row, 0, :3] = 1.0
    return measured(scores=scores, design=cf.Design((0, 1, 4, 16), draws=3, items=40))


def test_where_no_prompt_is_ever_right_all_name_the_same_best_one():
    items = tuple(f"i{n}" for n in range(20))
    never = Measurement(shots=[0, 1, 8], scores=np.zeros((3, 2, 20)), items=items)
    design = cf.Design((1, 16), draws=1, items=20, selection="similar")
    similar = Measurement(shots=[1, 16], scores=np.zeros((2, 1, 20)), items=items, design=design)
    study = cf.analyze(never.beside(similar))
    best = values(study, "best-prompt")
    compared = ScoredPrompt.best(study.curve)
    assert (study.best.point.shots, study.best.retrieved) == (8, False)
    assert (best["shots"], best["selection"]) == (8, "random")
    assert (compared.shots, compared.retrieved) == (8, False)


def test_the_best_prompt_is_advised_also_where_it_shares_no_item_with_the_others():
    items, scores = tuple(f"i{n}" for n in range(20)), np.full((2, 1, 20), np.nan)
    scores[:, :, :9] = [[[0.0]], [[0.5]]]
    similar = np.full((1, 1, 20), np.nan)
    similar[:, :, 10:] = 1.0
    design = cf.Design((4,), draws=1, items=20, selection="similar")
    study = cf.analyze(
        Measurement(shots=[0, 4], scores=scores, items=items).beside(
            Measurement(shots=[4], scores=similar, items=items, design=design)
        )
    )
    assert (study.best.point.accuracy.value, study.best.retrieved) == (1.0, True)
    assert values(study, "best-prompt")["selection"] == "retrieved"
    assert (study.lead.value, study.lead.low, study.lead.high) == (0.5, -1.0, 1.0)


def test_what_is_picked_on_the_items_that_a_cap_left_has_less_luck_in_its_score_on_all():
    """Of prompts that are equally good: one has half of the items, by which all are compared."""
    rng, luck, there = np.random.default_rng(0), [], []
    for _ in range(300):
        scores = (rng.random((4, 1, 60)) < 0.6).astype(float)
        scores[3, :, 30:] = np.nan
        curve = Measurement(shots=np.arange(4), scores=scores, items=tuple(map(str, range(60))))
        there.append(curve.means[curve.shots == best_measured(curve)[1]][0] - 0.6)
        luck.append(optimism(scores_of(curve), None, picked_by(curve)))
    assert np.mean(luck) == pytest.approx(np.mean(there), abs=0.008)


def test_a_number_of_shots_with_three_replies_is_never_the_best_prompt():
    curve = cut_off()
    scores = curve.scores.copy()
    scores[1, :, :8] = 1.0  # so that one other comes near
    study = cf.analyze(replace(curve, scores=scores))
    assert study.points[-1].accuracy.value == 1.0
    assert study.best.point.shots == 4
    assert values(study, "best-prompt")["accuracy"].value == pytest.approx(0.575)
    assert 0 < study.optimism < 0.05
    assert values(study, "picked")["optimism"] == study.optimism == optimism_of(study.curve)
    assert study.payoff == cf.predict_payoff(study.curve, kind="extraction", n_train=250)
    assert study.best.shots.tolist() == [0, 1, 4]
    beat = study.forecast.at(4).value
    without = cf.predict_payoff(study.curve, kind="extraction", n_train=250, retrieved=beat + 0.001)
    assert study.payoff.gain.value == pytest.approx(without.gain.value, abs=0.03), "and not what it is at 16"
    assert any("16 shots: 3 of 40 items scored" in remark for remark in remarks(study))


def test_where_no_number_of_shots_went_far_the_best_is_of_those_that_went_as_far_as_any():
    scores = np.full((4, 3, 40), np.nan)
    scores[0, 0, :6] = [1, 0, 1, 0, 1, 0]
    scores[1, 0, :2] = 1.0
    assert cf.analyze(measured(scores=scores)).best.point.shots == 0


def test_a_number_of_shots_that_stages_left_behind_counts_by_what_was_asked_of_it():
    curve = measured()
    scores = curve.scores.copy()
    scores[3, :, 10:] = np.nan
    scores[3, :, :10] = 1.0
    staged = measured(scores=scores, extents=((3, 40), (3, 40), (3, 40), (3, 10)))
    assert cf.analyze(staged).best.point.shots == 16


def test_prompts_that_went_too_short_to_be_the_best_are_not_counted_among_those_it_was_picked_from():
    rng, curve = np.random.default_rng(0), measured()
    near = measured(shots=np.array([1, 4]), scores=(rng.random((2, 1, 40)) < 0.7).astype(float))
    cut = curve.scores.copy()
    cut[:, :, 5:] = np.nan
    for drawn, tried in ((curve, 6), (measured(scores=cut), 2)):
        study = cf.analyze(drawn.beside(near))
        assert study.curve.tried == tried
        assert values(study, "picked")["tried"] == tried


def test_retrieved_examples_that_a_cap_cut_short_are_not_the_prompt_to_beat():
    def retrieved(few):
        scores = np.ones((1, 1, 40))
        scores[..., few:] = np.nan
        design = cf.Design((4,), draws=1, items=40, selection="similar")
        return cf.analyze(measured().beside(measured(shots=np.array([4]), scores=scores, design=design)))

    assert retrieved(40).best.retrieved
    assert retrieved(40).curve.tried == 5
    short = retrieved(5)
    assert short.curve.tried == 4
    assert not short.best.retrieved
    assert "retrieved_accuracy" not in values(short, "best-prompt")
    assert short.optimism == optimism_of(measured())


def test_random_examples_that_were_hardly_answered_are_not_the_prompt_to_beat():
    scores = measured().scores.copy()
    scores[..., 5:] = np.nan
    design = cf.Design((4,), draws=1, items=40, selection="similar")
    near = measured(shots=np.array([4]), scores=np.full((1, 1, 40), 0.5), design=design)
    study = cf.analyze(measured(scores=scores).beside(near))
    assert study.best.retrieved
    assert values(study, "best-prompt")["accuracy"].value == 0.5
    assert sum("of 40 items scored, too few" in remark for remark in remarks(study)) == 4


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"curve": cf.analyze(measured())}, "a curve is needed, such as study.curve, not Study"),
        ({"kind": None}, "kind must be text, such as 'classification', not None"),
    ],
)
def test_what_is_no_curve_or_no_kind_is_refused_in_words(asked, said):
    with pytest.raises(CurveError, match=said):
        cf.predict_payoff(**{"curve": measured(), "kind": "qa", "n_train": 9, **asked})


def test_a_stated_number_of_examples_takes_the_place_of_the_pool():
    few, many = (cf.analyze(measured(), n_train=n) for n in (20, 20_000))
    assert (few.payoff.n_train, many.payoff.n_train) == (20, 20_000)
    assert few.payoff.gain.value < many.payoff.gain.value
    assert few.verdict == many.verdict


def test_the_same_curve_has_the_same_payoff_to_the_last_bit():
    assert cf.analyze(measured(), seed=3).payoff == cf.analyze(measured(), seed=3).payoff


@pytest.mark.parametrize("changed", [{"kind": ""}, {"pool": 0}])
def test_without_a_kind_or_examples_nothing_is_predicted(changed):
    assert cf.analyze(measured(**changed)).payoff is None


def test_a_curve_without_a_pool_is_predicted_for_stated_examples():
    assert cf.analyze(measured(pool=0), n_train=64).payoff.n_train == 64


def test_a_curve_of_means_has_no_kind_and_no_payoff():
    assert cf.analyze(cf.Curve.from_means([1, 4], [0.5, 0.6]), n_train=100).payoff is None


def test_a_curve_that_was_shown_is_concluded_from_like_any_other():
    curve = cf.Curve.from_means([0, 1, 4], [0.2, 0.5, 0.6], stderr=0.02)
    before = cf.analyze(curve)
    assert repr(curve)
    curve.points()
    assert cf.analyze(curve).forecast.at(16) == before.forecast.at(16)


@pytest.mark.parametrize("n", [0, -5])
def test_an_impossible_number_of_examples_is_refused(n):
    with pytest.raises(CurveError, match=f"n_train must be a whole number, 1 to 1,000,000,000, not {n}"):
        cf.analyze(measured(), n_train=n)


def test_importing_reads_no_evidence():
    script = (
        "import curvefit, curvefit.study; from curvefit.payoff.evidence import evidence;"
        "before = evidence.cache_info().currsize; evidence(); print(before, evidence.cache_info().currsize)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["0", "1"]


def test_a_measurement_says_where_its_task_was_read_and_what_it_asked(make_task, tmp_path, monkeypatch):
    design = cf.Design((0, 1), draws=1, items=6)
    made = cf.measure(make_task(), design, parse("simulated/flat"))
    assert made.path == ""
    same, other = (
        cf.measure(make_task(**changed), design, parse("simulated/flat")).asked
        for changed in ({"name": "renamed"}, {"instruction": "Answer well."})
    )
    assert made.asked == same != other
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "d.jsonl").write_text(
        "".join(f'{{"input": "question {i} {i * 7919}", "output": "{"ab"[i % 2]}"}}\n' for i in range(60))
    )
    for said in ("deep/d.jsonl", folder / "d.jsonl"):
        assert cf.load_task(said).path == "deep/d.jsonl"
    monkeypatch.chdir(folder)
    assert cf.load_task("../deep/d.jsonl").path == "../deep/d.jsonl"


def test_the_commonest_target_of_the_scored_items_reaches_report_and_advice(make_task, tmp_path):
    task = make_task()
    curve = cf.measure(task, cf.Design((0, 1, 2, 4), draws=2, items=6), parse("simulated/flat"))
    asked = [next(item.target for item in task.items if item.id == name) for name in curve.items]
    assert curve.commonest.sum() == max(map(asked.count, asked)) < 6
    never = cf.analyze(replace(curve, scores=np.zeros_like(curve.scores)))
    assert values(never, "constant")["over"] == never.over_constant
    always = cf.analyze(replace(curve, scores=np.ones_like(curve.scores), commonest=np.zeros(6)))
    assert "constant" not in [reason.code for reason in always.advice.reasons]
    cf.write_report(never, tmp_path)
    assert cf.read_study(tmp_path / "study.json").curve.commonest.tolist() == curve.commonest.tolist()


def beside(curve, truth=(0.5, 0.7, 0.9), **changed):
    rng = np.random.default_rng(8)
    scores = (rng.random((3, 1, 40)) < np.array(truth)[:, None, None]).astype(float)
    design = cf.Design((1, 4, 16), draws=1, items=40, selection="similar")
    return curve.beside(replace(curve, shots=np.array([1, 4, 16]), scores=scores, design=design, **changed))


def test_fine_tuning_has_to_beat_retrieved_examples_where_those_are_the_better_prompt():
    drawn, study = cf.analyze(measured()), cf.analyze(beside(measured()))
    assert (drawn.best.retrieved, study.best.retrieved) == (False, True)
    assert study.best.point == study.retrieved[2]
    assert study.payoff.gain.value < drawn.payoff.gain.value
    assert study.payoff == cf.predict_payoff(study.curve, kind="extraction", n_train=250), "asked either way"
    beat = float(np.median(accuracy_to_beat(study.best.shots, study.best.forecast)))
    near = cf.predict_payoff(replace(study.curve, retrieved=None), kind="extraction", n_train=250, retrieved=beat)
    assert study.payoff.gain.value == pytest.approx(near.gain.value, abs=0.06)  # there is little room left above
    assert (study.verdict, study.points) == (drawn.verdict, drawn.points), "the curve is judged as before"


def test_what_retrieved_examples_add_is_held_against_the_margin_without_the_errors_of_a_judge():
    judge = JudgeRecord("grader", False, 7_500, 10_000, 7_500, 10_000, 40)
    seen, behind = (cf.analyze(beside(replace(measured(), judge=known))) for known in (None, judge))
    assert behind.lead.value == pytest.approx(min(2 * seen.lead.value, 1.0))


def test_retrieved_examples_that_do_worse_change_no_prediction():
    drawn, study = cf.analyze(measured()), cf.analyze(beside(measured(), (0.1, 0.1, 0.2)))
    assert not study.best.retrieved
    assert study.best.point == max(study.points, key=lambda point: point.accuracy.value)
    assert study.payoff == drawn.payoff


def test_retrieved_examples_are_the_same_in_every_draw_so_that_draws_add_nothing_to_their_uncertainty():
    retrieved = beside(measured()).retrieved
    assert not retrieved.noise().draws.any()
    assert not retrieved.one_draw
    assert replace(retrieved, design=None).noise().draws.any(), "of one random draw something is assumed"


@pytest.mark.parametrize("changed", [{"task": "other"}, {"model": "other"}, {"items": ("a",)}, {"asked": "other"}])
def test_retrieved_examples_of_something_else_are_refused(changed):
    with pytest.raises(CurveError, match="same task, model and items"):
        beside(measured(), **changed)


def test_what_retrieved_examples_took_and_lacked_counts_with_the_rest():
    usage = Usage(5, 50, 0, 5, 0.5, 1.0)
    curve = measured(usage=usage, notes=(Note("task", "a"),), design=cf.Design((0, 1, 4, 16), 3, 40))
    found = beside(curve, notes=(Note("task", "a"), Note("asking", "b")), stopped="$1")
    assert (found.usage, found.notes, found.stopped) == (
        usage + usage, (Note("task", "a"), Note("asking", "b")), "$1"
    )  # fmt: skip
    silent = found.retrieved.scores.copy()
    silent[0, 0, :7] = np.nan
    assert curve.beside(replace(found.retrieved, scores=silent)).missing == curve.missing + 7


def test_similar_examples_are_measured_as_any_design_is(make_task):
    design = cf.Design((1, 4), draws=1, items=6, selection="similar")
    made = cf.measure(make_task(), design, parse("simulated/plateau"))
    assert made.scores.shape == (2, 1, 6)
    assert not made.drawn
    assert not np.isnan(made.scores).any()


def test_of_prompts_that_are_never_right_the_one_with_most_examples_stands_for_them():
    """Else what it gets wrong would be read off replies that never saw the form of an answer."""
    never = np.zeros((3, 2, 12))
    assert cf.analyze(cf.Curve(shots=[0, 1, 4], scores=never)).best.point.shots == 4
    once = never.copy()
    once[0, :, 0] = once[1, :, 0] = 1
    assert cf.analyze(cf.Curve(shots=[0, 1, 4], scores=once)).best.point.shots == 0


def test_standard_errors_that_so_many_items_cannot_have_are_noted_from_python_too():
    shots, means = [0, 1, 4], [0.2, 0.5, 1.0]
    kept = cf.analyze(cf.Curve.from_means(shots, means, stderr=0.05, n_items=100))
    assert kept.curve.notes == ()
    one = cf.analyze(cf.Curve.from_means(shots, means, stderr=[0.05, 0.05, 0.0], n_items=100))
    said = "the standard error at 4 shots is 0, which 100 items cannot have: taken from the items"
    assert [(note.origin, note.text) for note in one.curve.notes] == [("import", said)]
    assert said in " ".join(summary(one).split())
    both = cf.analyze(cf.Curve.from_means(shots, means, stderr=[0.05, 0.001, 0.0], n_items=100))
    assert [note.text for note in both.curve.notes] == [
        "the standard errors at 1, 4 shots are smaller than the items can have: taken from the items"
    ]
    assert cf.analyze(both.curve).curve.notes == both.curve.notes, "once"
    assert "impossible" not in to_record(both)["measurement"]["summary"]


def test_a_kind_that_is_nearly_a_known_one_is_refused_and_another_is_not():
    curve = cf.Curve.from_means([0, 1, 2], [0.2, 0.3, 0.4], n_items=100)
    for conclude in (cf.analyze, cf.predict_payoff):
        with pytest.raises(cf.CurvefitError, match="'clasification' is no known kind of task; did you mean 'classif"):
            conclude(curve, kind="clasification", n_train=100)
    for kind in ("poetry", "foo", "Multilingual-QA", "SQL"):
        assert cf.analyze(curve, kind=kind, n_train=100).payoff is not None


def test_a_mean_of_which_nothing_else_is_known_is_noted_however_its_curve_was_made():
    nan = float("nan")
    partly = cf.analyze(cf.Curve.from_means([0, 1, 2], [0.2, 0.3, 0.4], stderr=[nan, 0.1, 0.1])).curve.notes
    assert [note.text for note in partly] == [
        "no error bars were given at 0 shots: intervals assume 100 items a mean; stderr or n_items would replace that"
    ]
    bare = cf.analyze(cf.Curve.from_frame({"shots": [0, 4], "accuracy": [0.2, 0.5]})).curve
    assert [note.text.partition(":")[0] for note in bare.notes] == ["no error bars were given"]
    assert cf.analyze(bare).curve.notes == bare.notes, "once"
    assert cf.analyze(cf.Curve.from_means([0, 4], [0.2, 0.5], n_items=[60, 60])).curve.notes == ()


def test_more_items_than_the_task_has_are_noted_where_somebody_named_them():
    task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], scorer="number")
    model, shots = cf.resolve("simulated/flat"), (0, 1)
    notes = [
        [str(note) for note in cf.measure(task, cf.Design(shots, 1, **items), model).notes]
        for items in ({"items": 10_000}, {}, {"items": 30})
    ]
    assert notes[0] == [*notes[1], "10,000 items were to be scored, and the task has 30"]
    assert notes[1] == notes[2]


def test_half_an_item_is_no_number_of_items():
    with pytest.raises(cf.CurvefitError, match=r"n_items 2.5 is no number of items"):
        cf.Curve.from_means([0, 4], [0.2, 0.5], n_items=2.5)


def test_a_folder_that_cannot_be_written_is_refused_without_naming_an_option(tmp_path):
    (tmp_path / "file").write_text("")
    study = cf.analyze(cf.Curve.from_means([0, 4], [0.2, 0.5], n_items=60))
    with pytest.raises(cf.CurvefitError, match=r"use another folder$"):
        cf.write_report(study, tmp_path / "file" / "out")


def _capped(easy, *, retrieved=False):
    """Four prompts on 30 items, of which a spending limit left the last with 22: all right, as are others there."""
    scores = np.full((2, 1, 30), np.nan)
    scores[0, 0] = np.arange(30) < 24  # right on the first 24: 80% in all, and all of the first 22
    scores[1, 0, :22] = np.arange(22) < easy
    about = {"task": "t", "model": "openai/m", "items": tuple(map(str, range(30))), "stopped": "--max-calls 52"}
    whole = Measurement(shots=np.array([0, 4]), scores=scores, **about)
    if not retrieved:
        return whole
    first, last = (
        Measurement(shots=np.array([4]), scores=rows[None], design=cf.Design((4,), 1, 30, selection=selection), **about)
        for rows, selection in zip(scores, ("random", "similar"), strict=True)
    )
    return first.beside(last)


@pytest.mark.parametrize("retrieved", [False, True])
@pytest.mark.parametrize("easy", [20, 22])
def test_prompts_that_a_cap_left_with_fewer_items_are_compared_on_those_they_have_in_common(retrieved, easy):
    """20 of 22 are 91%, and 24 of 30 but 80%: these are right on all of the 22."""
    study = cf.analyze(_capped(easy, retrieved=retrieved))
    assert study.best.point.n_items == 30
    assert (study.best.point.shots, study.best.retrieved) == ((4, False) if retrieved else (0, False))
    curve, shots = best_measured(study.curve)
    assert (curve is study.best.curve, shots) == (True, study.best.point.shots)
    said = "The best prompt is picked on the 22 of 30 items that all prompts were scored on."
    assert said in summary(study, verbose=True, width=200)
    assert said in remarks(study)


def test_a_prompt_that_a_cap_left_with_too_few_items_is_counted_as_measured_and_not_among_those_picked_from():
    whole = _capped(22)
    few = np.full((1, 1, 30), np.nan)
    few[..., :2] = 1.0
    study = cf.analyze(replace(whole, shots=np.array([0, 4, 8]), scores=np.concatenate([whole.scores, few])))
    said = "The best prompt is picked on the 22 of 30 items that the 2 prompts with enough items share."
    assert said in remarks(study)
    assert "Measured 3 prompts in " in "".join(settle_lines(study, []))


def _ended_by_a_cap(shots, items=2):
    """A measurement that a cap ended with a few items, all right, at the last number of shots; and one without it."""
    curve = measured()
    rows = np.isin(curve.shots, shots)
    whole = replace(curve, shots=curve.shots[rows], scores=curve.scores[rows])
    scores = whole.scores.copy()
    scores[-1] = np.where(np.arange(40) < items, 1.0, np.nan)
    before = replace(whole, shots=whole.shots[:-1], scores=whole.scores[:-1])
    return replace(whole, scores=scores, stopped="--max-calls 400"), before


def test_what_a_cap_left_of_the_last_number_of_shots_says_nothing_of_the_curve():
    """From 0 to 128 shots it changed by -100 to +100 points, by 2 of 100 items: that was said of a sure rise to 64."""
    capped, before = map(cf.analyze, _ended_by_a_cap((0, 1, 4, 16)))
    assert [point.shots for point in capped.points] == [0, 1, 4, 16], "it is shown"
    assert (capped.verdict, capped.verdict.horizon) == (before.verdict, 16)
    assert capped.forecast.at(4) == before.forecast.at(4)
    assert capped.payoff.rule == before.payoff.rule
    assert cf.predict_payoff(capped.curve, kind="extraction", n_train=250).rule == before.payoff.rule
    assert trend_sentence(capped) == trend_sentence(before)
    assert " at 4 shots" in trend_sentence(capped)
    assert "points from 4 to 16 random ones" in summary(capped, width=200)
    enough, _ = _ended_by_a_cap((0, 1, 4, 16), items=20)
    assert cf.analyze(enough).forecast.draws.last == 16
    missing = replace(capped.curve, stopped="")
    assert cf.analyze(missing).forecast.draws.last == 16, "other replies are missing for a reason"


def test_one_number_of_shots_with_enough_items_is_no_curve():
    capped = cf.analyze(_ended_by_a_cap((0, 16))[0])
    assert not capped.has_forecast
    one = "One number of shots was measured on enough items: that is no curve yet, and nothing is forecast."
    assert trend_sentence(capped) == one
    assert one in summary(capped, verbose=True, width=200)


def test_a_best_prompt_that_a_cap_left_with_fewer_items_says_of_how_many_it_is():
    whole = _capped(22)
    scores = whole.scores.copy()
    scores[0, 0, :3] = 0.0
    measured = replace(whole, scores=scores)
    study = cf.analyze(measured)
    assert study.best.point.shots == 4
    assert "accuracy with 4 examples, on 22 of 30 items" in summary(study, width=200)
    assert tiles(study)[0].note.startswith(f"({span(study.best.point.accuracy)}) with 4 examples, on 22 of 30 items")
    finished = replace(measured, stopped="")
    assert "of 30 items" not in summary(cf.analyze(finished), width=200), "a reply that failed is said elsewhere"


@pytest.mark.parametrize(
    ("stopped", "said"), [("", "Ship the best prompt;"), ("--max-calls 52", "Use the best prompt for now;")]
)
def test_a_prompt_is_used_for_now_while_what_a_cap_ended_is_to_be_finished(stopped, said):
    about = {"task": "t", "kind": "classification", "model": "openai/m", "pool": 200, "stopped": stopped}
    scores = np.ones((2, 2, 300))
    scores[1, 1, 200:] = np.nan
    curve = Measurement(shots=np.array([0, 4]), scores=scores, items=tuple(map(str, range(300))), **about)
    study = cf.analyze(replace(curve, command=("curvefit", "run", "t"), design=cf.Design((0, 4), 2, 300)), n_train=200)
    assert study.advice.training == "does not pay"
    assert ship_sentence(study).startswith(said)


def test_training_that_pays_in_money_is_one_of_three_steps_and_no_fourth():
    """Seen: ship, more-items, see-errors and fine-tune."""
    costs = Costs(400_000, 1.0, 0.5, training_usd=300, hosting_usd_per_month=0, error_usd=0.4)
    known = with_costs(cf.read_study("reports/reviews/local-gemma3-270m"), costs)
    assert known.paid_in_money is not None
    assert [step.code for step in known.advice.next_steps] == ["ship", "measure-retrieved", "fine-tune"]
