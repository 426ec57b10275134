from __future__ import annotations

import json
import re
import zipfile

import numpy as np
import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import files, read_scores
from curvefit.report.missed_text import wholly_right
from curvefit.report.study_files import write_study
from curvefit.report.study_reader import read_study
from curvefit.report.terminal import summary
from curvefit.study import analyze

ITEMS = ("France", "Italy", "Japan", "Peru", "Kenya", "Norway")
RIGHT = {
    0: {"France"},
    1: {"France", "Japan", "Peru"},
    2: {"France", "Italy", "Japan", "Peru"},
    4: set(ITEMS),
}


def scores_by_item(curve):
    return {
        int(shots): {item for item, score in zip(curve.items, row[0], strict=True) if score == 1}
        for shots, row in zip(curve.shots, curve.scores, strict=True)
    }


@pytest.mark.parametrize("folder", ["inspect", "inspect-json"])
def test_archives_and_json_give_every_score_with_items_paired(written, folder):
    curve = read_scores(written / folder)
    assert scores_by_item(curve) == RIGHT
    assert set(curve.items) == set(ITEMS)
    assert curve.scores.shape == (4, 1, 6)
    assert (curve.task, curve.model) == ("capitals", "mockllm/model")


def test_archives_and_json_may_be_mixed(written):
    mixed = read_scores(
        *(written / f"inspect/{k}.eval" for k in (0, 1)), *(written / f"inspect-json/{k}.json" for k in (2, 4))
    )
    assert scores_by_item(mixed) == RIGHT


def test_where_a_log_has_no_samples_means_have_the_errors_of_their_logs(changed):
    folder = changed("inspect-json")
    for shots in ("0", "1", "2", "4"):
        document = json.loads((folder / f"{shots}.json").read_text())
        document["samples"] = None if shots == "2" else document["samples"]
        (folder / f"{shots}.json").write_text(json.dumps(document))
    given = [
        json.loads((folder / f"{shots}.json").read_text())["results"]["scores"][0]["metrics"]["stderr"]["value"]
        for shots in (0, 1, 2)
    ]
    curve = read_scores(folder)
    assert curve.summary.stderr[:3].tolist() == pytest.approx(given)
    assert curve.notes[0].text == "only means are compared, since single scores are not known at 2 shots (2.json)"
    assert not any("no error bars were given" in note.text for note in curve.notes)


def test_the_same_shots_twice_are_refused(written):
    with pytest.raises(InputError, match=r"1 shot stands here and in .*1\.eval; leave one of them out; .* draw=2"):
        read_scores(written / "inspect/1.eval", written / "inspect-json/1.json")


def test_an_archive_of_zstd_is_read(written):
    assert read_scores(written / "inspect-zstd/0.eval").means.tolist() == pytest.approx([1 / 6])


def set_shots(document, *, args=None, metadata=None, edited=None, solver=None):
    document["eval"]["task_args"] = args or {}
    document["eval"]["metadata"] = metadata
    document["metadata"] = edited
    document["plan"]["steps"][0]["params"] = solver or {}


@pytest.mark.parametrize(
    "place",
    [{"args": {"num_fewshot": 3}}, {"metadata": {"shots": 3}}, {"edited": {"fewshot": 3}}, {"solver": {"fewshot": "3"}},
     {"metadata": {"fewshot": 3}, "args": {"fewshot": 9}}],
)  # fmt: skip
def test_shots_are_found_in_metadata_arguments_and_solvers(changed, place):
    file = changed("inspect-json/1.json", lambda document: set_shots(document, **place))
    assert read_scores(file).shots.tolist() == [3]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, r"eval.task_args: does not say how many examples .* --metadata fewshot=5"),
        ({"fewshot": True}, r"eval.task_args.fewshot: True does not say how many"),
        ({"fewshot": "few"}, r"eval.task_args.fewshot: 'few' is no number"),
        ({"fewshot": 1.5}, r"eval.task_args.fewshot: 1.5 is no number of shots"),
    ],
)
def test_a_log_that_does_not_say_its_shots_says_how_to(changed, args, message):
    file = changed("inspect-json/1.json", lambda document: set_shots(document, args=args))
    with pytest.raises(InputError, match=rf"1\.json: {message}"):
        read_scores(file)


def test_epochs_are_averaged_and_are_no_draws(changed):
    def again(document):
        for sample in list(document["samples"]):
            wrong = json.loads(json.dumps(sample)) | {"epoch": 2}
            wrong["scores"]["match"]["value"] = "I"
            document["samples"].append(wrong)

    curve = read_scores(changed("inspect-json/4.json", again))
    assert curve.scores.tolist() == [[[0.5] * 6]]


@pytest.mark.parametrize("again", ["I", "P"])
def test_what_is_partly_right_is_judged_before_epochs_are_averaged(changed, tmp_path, again):
    """Six right answers, each given again: wrong, so that half of all are right, or half right."""

    def repeated(document):
        for sample in list(document["samples"]):
            other = json.loads(json.dumps(sample)) | {"epoch": 2}
            other["scores"]["match"]["value"] = again
            document["samples"].append(other)

    study = analyze(read_scores(changed("inspect-json/4.json", repeated)))
    write_study(study, tmp_path)
    for known in (study, read_study(tmp_path)):
        assert known.curve.wholly_right == (0.5,)
        assert wholly_right(known) == ("75% counting parts; 50% of answers wholly right" if again == "P" else "")
        assert ("wholly right" in summary(known)) == (again == "P")


@pytest.mark.parametrize("name", ["fewshot_seed", "seed", "draw"])
@pytest.mark.parametrize("place", ["task_args", "metadata"])
def test_a_seed_of_examples_is_a_draw(changed, written, place, name):
    def other(document):
        document["eval"][place] = {**(document["eval"].get(place) or {}), name: 7}

    curve = read_scores(changed("inspect-json/1.json", other), written / "inspect-json/1.json")
    assert curve.scores.shape == (1, 2, 6)


@pytest.mark.parametrize("value", ["P", 0.5, "0.5"])
def test_values_count_as_inspect_counts_them(changed, value):
    def half(document):
        document["samples"][0]["scores"]["match"]["value"] = value

    curve = read_scores(changed("inspect-json/4.json", half))
    assert curve.scores[0, 0].tolist() == [0.5, 1, 1, 1, 1, 1]


def test_a_sample_without_score_is_missing_not_wrong(changed, written):
    def unscored(document):
        document["samples"][0]["scores"] = {}
        document["samples"][1]["scores"]["match"]["value"] = float("nan")

    curve = read_scores(written / "inspect-json/4.json", changed("inspect-json/1.json", unscored))
    assert np.isnan(curve.scores[0, 0]).tolist() == [True, True, False, False, False, False]
    assert curve.means[0] == pytest.approx(0.5)


def test_several_values_of_a_scorer_are_metrics(changed):
    def several(document):
        for sample in document["samples"]:
            sample["scores"]["match"]["value"] = {"city": 1, "spelling": 0}

    file = changed("inspect-json/1.json", several)
    with pytest.raises(InputError, match=r"--metric: match/city, match/spelling"):
        read_scores(file)
    assert read_scores(file, metric="match/spelling").means.tolist() == [0]


def test_a_scorer_that_gives_no_numbers_hinders_no_other(changed):
    def several(document):
        for sample in document["samples"]:
            sample["scores"] |= {"found": {"value": [1, 0]}, "grade": {"value": "B"}}

    file = changed("inspect-json/1.json", several)
    with pytest.raises(InputError, match=r"--metric: found, grade, match"):
        read_scores(file)
    assert read_scores(file, metric="match").means.tolist() == [0.5]
    with pytest.raises(InputError, match=r"1\.json: samples\.0\.scores\.grade\.value: 'B' is no number"):
        read_scores(file, metric="grade")


def test_a_log_without_samples_has_a_mean_and_its_error(changed):
    curve = read_scores(changed("inspect-json/1.json", lambda document: document.pop("samples")))
    assert curve.summary.accuracy.tolist() == [0.5]
    assert curve.summary.stderr.tolist() == pytest.approx([0.2236], abs=1e-4)
    assert curve.summary.n_items.tolist() == [6]


def test_an_eval_that_failed_counts_for_nothing_and_is_named(changed, written):
    failed = changed("inspect-json/1.json", lambda document: document.update(status="error"))
    with pytest.raises(InputError, match=r"1\.json: is of a run that did not finish \(error, 1 shot\); run it") as told:
        read_scores(failed)
    assert str(told.value).count("1.json") == 1
    with pytest.raises(InputError, match=r"no finished result in [^,]*, only 1\.json \(error, 1 shot\)$"):
        read_scores(failed.parent)
    folder = changed("inspect")
    failed.rename(folder / "failed.json")
    curve = read_scores(folder)
    assert scores_by_item(curve) == RIGHT
    assert [note.text for note in curve.notes] == ["1 run without a result is left out: failed.json (error, 1 shot)"]
    assert curve.missing == 0, "another log has the same number of shots"


@pytest.mark.parametrize("status", ["error", "cancelled", "started"])
def test_what_an_eval_that_did_not_finish_was_to_score_is_missing(changed, status):
    folder = changed("inspect-json")
    for shots in (2, 4):
        file = folder / f"{shots}.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"status": status, "samples": []}))
    curve = read_scores(*sorted(folder.iterdir()))
    assert curve.shots[curve.observed].tolist() == [0, 1]
    assert curve.missing == 12
    assert curve.notes[0].text.startswith(
        "2 runs without a result are left out, and their 12 replies count as missing: 2.json ("
    )
    assert "4.json (" in curve.notes[0].text
    study = analyze(curve)
    assert study.sensitivity.missing == 12
    assert "missing" in summary(study)


def test_an_archive_without_a_header_is_named_by_what_it_began_with(changed, tmp_path, written):
    with zipfile.ZipFile(written / "inspect/4.eval") as whole:
        begun = {"_journal/start.json": whole.read("_journal/start.json").decode()}
    folder = changed("inspect")
    archive(folder / "4.eval", begun)
    curve = read_scores(folder)
    lost = "and its 6 replies count as missing: 4.eval (not finished, 4 shots)"
    assert curve.notes[0].text == f"1 run without a result is left out, {lost}"
    assert curve.missing == 6


def test_samples_without_a_score_are_counted_and_named(changed):
    def lose(document):
        document["samples"][0]["scores"] = {}
        del document["samples"][3:]

    folder = changed("inspect-json")
    changed("inspect-json/2.json", lose)
    curve = read_scores(folder)
    assert curve.missing == 4
    assert [note.text for note in curve.notes] == ["4 of 24 scores are missing: 4 at 2 shots (2.json)"]


def test_of_an_eval_of_some_samples_the_others_are_not_missing(changed):
    def limit(document):
        document["eval"]["config"]["limit"] = 2
        del document["samples"][2:]

    assert read_scores(changed("inspect-json/2.json", limit)).missing == 0


def test_grades_of_a_judge_are_mapped_by_their_scale(changed):
    def grade(document):
        for number, sample in enumerate(document["samples"]):
            sample["scores"]["match"]["value"] = 1 + number % 5

    file = changed("inspect-json/1.json", grade)
    with pytest.raises(InputError, match=r"does not lie in \[0, 1\]; .* --scale 1,5"):
        read_scores(file)
    assert read_scores(file, scale=(1, 5)).scores[0, 0].tolist() == [0, 0.25, 0.5, 0.75, 1, 0]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8])
def test_a_corrupt_archive_is_one_line_however_it_is_compressed(tmp_path, method, share):
    file = tmp_path / "log.eval"
    with zipfile.ZipFile(file, "w", method) as zip_file:
        zip_file.writestr("header.json", json.dumps({"eval": [str(i * 7919 % 1009) for i in range(500)]}))
    data = bytearray(file.read_bytes())
    start = int(len(data) * share)
    data[start : start + 40] = bytes(range(100, 140))
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"log\.eval.*: (no readable|holds no)"):
        read_scores(file)


@pytest.mark.parametrize("place", range(0, 1800, 60))
def test_a_corrupt_archive_of_zstd_is_one_line(tmp_path, written, place):
    data = bytearray((written / "inspect-zstd/0.eval").read_bytes())
    at = len(data) - 4000 + place
    data[at : at + 30] = b"\x5a" * 30
    (tmp_path / "0.eval").write_bytes(data)
    scores, refusal = read_or_refused(tmp_path / "0.eval")
    undamaged = scores_by_item(read_scores(written / "inspect-zstd/0.eval"))
    assert scores == undamaged or re.fullmatch(r"\S+/0\.eval: no readable zip archive \(.*\)", refusal)


def read_or_refused(file):
    """Return the scores in a file, or none and the line that refuses it; what is damaged there may never be read."""
    try:
        return scores_by_item(read_scores(file)), ""
    except InputError as error:
        return {}, str(error)


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, text in members.items():
            zip_file.writestr(name, text)
    return path


@pytest.mark.parametrize(
    ("members", "message"),
    [({"header.json": "{"}, "no readable JSON"), ({"x": ""}, "holds no"), ({"header.json": "[]"}, "holds no finished")],
)  # fmt: skip
def test_a_malformed_archive_is_named(tmp_path, members, message):
    with pytest.raises(InputError, match=rf"log\.eval.*: {message}"):
        read_scores(archive(tmp_path / "log.eval", members))


def test_what_is_no_archive_is_named(tmp_path):
    (tmp_path / "log.eval").write_bytes(b"PK nonsense")
    with pytest.raises(InputError, match=r"log\.eval: no readable zip archive"):
        read_scores(tmp_path / "log.eval")


def test_a_bomb_is_refused_at_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_LARGEST", 2**20)
    bomb = archive(tmp_path / "log.eval", {"header.json": " " * (2**20 + 1)})
    assert bomb.stat().st_size < 10_000
    with pytest.raises(InputError, match=r"log\.eval: holds more than 1 MiB in one document"):
        read_scores(bomb)


def test_a_damaged_member_is_named(tmp_path, written):
    data = bytearray((written / "inspect/0.eval").read_bytes())
    with zipfile.ZipFile(written / "inspect/0.eval") as whole:
        start = whole.getinfo("header.json").header_offset + 45
    data[start : start + 200] = b"\xff" * 200
    (tmp_path / "0.eval").write_bytes(data)
    with pytest.raises(InputError, match=r"0\.eval: no readable"):
        read_scores(tmp_path / "0.eval")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_a_damaged_archive_is_one_line_however_it_was_packed(tmp_path, method, at):
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("header.json", json.dumps({"n": list(range(3000))}))
    content = bytearray(path.read_bytes())
    begins = 30 + len("header.json")
    place = begins + int(at * (len(content) - begins - 80))
    content[place : place + 8] = b"\xff" * 8
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"log\.eval: no readable zip archive \("):
        read_scores(path)


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("What is it?", True),
        ([{"role": "user", "content": "What is it?"}], True),
        ("A long document ...\n(content truncated)", False),
        ([{"role": "user", "content": "A long document ...\n(content truncated)"}], False),
        ([{"role": "user", "content": [{"type": "text", "text": "(Image)"}]}], False),
    ],
)
def test_inputs_that_an_archive_shortens_are_the_same_only_where_their_ids_are_too(written, tmp_path, asked, known):
    with zipfile.ZipFile(written / "inspect/4.eval") as whole:
        header, (first, *_) = (json.loads(whole.read(name)) for name in ("header.json", "summaries.json"))
    digests = {}
    for name in ("one", "other", "one"):
        header["eval"]["dataset"]["sample_ids"] = [name]
        samples = [{**first, "id": name, "input": asked, "target": "X"}]
        with zipfile.ZipFile(tmp_path / "log.eval", "w") as archived:
            archived.writestr("header.json", json.dumps(header))
            archived.writestr("summaries.json", json.dumps(samples))
        (digest,) = read_scores(tmp_path / "log.eval").digests
        assert digests.setdefault(name, digest) == digest
    assert (digests["one"] == digests["other"]) is known
