from __future__ import annotations

import json

import numpy as np
import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import files, read_scores


def test_what_holds_no_result_is_refused_when_named_and_left_alone_in_a_folder(changed, tmp_path):
    folder = changed("inspect-json")
    other = folder / "package.json"
    other.write_text('{"name": "x", "results": []}')
    (folder / "notes.txt").write_text("mine")
    assert read_scores(folder).shots.tolist() == [0, 1, 2, 4]
    with pytest.raises(InputError, match=r"package\.json: holds no finished result; .* curvefit fit --help"):
        read_scores(folder, other)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "x", r"a\.txt: is none of \.csv, \.tsv, \.json, \.eval"),
        ("a.json", "{", r"a\.json:1: no readable JSON"),
        ("a.json", "", r"a\.json:1: no readable JSON"),
        ("a.json", "[" * 100_000, r"a\.json: no readable JSON"),
        ("a.json", "9" * 10_000, r"a\.json: no readable JSON"),
        ("a.json", "null", r"a\.json: holds no finished result"),
        ("a.json", '{"eval": 3, "status": "success", "plan": {}}', r"a\.json: eval: 3 is no object"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_scores(tmp_path / name)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.json: does not exist"):
        read_scores(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match=r"no finished result in .*; what can be read"):
        read_scores(tmp_path)


def test_a_file_beyond_the_limit_is_refused(changed, monkeypatch):
    monkeypatch.setattr(files, "_LARGEST", 2**10)
    with pytest.raises(InputError, match=r"1\.json: holds more than 0 MiB in one document"):
        read_scores(changed("inspect-json/1.json"))


def test_a_folder_of_countless_files_is_refused(changed, monkeypatch):
    monkeypatch.setattr(files, "_MANY", 3)
    with pytest.raises(InputError, match=r"holds more than 3 files; give the folder of one eval"):
        read_scores(changed("inspect-json"))


def test_a_name_that_is_not_there_lists_those_that_are(written):
    with pytest.raises(InputError, match=r"there is no metric 'f1' in here, only acc, acc_norm"):
        read_scores(written / "lm-eval", metric="f1")


def test_a_long_list_of_choices_is_cut(changed):
    def many(document):
        for sample in document["samples"]:
            sample["scores"] = {f"scorer{i:02}": {"value": 1} for i in range(30)}

    with pytest.raises(InputError, match=r"scorer19 and 10 more$"):
        read_scores(changed("inspect-json/1.json", many))


def test_tables_of_one_task_may_come_in_several_files(tmp_path):
    for k in (1, 2):
        (tmp_path / f"{k}.csv").write_text(f"shots,draw,item,score\n{k},a,x,1\n{k},a,y,0\n")
    curve = read_scores(tmp_path / "1.csv", tmp_path / "2.csv")
    assert curve.scores.tolist() == [[[1, 0]], [[1, 0]]]
    assert curve.task == "1"


def test_the_same_shots_in_two_tables_say_how_two_draws_are_told_apart(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("shots,item,score\n1,x,1\n1,y,0\n")
    with pytest.raises(InputError, match=r"b\.csv: 1 shot stands here and in .*a\.csv; leave .* in a column draw$"):
        read_scores(tmp_path / "a.csv", tmp_path / "b.csv")


def test_the_same_shots_in_two_rows_of_means_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("shots,accuracy\n1,0.5\n1,0.6\n")
    with pytest.raises(InputError, match=r"a\.csv:3: this number of shots came before; remove one of the rows"):
        read_scores(tmp_path / "a.csv")


def test_links_out_of_a_folder_are_not_walked(changed, written, tmp_path):
    folder = changed("inspect-json")
    (folder / "elsewhere").symlink_to(written / "lm-eval")
    assert read_scores(folder).task == "capitals"


def test_order_of_files_makes_no_difference_but_to_the_order_of_items(written):
    names = sorted((written / "inspect-json").iterdir())
    one, other = read_scores(*names), read_scores(*reversed(names))
    assert np.array_equal(one.scores, other.scores)
    assert one.shots.tolist() == other.shots.tolist()


def test_only_what_lies_beside_results_is_opened(changed, tmp_path):
    """A task's name is part of the name of its samples, and comes from the file."""

    def climb(document):
        document["results"] = {"/../../outside": document["results"]["capitals"]}
        document["n-shot"] = {"/../../outside": 1}

    file = changed("lm-eval-two-tasks/results_2026-01-01T00-00-00.000000.json", climb)
    outside = tmp_path.parent / "outside_2026-01-01T00-00-00.000000.jsonl"
    outside.write_text(json.dumps({"doc_id": 0, "acc": 1.0}) + "\n")
    assert read_scores(file, metric="acc").summary is not None


def _inspect(document, score):
    sample = json.loads(json.dumps(document["samples"][0]))
    sample["scores"]["match"]["value"] = "I" if score == 0 else "C"
    document["samples"].append(sample)


def _promptfoo(document, score):
    document["results"]["results"].append({**document["results"]["results"][0], "score": score})


def _helm(document, score):
    again = json.loads(json.dumps(document[0]))
    for stat in again["stats"]:
        if stat["name"]["name"] == "exact_match":
            stat |= {"mean": score, "sum": score}
    document.append(again)


HELM = "helm/capitals,model=rule_capitals,max_train_instances=2/per_instance_stats.json"


@pytest.mark.parametrize(
    ("name", "twice"), [("inspect-json/0.json", _inspect), ("promptfoo/labels.json", _promptfoo), (HELM, _helm)]
)
def test_one_score_twice_counts_once_and_two_that_no_repetition_tells_apart_are_refused(changed, name, twice):
    metric = {"metric": "exact_match"} if name == HELM else {}

    def read(score=None):
        file = changed("/".join(name.split("/")[:-1])) / name.split("/")[-1]
        document = json.loads(file.read_text())
        if score is not None:
            twice(document, score)
            file.write_text(json.dumps(document))
        return read_scores(file, **metric)

    whole, first = read(), read().scores[0, 0, 0]
    again = read(float(first))
    assert np.array_equal(again.scores, whole.scores, equal_nan=True)
    assert any("twice: what is there again counts once" in note.text for note in again.notes)
    assert not any("averaged" in note.text for note in again.notes)
    with pytest.raises(InputError, match=r"leave one out"):
        read(1.0 - first)


def test_of_adapt_gauge_one_trial_twice_counts_once_and_with_another_score_is_refused(changed):
    name = "adapt-gauge-core/raw_results_20260101_000000.csv"
    file = changed(name)
    lines = file.read_text().splitlines()
    whole = read_scores(file, task="capitals_001/fixed").scores
    file.write_text("\n".join([*lines, lines[1]]))
    again = read_scores(file, task="capitals_001/fixed")
    assert np.array_equal(again.scores, whole, equal_nan=True)
    assert any("twice: what is there again counts once" in note.text for note in again.notes)
    file.write_text("\n".join([*lines, lines[1].replace(",1.0,", ",0.0,")]))
    with pytest.raises(InputError, match=r"0 for item 'France' at 0 shots, which has 1 above"):
        read_scores(file, task="capitals_001/fixed")
