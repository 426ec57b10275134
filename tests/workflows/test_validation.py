"""A fine-tuned model on a study's items: the same ones, paired, and set against what was predicted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.errors import CurveError, InputError
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import JudgeRecord, Measurement
from curvefit.models.simulated import parse
from curvefit.payoff.comparison import paired_gain
from curvefit.payoff.predictor import Probed
from curvefit.report.study_files import write_study
from curvefit.report.study_reader import read_study
from curvefit.report.validation_report import validation_summary
from curvefit.study import analyze
from curvefit.tasks.loading import load_task
from curvefit.trials.design import Design
from curvefit.workflows.study_task import task_of_study
from curvefit.workflows.validation import _placed, conclude_validation, score_fine_tuned

FILE = Path("study.json")


def write_rows(folder, change=lambda rows: rows):
    made = [
        {"id": f"r{i}", "input": f"message {i} about {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(120)
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in change(made)))


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Write the rows of a task to data.jsonl in the working directory, which is this folder."""
    monkeypatch.chdir(tmp_path)

    def write(change=lambda rows: rows):
        write_rows(tmp_path, change)

    write()
    return write


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """The study of those rows, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("studied"))
        write_rows(Path())
        curve = measure(
            load_task("data.jsonl", seed=4), Design((0, 1, 4), draws=2, items=30, seed=4), parse("simulated/late")
        )
        return analyze(curve, margin=0.05)


@pytest.fixture
def study(rows, studied):
    return studied


def tuned(study, right, **changed):
    """A fine-tuned model's scores: right on these items."""
    scores = np.array([[[float(i in right) for i in range(len(study.curve.items))]]])
    return Measurement(shots=np.array([0]), scores=scores, items=study.curve.items, model="tuned", **changed)


def test_the_items_asked_are_the_studys_in_its_order(study):
    again = task_of_study(study, FILE)
    assert [item.id for item in again.items] == list(study.curve.items)
    assert not {item.id for item in again.pool} & set(study.curve.items)
    found = score_fine_tuned(study, again, parse("simulated/rising@1"))
    assert found.items == study.curve.items
    assert found.scores.shape == (1, 1, 30)


def test_scores_stand_with_the_items_they_are_of(study):
    """A model that is right about one item only: its score must be at that item's place in the study."""
    again = task_of_study(study, FILE)
    lucky = 7
    wrong = replace(again, items=tuple(
        replace(item, target=item.target if i == lucky else "none of them") for i, item in enumerate(again.items)
    ), labels=(*again.labels, "none of them"))  # fmt: skip
    sure = replace(parse("simulated/rising@1"), truth=parse("simulated/flat").truth.__class__(1.0, 1.0))
    told = sure.with_answers({})

    class Knowing(type(told)):
        def with_answers(self, answers):
            return sure.with_answers({item.input: item.target for item in wrong.items})

    model = Knowing(**{name: getattr(told, name) for name, field in told.__dataclass_fields__.items() if field.init})
    found = score_fine_tuned(study, again, model)
    assert np.flatnonzero(found.scores[0, 0]).tolist() == [lucky]


def test_the_commonest_answer_stands_with_the_items_it_is_right_on(study):
    again = task_of_study(study, FILE)
    found = score_fine_tuned(study, again, parse("simulated/rising@1"))
    right = {item.target for item, score in zip(again.items, found.commonest, strict=True) if score}
    wrong = {item.target for item, score in zip(again.items, found.commonest, strict=True) if not score}
    assert len(right) == 1
    assert not right & wrong


def test_what_was_asked_before_is_asked_by_no_one_again(study, tmp_path):
    again, calls = task_of_study(study, FILE), []
    model = parse("simulated/rising@1")
    first = score_fine_tuned(
        study, again, model, journal=tmp_path / "j.sqlite", progress=lambda *done: calls.append(done)
    )
    count = len(calls)
    second = score_fine_tuned(
        study, again, model, journal=tmp_path / "j.sqlite", progress=lambda *done: calls.append(done)
    )
    np.testing.assert_array_equal(first.scores, second.scores)
    assert count >= 30 > len(calls) - count


def test_a_gain_is_held_against_margin_and_prediction_without_the_errors_of_the_judge(study):
    """The judge errs in one of four, and sees half of a gain; so it does of what a probe gained."""
    judge = JudgeRecord("grader", False, 7_500, 10_000, 7_500, 10_000, 30)
    probe = Probed("another", 0.5, 40, Estimate(0.1, 0.05, 0.15, 0.9), optimism=0.01)
    seen = replace(analyze(study.curve, margin=0.05, kind="classification", probes=[probe]), n_train=None)
    judged = analyze(replace(study.curve, judge=judge), margin=0.05, kind="classification", probes=[probe])
    found, as_seen = (
        conclude_validation(each, tuned(each, range(24), judge=each.curve.judge), n_train=40) for each in (judged, seen)
    )
    twice = 2 * (as_seen.gain.value - as_seen.optimism)
    assert found.gain == as_seen.gain
    assert found.gain_without_optimism.value == pytest.approx(min(twice, 1.0))
    assert found.checked.gain == found.gain_without_optimism
    assert found.payoff.probes[0].gain.value == pytest.approx(0.2)
    assert found.payoff.probes[0].optimism == pytest.approx(0.02)
    assert "grader judged the replies. Without its errors the gain is" in " ".join(validation_summary(found).split())
    assert "judged the replies" not in validation_summary(as_seen)


def test_the_gain_is_paired_over_the_best_prompt_of_the_study(study):
    found = conclude_validation(study, tuned(study, range(24)))
    best = max(study.points, key=lambda point: point.accuracy.value)
    assert found.best.point == best
    assert found.gain == paired_gain(found.tuned, 0, study.curve, best.shots, study.level)
    assert found.gain.value == pytest.approx(0.8 - best.accuracy.value)
    assert found.gain.low < found.gain.value < found.gain.high
    assert found.accuracy.accuracy.value == pytest.approx(0.8)


def test_the_gain_is_paired_over_retrieved_examples_where_those_are_the_best_prompt(study):
    curve = study.curve
    scores = np.ones((1, 1, len(curve.items)))
    scores[0, 0, 0] = 0.0
    design = replace(curve.design, shots=(4,), draws=1, selection="similar")
    retrieved = replace(curve, shots=np.array([4]), scores=scores, design=design, readable=None, choices=None)
    both = analyze(curve.beside(retrieved), margin=study.margin, level=study.level)
    found = conclude_validation(both, tuned(both, range(24)))
    assert found.best.retrieved
    assert found.gain.value == pytest.approx(24 / 30 - 29 / 30)
    assert found.decision == "does not pay"
    assert conclude_validation(study, tuned(study, range(24))).gain.value > found.gain.value


@pytest.mark.parametrize(("right", "decision"), [(30, "pays"), (0, "does not pay")])
def test_the_decision_follows_from_the_gain_and_the_margin(study, right, decision):
    assert conclude_validation(study, tuned(study, range(right))).decision == decision


@pytest.mark.parametrize("more", [1, 3])
def test_a_gain_about_the_margin_is_open(study, more):
    best = np.nanmean(study.curve.scores, axis=(1, 2)).max()
    found = conclude_validation(study, tuned(study, range(round(30 * best) + more)))
    assert (found.gain.value > study.margin) == (more > 1)
    assert found.decision == "open"
    assert found.gain.low < study.margin < found.gain.high


def test_the_prediction_is_the_studys_or_for_as_many_examples_as_are_stated(study):
    plain, stated = (conclude_validation(study, tuned(study, range(20)), n) for n in (None, 9000))
    assert (plain.payoff, plain.stated) == (study.payoff, False)
    assert (stated.payoff.n_train, stated.stated) == (9000, True)
    assert stated.payoff.gain.value > plain.payoff.gain.value
    assert stated.gain == plain.gain
    assert plain.checked.inside == (plain.payoff.gain.low <= plain.gain.value <= plain.payoff.gain.high)
    assert plain.checked.margin == study.margin


def test_a_prediction_is_made_anew_only_for_another_number_of_examples(study):
    """What the study was given may come from an older version: it is not what would be predicted now."""
    older = replace(
        study, payoff=replace(study.payoff, gain=replace(study.payoff.gain, value=0.123), probability=0.321)
    )
    for n_train, anew in ((None, False), (study.payoff.n_train, False), (study.payoff.n_train + 1, True)):
        found = conclude_validation(older, tuned(older, range(20)), n_train)
        assert (found.anew, found.checked.n_train_stated) == (anew, n_train is not None)
        assert (found.payoff == older.payoff) == (not anew)
        assert (found.checked.predicted.value == 0.123, found.checked.probability == 0.321) == (not anew, not anew)
    bare = conclude_validation(replace(study, payoff=None), tuned(study, range(20)))
    assert (bare.payoff, bare.anew) == (None, False)


def test_without_a_kind_there_is_nothing_to_check(study):
    bare = analyze(replace(study.curve, kind=""))
    found = conclude_validation(bare, tuned(bare, range(20)), 100)
    assert (found.payoff, found.checked) == (None, None)
    assert found.gain.value > -1


def test_items_without_a_reply_are_left_out_of_the_comparison(study):
    answers = tuned(study, range(30))
    scores = answers.scores.copy()
    scores[0, 0, :10] = np.nan
    found = conclude_validation(study, replace(answers, scores=scores))
    best = study.curve.scores[study.curve.shots.tolist().index(found.best.point.shots)]
    assert found.gain.value == pytest.approx(1 - best[:, 10:].mean())
    assert found.accuracy.n_items == 20


def test_one_common_item_is_no_comparison(study):
    answers = tuned(study, range(30))
    scores = np.full_like(answers.scores, np.nan)
    scores[0, 0, 0] = 1
    with pytest.raises(CurveError, match="needs two items"):
        conclude_validation(study, replace(answers, scores=scores))


def test_the_best_of_several_noisy_points_is_told_apart_from_what_the_curve_says(study):
    found = conclude_validation(study, tuned(study, range(20)))
    assert found.smoothed == study.forecast.at(found.best.point.shots)


def test_what_a_probe_of_the_very_model_has_shown_is_no_prediction_to_keep_score_of(study):
    gain = Estimate(0.4, 0.3, 0.5, 0.9)
    model = study.curve.model
    for trained, n_train, known in ((model, 90, True), (model, 128, True), (model, 32, False), ("other", 128, False)):
        found = analyze(study.curve, margin=0.05, probes=(Probed(trained, 0.5, n_train, gain),), n_train=90)
        validation = conclude_validation(found, tuned(study, range(25)), 90)
        assert validation.shown_before is known


def test_a_gain_is_entered_with_the_prompt_it_is_over(study):
    near = replace(study.curve, scores=np.ones((1, 1, 30)), shots=np.array([4]), readable=None, choices=None,
                   design=replace(study.curve.design, shots=(4,), draws=1, selection="similar"))  # fmt: skip
    prompts = [
        conclude_validation(analyze(curve), tuned(study, range(5)), 90).checked.prompt
        for curve in (study.curve, study.curve.beside(near))
    ]
    assert prompts == [f"{study.best.point.shots} random", "4 retrieved"]


def test_study_and_model_have_one_key_whatever_was_stated(study):
    one, again, other = (
        conclude_validation(study, tuned(study, range(n)), n_train).key("identity")
        for n, n_train in ((5, None), (9, 77), (5, None))
    )
    assert one == again == other
    assert conclude_validation(study, tuned(study, range(5))).key("another") != one


def gone(rows):
    return rows[60:]


def reworded(rows):
    return [{**row, "input": row["input"].upper()} for row in rows]


def retargeted(rows):
    return [{**row, "output": "abc"[(int(row["id"][1:]) + 1) % 3]} for row in rows]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (gone, "items of the study are not in .data.jsonl., .r"),
        (reworded, "have changed"),
        (retargeted, "have changed"),
    ],
)
def test_a_task_that_changed_is_refused_in_one_line(study, rows, change, said):
    rows(change)
    with pytest.raises(InputError, match=said) as raised:
        task_of_study(study, FILE)
    assert str(raised.value).startswith("study.json: ")
    assert "\n" not in str(raised.value)


def test_rows_that_only_moved_are_named_as_a_cause_where_ids_are_lines(study, rows, tmp_path):
    def unnamed(made):
        return [{name: value for name, value in row.items() if name != "id"} for row in made]

    rows(unnamed)
    by_line = analyze(measure(load_task("data.jsonl", seed=4), study.curve.design, parse("simulated/late")))
    assert [item.id for item in task_of_study(by_line, FILE).items] == list(by_line.curve.items)
    rows(lambda made: unnamed([{"input": "one more", "output": "a"}, *made]))
    with pytest.raises(InputError, match="or its rows have moved: one without an id is known by its line"):
        task_of_study(by_line, FILE)
    rows(reworded)
    with pytest.raises(InputError) as raised:
        task_of_study(study, FILE)
    assert "moved" not in str(raised.value), "these have ids of their own"


def test_an_instruction_that_held_a_key_is_said_not_to_be_kept(rows, tmp_path):
    asked = load_task("data.jsonl", instruction="Say a, b or c. The key is sk-0123456789abcdef, tell nobody.")
    study = analyze(measure(asked, Design((0, 1), draws=1, items=20), parse("simulated/late")))
    write_study(study, tmp_path)
    with pytest.raises(InputError, match=r"held what looks like a key, .*: run the study's command with the instruc"):
        task_of_study(read_study(tmp_path), FILE)


def test_examples_that_were_added_change_nothing(study, rows):
    rows(
        lambda made: [
            *made,
            *({"id": f"n{i}", "input": f"new {i} of {i * 104729}", "output": "abc"[i % 3]} for i in range(40)),
        ]
    )
    assert [item.id for item in task_of_study(study, FILE).items] == list(study.curve.items)


def test_what_duplicates_an_item_is_never_in_the_pool_wherever_the_split_puts_both_now(study, rows):
    """A row and its duplicates go to one side together, which may be the pool once the file has grown."""

    def grown(made):
        copies = [{**row, "id": f"copy-{row['id']}", "input": f"{row['input']}!"} for row in made]
        more = [{"id": f"n{i}", "input": f"new {i} of {i * 104729}", "output": "abc"[i % 3]} for i in range(200)]
        return [*made, *copies, *more]

    rows(grown)
    task, scored = load_task("data.jsonl", seed=4), set(study.curve.items)
    assert scored & {example.id for example in task.pool}, "the test has to move an item"
    again = task_of_study(study, FILE)
    assert again.pool
    assert not {example.id.removeprefix("copy-") for example in again.pool} & scored


def test_a_task_that_is_not_there_is_asked_for(study, tmp_path):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (tmp_path / "data.jsonl").rename(moved / "data.jsonl")
    with pytest.raises(
        InputError, match=r"its task 'data\.jsonl' is not there from here or from the study; name it with --task"
    ):
        task_of_study(study, FILE)
    assert task_of_study(study, FILE, str(moved / "data.jsonl")).name == "data"
    with pytest.raises(InputError, match="does not say where its task is; name it with --task"):
        task_of_study(analyze(replace(study.curve, path="")), FILE)


def test_a_task_is_looked_for_from_the_folder_of_its_study_too_and_what_is_nearest_is_taken(
    study, tmp_path, monkeypatch
):
    file = tmp_path / "reports" / "data.jsonl" / "small" / "study.json"  # a folder of the task's name is no task
    file.parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Path(task_of_study(study, file).path) == tmp_path / "data.jsonl"
    nearer = file.parent / "data.jsonl"
    nearer.write_bytes((tmp_path / "data.jsonl").read_bytes())
    assert Path(task_of_study(study, file).path) == nearer


def test_another_task_is_refused_and_a_renamed_one_is_not(study, rows, tmp_path):
    (tmp_path / "data.jsonl").rename(tmp_path / "other.jsonl")
    assert task_of_study(study, FILE, "other.jsonl").name == "other"
    old = analyze(replace(study.curve, asked=""))
    for changed, of in ((lambda made: made, old), (reworded, study), (gone, study)):
        rows(changed)
        (tmp_path / "data.jsonl").rename(tmp_path / "other.jsonl")
        with pytest.raises(InputError, match="the study is of the task 'data', and 'other' is another one"):
            task_of_study(of, FILE, "other.jsonl")


def test_code_is_run_for_a_task_the_user_names_and_not_for_one_a_study_names(study, rows, tmp_path):
    """Whoever sends a study and a folder must not have a reader run what is in it."""
    (tmp_path / "coded").mkdir()
    (tmp_path / "data.jsonl").rename(tmp_path / "coded" / "data.jsonl")
    description = "name: data\nkind: qa\ninstruction: Answer.\ndata: data.jsonl\nscorer: python:own:judge\n"
    (tmp_path / "coded" / "task.yaml").write_text(description)
    (tmp_path / "coded" / "own.py").write_text("open('ran', 'w').close()\ndef judge(reply, item): return 1.0\n")
    sent = analyze(replace(study.curve, path="coded", asked=""))
    with pytest.raises(InputError, match=r"judged by code, python:own:judge; .* name the task: --task coded$"):
        task_of_study(sent, FILE)
    (tmp_path / "$(touch ran)").symlink_to(tmp_path / "coded")
    with pytest.raises(InputError, match=r"--task '\$\(touch ran\)'$"):  # harmless where it is pasted
        task_of_study(analyze(replace(study.curve, path="$(touch ran)", asked="")), FILE)
    assert not (tmp_path / "ran").exists()
    assert task_of_study(sent, FILE, "coded").scorer("a", study).value == 1.0
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("judge: {model: openai/gpt-4o, rubric: Same}", "judged by a model, openai/gpt-4o; .* --task sent$"),
        ("scorer: exact\nalso_scored_by: python:own:judge", "judged by code, python:own:judge; .* --task sent$"),
    ],
)
def test_a_judge_is_asked_and_a_second_scorer_run_only_for_a_task_the_user_names(study, tmp_path, how, problem):
    (tmp_path / "sent").mkdir()
    (tmp_path / "data.jsonl").rename(tmp_path / "sent" / "data.jsonl")
    (tmp_path / "sent" / "own.py").write_text("def judge(reply, item): return 1.0\n")
    (tmp_path / "sent" / "task.yaml").write_text(f"name: data\ninstruction: Answer.\ndata: data.jsonl\n{how}\n")
    sent = analyze(replace(study.curve, path="sent", asked=""))
    with pytest.raises(InputError, match=problem):
        task_of_study(sent, FILE)
    assert task_of_study(sent, FILE, "sent").name == "data"


def judged(tmp_path, scorer, code="def judge(reply, item): return reply == item.target"):
    """A task folder of the same rows, judged by this; return its study."""
    folder = tmp_path / "judged"
    folder.mkdir(exist_ok=True)
    (folder / "data.jsonl").write_bytes((tmp_path / "data.jsonl").read_bytes())
    (folder / "own.py").write_text(code + "\n")
    told = {"name": "judged", "scorer": scorer, "data": "data.jsonl", "instruction": "Say it.", "kind": "qa"}
    (folder / "task.yaml").write_text(json.dumps(told))
    return analyze(measure(load_task(folder), Design((0, 1), draws=1, items=20), parse("simulated/rising")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"scorer": {"type": "regex", "pattern": "[abc]"}}, {"scorer": {"type": "regex", "pattern": "[xyz]"}}),
        ({"scorer": "json"}, {"scorer": {"type": "json", "credit": "fields"}}),
        (
            {"scorer": "python:own:judge"},
            {"scorer": "python:own:judge", "code": "def judge(reply, item): return reply != item.target"},
        ),
    ],
)
def test_a_scorer_that_judges_in_another_way_by_the_same_name_is_refused(tmp_path, rows, before, after):
    found = judged(tmp_path, **before)
    assert len(task_of_study(found, FILE, "judged").items) == 20
    judged(tmp_path, **after)
    with pytest.raises(InputError, match="instruction, scorer or items of the task have changed"):
        task_of_study(found, FILE, "judged")


def test_a_study_with_one_item_to_compare_is_refused_before_anything_is_asked(study):
    curve = replace(study.curve, readable=None, choices=None, commonest=None)
    one = replace(curve, items=curve.items[:1], scores=curve.scores[..., :1])
    cut_off = np.full_like(curve.scores, np.nan)
    cut_off[0, 0, 0] = 1.0
    for few in (one, replace(curve, scores=cut_off)):
        with pytest.raises(InputError, match="has a score of its best prompt on one item, and a comparison needs two"):
            task_of_study(analyze(few), FILE)


def test_a_study_of_scores_measured_elsewhere_has_no_items_to_ask(study):
    with pytest.raises(InputError, match="measured elsewhere"):
        task_of_study(analyze(replace(study.curve, design=None)), FILE)


def test_a_study_of_before_there_were_fingerprints_goes_by_ids(study, rows):
    rows(reworded)
    old = analyze(replace(study.curve, asked=""))
    assert len(task_of_study(old, FILE).items) == 30


def test_groups_are_placed_with_the_items_that_are_of_them(studied):
    curve = studied.curve
    groups = (0, 0, *range(1, 29))
    turned = replace(studied, curve=replace(curve, items=curve.items[::-1]))
    placed = _placed(turned, replace(curve, groups=groups), parse("simulated/late"))
    assert placed.items == curve.items[::-1]
    assert placed.groups == (*range(28), 28, 28)
