from __future__ import annotations

import json
import sys
import zipfile

import numpy as np
import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import files, read_scores

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


def test_the_same_shots_twice_are_refused(written):
    with pytest.raises(InputError, match=r"1 shots stand here and in .*1\.eval; leave one of them out"):
        read_scores(written / "inspect/1.eval", written / "inspect-json/1.json")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads zstd")
def test_an_archive_that_this_python_cannot_read_says_how_to_convert_it(written):
    with pytest.raises(InputError, match=r"0\.eval: .*zstd.* inspect log convert LOG --to json"):
        read_scores(written / "inspect-zstd/0.eval")


@pytest.mark.skipif(sys.version_info < (3, 14), reason="this Python does not read zstd")
def test_an_archive_of_zstd_is_read_where_python_can(written):
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


def test_a_seed_of_examples_is_a_draw(changed, written):
    def other(document):
        document["eval"]["task_args"]["fewshot_seed"] = 7

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


def test_a_log_without_samples_has_a_mean_and_its_error(changed):
    curve = read_scores(changed("inspect-json/1.json", lambda document: document.pop("samples")))
    assert curve.summary.accuracy.tolist() == [0.5]
    assert curve.summary.stderr.tolist() == pytest.approx([0.2236], abs=1e-4)
    assert curve.summary.n_items.tolist() == [6]


def test_an_eval_that_failed_counts_for_nothing(changed, written):
    failed = changed("inspect-json/1.json", lambda document: document.update(status="error"))
    with pytest.raises(InputError, match=r"1\.json: holds no finished result"):
        read_scores(failed)
    folder = changed("inspect")
    failed.rename(folder / "failed.json")
    assert scores_by_item(read_scores(folder)) == RIGHT


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
