from __future__ import annotations

import json

import numpy as np
import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import read_scores

# Two trials of training instances; at 0 shots HELM makes one. Peru needs the right first example at 1 shot.
FIRST = [[1, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 0]]
SECOND = [[1, 0, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 0]]


def edit(file, change):
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


def test_instances_are_paired_and_train_trials_are_draws(written):
    curve = read_scores(written / "helm", metric="exact_match")
    assert curve.shots.tolist() == [0, 1, 2, 4]
    assert curve.scores[:, 0].tolist() == FIRST
    assert curve.scores[1:, 1].tolist() == SECOND
    assert np.isnan(curve.scores[0, 1]).all()
    assert curve.items == ("id0", "id1", "id2", "id3", "id4", "id5")
    assert (curve.task, curve.model) == ("capitals", "rule/capitals")


def test_metrics_of_the_run_ask_for_a_choice_and_bookkeeping_is_none(written):
    with pytest.raises(InputError, match=r"2 metrics are in here .* --metric: exact_match, quasi_exact_match$"):
        read_scores(written / "helm")


@pytest.mark.parametrize("name", ["run_spec.json", "stats.json", "per_instance_stats.json", ""])
def test_a_run_may_be_named_by_its_folder_or_by_any_of_its_files(written, name):
    run = written / "helm/capitals,model=rule_capitals,max_train_instances=2"
    assert read_scores(run / name, metric="exact_match").shots.tolist() == [2]


def test_without_instances_there_are_means_and_the_number_of_items(changed):
    folder = changed("helm")
    for file in folder.rglob("per_instance_stats.json"):
        file.unlink()
    curve = read_scores(folder, metric="exact_match")
    assert curve.means.tolist() == pytest.approx([1 / 6, 5 / 12, 4 / 6, 5 / 6])
    assert curve.summary.n_items.tolist() == [6, 6, 6, 6]


def test_perturbed_instances_and_other_splits_are_left_out(changed):
    folder = changed("helm")
    for file in folder.rglob("per_instance_stats.json"):
        edit(file, lambda d: d.extend([
            {"instance_id": "id0", "train_trial_index": 0, "perturbation": {"name": "typos"}, "stats": d[0]["stats"]},
            {"instance_id": "v1", "train_trial_index": 0,
             "stats": [{"name": {"name": "exact_match", "split": "valid"}, "mean": 1.0}]},
            {"instance_id": "id1", "train_trial_index": 0,
             "stats": [{"name": {"name": "exact_match", "split": "test", "perturbation": {"name": "x"}}, "mean": 1.0}]},
        ]))  # fmt: skip
    assert read_scores(folder, metric="exact_match").scores[:, 0].tolist() == FIRST


def test_examples_that_did_not_fit_the_context_are_told(changed):
    run = changed("helm") / "capitals,model=rule_capitals,max_train_instances=4"

    def fewer(document):
        for stat in document:
            if stat["name"]["name"] == "num_train_instances":
                stat["mean"] = 2.5

    assert read_scores(run, metric="exact_match").notes == ()
    edit(run / "stats.json", fewer)
    noted = read_scores(run, metric="exact_match").notes
    assert [note.text for note in noted] == ["HELM put 2.5 examples in the prompt on average where 4 were asked for"]


def test_the_task_is_the_name_without_model_and_shots(changed):
    run = changed("helm") / "capitals,model=rule_capitals,max_train_instances=4"
    edit(
        run / "run_spec.json",
        lambda d: d.update(name="mmlu:subject=anatomy,model=m,method=joint,max_train_instances=4"),
    )
    assert read_scores(run, metric="exact_match").task == "mmlu:subject=anatomy,method=joint"


def test_a_run_that_was_broken_off_counts_for_nothing_and_is_named(changed):
    folder = changed("helm")
    whole = read_scores(folder, metric="exact_match")
    (folder / "capitals,model=rule_capitals,max_train_instances=4" / "stats.json").unlink()
    curve = read_scores(folder, metric="exact_match")
    assert curve.shots[curve.observed].tolist() == [0, 1, 2]
    assert curve.missing == whole.scores[3].size
    text = curve.notes[0].text
    lost = f"and its {curve.missing} replies count as missing"
    name = "capitals,model=rule_capitals,max_train_instances=4"
    assert text.startswith(f"1 run without a result is left out, {lost}: {name} (no")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("run_spec.json", lambda d: d["adapter_spec"].pop("max_train_instances"),
         r"adapter_spec.max_train_instances: is missing"),
        ("run_spec.json", lambda d: d.update(metric_specs=[{"args": {"names": 3}}]), r"metric_specs: name no metric"),
        ("run_spec.json", lambda d: d.update(metric_specs=3), r"metric_specs: 3 is no list"),
        ("stats.json", lambda d: d[0].update(name="x"), r"stats.0.name: 'x' is no object"),
        ("per_instance_stats.json", lambda d: d[1].pop("instance_id"), r"stats.1.instance_id: is missing"),
        ("per_instance_stats.json", lambda d: d[1]["stats"][-1].update(mean="high"),
         r"stats.1.stats.\d.mean: 'high' is no number"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named_by_file_and_field(changed, name, change, message):
    run = changed("helm") / "capitals,model=rule_capitals,max_train_instances=4"
    edit(run / name, change)
    with pytest.raises(InputError, match=rf"{name}: {message}"):
        read_scores(run, metric="exact_match")
