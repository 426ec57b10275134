from __future__ import annotations

import json

import numpy as np
import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import read_scores
from curvefit.study import analyze

# Of the samples of written/lm-eval, one line a number of shots, and in the last line the draw with another seed.
ACC = [[0, 0, 1, 1, 1, 1], [1, 1, 1, 0, 1, 0], [1, 1, 0, 0, 1, 0], [1, 0, 1, 0, 0, 1]]
OTHER_DRAW = [1, 1, 1, 1, 0, 0]


def one_a_row(curve):
    """The scores of the first draw at each number of shots."""
    return [next(draw.tolist() for draw in row if not np.isnan(draw).all()) for row in curve.scores]


def without_samples(folder):
    for file in folder.glob("samples_*"):
        file.unlink()
    return folder


def test_samples_give_every_score_with_items_paired_and_fewshot_seeds_as_draws(written):
    curve = read_scores(written / "lm-eval", metric="acc")
    assert curve.shots.tolist() == [0, 1, 2, 4]
    assert one_a_row(curve) == ACC
    assert curve.scores[3, -1].tolist() == OTHER_DRAW
    assert [point.n_draws for point in curve.points()] == [1, 1, 1, 2]
    assert (curve.task, curve.model) == ("capitals", "coin")
    assert [item.split(":")[0] for item in curve.items] == ["0", "1", "2", "3", "4", "5"]


def test_samples_without_their_results_say_what_is_to_lie_beside_them(changed):
    folder = changed("lm-eval")
    for file in folder.glob("results_*"):
        file.unlink()
    first = sorted(folder.iterdir())[0]
    for path in (folder, first):
        with pytest.raises(
            InputError, match=r"samples_capitals_2026.*00\.000000\.jsonl: needs results_2026-.*\.json besi"
        ):
            read_scores(path, metric="acc")


def test_samples_of_one_run_without_its_results_are_named_and_the_others_read(changed):
    folder = changed("lm-eval")
    sorted(folder.glob("results_*"))[4].unlink()
    curve = read_scores(folder, metric="acc")
    assert [point.n_draws for point in curve.points()] == [1, 1, 1, 1]
    last = sorted(folder.glob("samples_*"))[4]
    assert curve.notes[0].text == f"1 run without a result is left out: {last.name} (no results_*.json beside it)"


def test_several_metrics_ask_for_a_choice(written):
    with pytest.raises(InputError, match=r"2 metrics are in here .* --metric: acc, acc_norm$"):
        read_scores(written / "lm-eval")
    assert read_scores(written / "lm-eval", metric="acc_norm").means.tolist() == pytest.approx(
        [1 / 6, 2 / 6, 2 / 6, 1 / 4]
    )


def test_several_tasks_ask_for_a_choice(written):
    with pytest.raises(InputError, match=r"2 tasks are in here .* --task: capitals, cities$"):
        read_scores(written / "lm-eval-two-tasks", metric="acc")
    curve = read_scores(written / "lm-eval-two-tasks", task="cities", metric="acc")
    assert (curve.task, curve.shots.tolist()) == ("cities", [1])


def test_files_and_all_that_lies_beside_them_may_be_named(written):
    files = sorted((written / "lm-eval").iterdir())
    assert one_a_row(read_scores(*files, metric="acc")) == ACC


def test_without_samples_there_are_means_and_standard_errors(changed):
    files = sorted(without_samples(changed("lm-eval")).iterdir())[:4]
    curve = read_scores(*files, metric="acc")
    assert curve.means.tolist() == pytest.approx([4 / 6, 4 / 6, 3 / 6, 3 / 6])
    assert curve.summary.stderr.tolist() == pytest.approx([0.2108, 0.2108, 0.2236, 0.2236], abs=1e-4)
    assert curve.summary.n_items.tolist() == [6, 6, 6, 6]


@pytest.mark.parametrize(("field", "said"), [("acc,none", "no mean of scores"), ("acc_stderr,none", "no number")])
def test_a_verdict_is_no_mean_over_items(changed, field, said):
    file = sorted(without_samples(changed("lm-eval")).iterdir())[0]
    document = json.loads(file.read_text())
    document["results"]["capitals"][field] = True
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=f"results.capitals.{field}: True is {said}"):
        read_scores(file, metric="acc")


def _all_right(folder, **more):
    for file in folder.glob("results_*"):
        document = json.loads(file.read_text())
        document["results"]["capitals"] |= {"acc,none": 1.0, "acc_stderr,none": 0.0}
        file.write_text(json.dumps({**document, **more}))
    return without_samples(folder)


def test_an_error_of_0_where_all_are_right_is_no_certainty(changed):
    curve = read_scores(_all_right(changed("lm-eval")), metric="acc")
    assert max(point.accuracy.low for point in curve.points()) < 0.8  # of 6 items
    # Before what is said of every file of this tool, so that a first look has it.
    assert "smaller than the items can have: taken from the items" in curve.notes[0].text


def test_an_error_of_0_of_unknown_items_is_refused(changed):
    folder = _all_right(changed("lm-eval"), **{"n-samples": {}})
    with pytest.raises(InputError, match=r"results_.*json: acc: the standard error at 0 shots is 0, which would be"):
        read_scores(folder, metric="acc")


def test_a_verdict_on_one_item_is_a_score(changed):
    folder = changed("lm-eval")
    for file in folder.glob("samples_*"):
        samples = [json.loads(line) for line in file.read_text().splitlines()]
        lines = [json.dumps({**sample, "acc": bool(sample["acc"])}) for sample in samples]
        file.write_text("\n".join(lines))
    assert one_a_row(read_scores(folder, metric="acc")) == ACC


def test_means_of_two_seeds_are_two_draws(changed):
    curve = read_scores(without_samples(changed("lm-eval")), metric="acc")
    assert curve.means.tolist() == pytest.approx([4 / 6, 4 / 6, 3 / 6, 7 / 12])
    assert [point.n_draws for point in curve.points()] == [0, 0, 0, 2]
    assert curve.summary.stderr[3] == pytest.approx(_stderr_of_one_seed(changed("lm-eval")), rel=0.05)


def _stderr_of_one_seed(folder):
    """The error that the harness gives one seed at 4 shots: its items had examples of their own, so that is all."""
    file = sorted(folder.glob("results_*"))[3]
    return json.loads(file.read_text())["results"]["capitals"]["acc_stderr,none"]


def test_examples_of_each_item_alone_add_no_spread_between_draws(written):
    """The examples at 4 shots do not begin with those at 2, and one item's are not another's."""
    curve = read_scores(written / "lm-eval", metric="acc")
    assert (curve.own_examples, curve.crossed, curve.drawn, curve.one_draw) == (True, False, True, False)
    assert not curve.noise().draws.any()
    assert [point.spread.draws for point in curve.points()][3] == 0.0
    assert "one-draw" not in {reason.code for reason in analyze(curve).verdict.reasons}
    assert any("every item examples of its own" in note.text for note in curve.notes)


def test_a_task_that_shows_its_first_examples_has_nested_draws(changed):
    folder = changed("lm-eval")
    for file in folder.glob("results_*"):
        document = json.loads(file.read_text())
        document["configs"]["capitals"]["fewshot_config"]["sampler"] = "first_n"
        file.write_text(json.dumps(document))
    sorted(folder.glob("results_*"))[-1].unlink()
    curve = read_scores(folder, metric="acc")
    assert curve.scores[:, 0].tolist() == ACC
    assert curve.noise().draws[1, 2] > 0
    assert (curve.own_examples, curve.crossed) == (False, True)
    assert not any("independent" in note.text for note in curve.notes)


def test_a_task_that_pins_its_shots_is_named_with_what_to_do(changed):
    folder = changed("lm-eval")
    for file in folder.glob("results_*"):
        document = json.loads(file.read_text())
        document["n-shot"]["capitals"] = document["configs"]["capitals"]["num_fewshot"] = 0
        file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"0 shots stand here and in .*yaml says num_fewshot: 0 .* take that line out"):
        read_scores(folder, metric="acc")


def test_a_group_whose_tasks_differ_in_shots_is_left_out_by_name(changed):
    def pin(document):
        document["results"]["both"] = document["results"]["capitals"]
        document["group_subtasks"] = {"both": ["capitals", "cities"]}
        document["n-shot"] = {"capitals": 0, "cities": 1}

    file = changed("lm-eval-two-tasks/results_2026-01-01T00-00-00.000000.json", pin)
    curve = read_scores(file, task="cities", metric="acc")
    assert any("both is left out" in n.text and "(capitals 0, cities 1)" in n.text for n in curve.notes)


@pytest.mark.parametrize(("there", "said"), [(4, "2 of 6 samples are"), (5, "1 of 6 samples is")])
def test_samples_that_the_file_lacks_are_counted(changed, there, said):
    folder = changed("lm-eval")
    file = sorted(folder.glob("samples_*"))[0]
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:there]))
    notes = [note.text for note in read_scores(folder, metric="acc").notes]
    assert f"{said} not in the file at 0 shots ({file.name})" in notes


def test_where_samples_are_there_for_some_shots_only_means_are_compared_and_the_report_says_so(changed):
    folder = changed("lm-eval")
    sorted(folder.glob("samples_*"))[0].unlink()
    curve = read_scores(folder, metric="acc")
    assert curve.means.tolist() == pytest.approx([4 / 6, 4 / 6, 3 / 6, 7 / 12])
    assert any("only means are compared" in note.text for note in curve.notes)


def edited(folder, run, row, **values):
    """Change a row of a run's samples; a value of ... takes the key away. Returns the file."""
    file = sorted(folder.glob("samples_*"))[run]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[row] = {key: value for key, value in {**lines[row], **values}.items() if value is not ...}
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.mark.parametrize("value", [None, ..., float("nan")])
@pytest.mark.parametrize("run", [0, 4])
def test_a_sample_without_a_score_is_a_missing_one_and_the_rest_of_its_run_counts(changed, value, run):
    folder, shots = changed("lm-eval"), [0, 1, 2, 4, 4][run]
    file = edited(folder, run, 5, acc=value)
    curve = read_scores(folder, metric="acc")
    assert curve.missing == 1
    assert [point.n_draws for point in curve.points()] == [1, 1, 1, 2]
    at = f"{shots} shots ({file.name})"
    assert curve.notes[0].text == f"1 of 30 scores is missing: 1 at {at}"


def prompted(folder, run, row, prompt):
    """Change the prompt of a row of a run's samples. Returns the file."""
    return edited(folder, run, row, arguments={"gen_args_0": {"arg_0": prompt, "arg_1": " Paris"}})


def test_an_item_among_its_own_examples_counts_as_missing_and_is_counted(changed):
    folder = changed("lm-eval")
    prompted(folder, 2, 0, "France: Paris\n\nCuba: Havana\n\nFrance:")
    file = prompted(folder, 2, 1, "Cuba: Havana\n\nItaly: Rome\n\nItaly:")
    curve = read_scores(folder, metric="acc")
    assert one_a_row(curve)[2] == pytest.approx([np.nan, np.nan, *ACC[2][2:]], nan_ok=True)
    (note,) = (note for note in curve.notes if note.short == "some items were shown their own answers")
    assert note.text == (
        f"2 of 6 items were among their own examples at 2 shots ({file.name}), answer included, and count as missing:"
        " give the examples a split of their own (fewshot_split), and run it again"
    )


@pytest.mark.parametrize(
    "prompts",
    [
        ["New France: Nouvelle\n\nFrance:"],  # another question that ends alike
        ["France:"],
        [[{"role": "user", "content": "France:"}]],
        # Every prompt ends as its examples do, whatever was asked.
        [f"{first}?\n\nAnswer: Paris\n\n{last}?\n\nAnswer:" for first, last in (("Who", "Where"), ("When", "Why"))],
    ],
)
def test_an_item_that_is_not_seen_among_its_own_examples_keeps_its_score(changed, prompts):
    folder = changed("lm-eval")
    for row, prompt in enumerate(prompts):
        prompted(folder, 2, row, prompt)
    curve = read_scores(folder, metric="acc")
    assert one_a_row(curve) == ACC
    assert curve.missing == 0


def test_a_draw_of_which_only_the_mean_is_known_is_left_out_by_name_with_the_row_that_is_the_cause(changed):
    folder = changed("lm-eval")
    file = edited(folder, 4, 2, acc=[0, 1])
    curve = read_scores(folder, metric="acc")
    assert one_a_row(curve) == ACC
    assert curve.notes[0].text == (
        "1 run is left out: only a mean is known, where others have single scores, at 4 shots"
        f" ({file.name}:3: acc: a list is no number)"
    )


def test_where_a_score_cannot_be_read_only_means_are_compared_and_file_and_row_are_named(changed):
    folder = changed("lm-eval")
    file = edited(folder, 1, 2, acc="unsure")
    curve = read_scores(folder, metric="acc")
    assert curve.means.tolist() == pytest.approx([4 / 6, 4 / 6, 3 / 6, 7 / 12])
    said = "only means are compared, since single scores are not known at 1 shot"
    assert curve.notes[0].text == f"{said} ({file.name}:3: acc: 'unsure' is no number)"


def test_means_in_place_of_scores_have_the_errors_of_the_results_and_nothing_is_assumed(changed):
    bare = read_scores(without_samples(changed("lm-eval")), metric="acc")
    folder = changed("lm-eval")
    edited(folder, 1, 2, acc="unsure")
    curve = read_scores(folder, metric="acc")
    assert curve.summary.stderr.tolist() == bare.summary.stderr.tolist()
    assert not any("assume" in note.text or "no error bars" in note.text for note in curve.notes)


def test_without_errors_of_means_no_spread_is_assumed_beside_that_of_the_items(changed):
    folder = without_samples(changed("lm-eval"))
    for file in folder.glob("results_*"):
        document = json.loads(file.read_text())
        document["results"]["capitals"]["acc_stderr,none"] = "N/A"
        file.write_text(json.dumps(document))
    curve = read_scores(folder, metric="acc")
    share = (4 + 1) / (6 + 2)
    assert curve.summary.stderr[1] == pytest.approx((share * (1 - share) / 6) ** 0.5)  # 4 of 6 right, at 1 shot
    assumed, own = (note.text for note in curve.notes)
    assert "intervals assume right-or-wrong scores of the items given; a column stderr" in assumed
    assert "is not counted again as one between draws" in own


def test_results_without_samples_say_that_they_are_only_means_and_what_to_put_beside(changed, written):
    said = "only means are here: with samples_*.jsonl beside them (--log_samples), intervals are narrower"
    assert said in [note.text for note in read_scores(without_samples(changed("lm-eval")), metric="acc").notes]
    assert not any("only means" in note.text for note in read_scores(written / "lm-eval", metric="acc").notes)


def test_samples_without_a_metric_are_named(changed):
    folder = changed("lm-eval")
    for row in range(6):
        file = edited(folder, 1, row, acc=None)
    notes = [note.text for note in read_scores(folder, metric="acc").notes]
    assert any(note.endswith(f"not known at 1 shot (no row of {file.name} has acc)") for note in notes)


def test_an_item_whose_question_changed_is_another_item(changed):
    folder = changed("lm-eval")
    file = sorted(folder.glob("samples_*"))[1]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[0]["doc_hash"] = "0" * 64
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    curve = read_scores(folder, metric="acc")
    assert curve.scores.shape[2] == 7
    assert np.isnan(one_a_row(curve)[1][0])
    assert any(note.text.startswith("5 of 7 items were scored at every number of shots") for note in curve.notes)


def test_a_metric_that_is_no_score_of_single_items_comes_as_a_mean(changed):
    folder = changed("lm-eval")
    for file in folder.glob("samples_*"):
        lines = [json.loads(line) | {"acc": [0, 1]} for line in file.read_text().splitlines()]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "results_2026-01-01T00-00-04.000000.json").unlink()
    assert read_scores(folder, metric="acc").summary is not None


def test_filters_of_a_metric_are_metrics_of_their_own(changed):
    folder = changed("lm-eval")
    for file in folder.glob("samples_*"):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        strict = [line | {"filter": "strict", "acc": 0.0} for line in lines]
        file.write_text("".join(json.dumps(line) + "\n" for line in [*lines, *strict]))
    for file in folder.glob("results_*"):
        document = json.loads(file.read_text())
        document["results"]["capitals"] |= {"acc,strict": 0.0, "acc_stderr,strict": 0.0}
        file.write_text(json.dumps(document))
    assert one_a_row(read_scores(folder, metric="acc")) == ACC
    assert read_scores(folder, metric="acc,strict").means.tolist() == [0, 0, 0, 0]


def test_groups_have_the_shots_of_their_tasks(changed):
    def group(document):
        document["results"] = {"all": document["results"]["capitals"], "capitals": document["results"]["capitals"]}
        document["group_subtasks"] = {"all": ["inner"], "inner": ["capitals"], "loop": ["loop"]}

    file = changed("lm-eval-two-tasks/results_2026-01-01T00-00-00.000000.json", group)
    assert read_scores(file, task="all", metric="acc").shots.tolist() == [1]


def test_metrics_where_less_is_better_are_left_out(changed):
    def worse(document):
        document["higher_is_better"]["capitals"]["acc_norm"] = False

    file = changed("lm-eval-two-tasks/results_2026-01-01T00-00-00.000000.json", worse)
    assert read_scores(file, task="capitals").means.tolist() == pytest.approx([4 / 6])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["n-shot"].update(capitals=-1), r"n-shot.capitals: -1 is no number of shots"),
        (lambda d: (d.pop("n-shot"), d.pop("configs")), r"n-shot.capitals: does not say one number of shots"),
        (lambda d: d.update(config=3), r"config: 3 is no object"),
        (lambda d: d["results"]["capitals"].update({"acc,none": 34.2}), r"acc: 34.2 does not lie in \[0, 1\]"),
        (lambda d: d["results"]["capitals"].update({"acc,none": 10**400}), r"capitals.acc,none: 1.* is no num"),
        (lambda d: d["group_subtasks"].update(capitals=["capitals"]) or d["n-shot"].clear() or d["configs"].clear(),
         r"n-shot.capitals: does not say one number of shots"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named_by_file_and_field(changed, change, message):
    file = changed("lm-eval-two-tasks/results_2026-01-01T00-00-00.000000.json", change)
    with pytest.raises(InputError, match=rf"results_2026.*\.json: .*{message}"):
        read_scores(file, task="capitals", metric="acc")


@pytest.mark.parametrize(
    ("line", "message"),
    [("{", "no readable JSON"), ("3", "is no object"), ('{"acc": 1}', "doc_id: is missing")],
)
def test_a_malformed_sample_is_named_by_file_and_line(changed, line, message):
    folder = changed("lm-eval")
    file = sorted(folder.glob("samples_*"))[0]
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(InputError, match=rf"samples_capitals_.*\.jsonl:7: .*{message}"):
        read_scores(folder, metric="acc")


@pytest.mark.parametrize("other", [False, True])
def test_a_sample_that_is_there_twice_counts_once_and_with_another_score_is_refused(changed, other):
    folder = changed("lm-eval")
    file = sorted(folder.glob("samples_*"))[0]
    lines = file.read_text().splitlines()
    first = json.loads(lines[0])
    first["acc"] = 1 - first["acc"] if other else first["acc"]
    file.write_text("\n".join([*lines, json.dumps(first)]))
    if other:
        with pytest.raises(InputError, match=rf"samples_.*jsonl:{len(lines) + 1}: acc: 1 for item '0:.* which has 0"):
            read_scores(folder, metric="acc")
        return
    curve = read_scores(folder, metric="acc")
    assert one_a_row(curve) == ACC
    assert f"1 score is in {file.name} twice: what is there again counts once" in {note.text for note in curve.notes}
