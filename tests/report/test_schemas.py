"""Files of ours as their schemas have them: those of earlier versions are read, those of this one are as documented."""

from __future__ import annotations

import json
from dataclasses import astuple, fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from curvefit.errors import InputError
from curvefit.measurement.measurement import CutReplies, JudgeRecord, Measurement, Note, SameAnswer, Unasked
from curvefit.models.base import Usage
from curvefit.records import checked_record, json_schema, read_record
from curvefit.report.index_page import index_record
from curvefit.report.probe_reader import PROBE_SCHEMA, read_probe
from curvefit.report.schemas import SHIPPED, PayoffRecord, ProbeDocument, StudyDocument, StudyRecord
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import open_study
from curvefit.report.study_record import SCHEMA, file_of, to_record
from curvefit.study import analyze

ROOT = Path(__file__).parents[2]
OLD = Path(__file__).parent / "version_0_1_0"  # written by that version
STUDIES = sorted((*OLD.glob("*/study.json"), *ROOT.glob("reports/**/study.json")))
PROBES = sorted((*OLD.glob("*/probe.json"), *ROOT.glob("reports/payoff/*/*/probe.json")))
NAMES = {path: path.parent.relative_to(ROOT).as_posix() for path in (*STUDIES, *PROBES)}


def differences(one, other, place=""):
    """Where two values differ, all fields of dataclasses and all values of arrays compared; NaN equals NaN."""
    if type(one) is not type(other):
        return [f"{place}: {type(one)} and {type(other)}"]
    if is_dataclass(one):
        parts = [(f".{field.name}", getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
        return [fault for name, a, b in parts for fault in differences(a, b, place + name)]
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        return [] if same else [f"{place}: {one} and {other}"]
    if isinstance(one, tuple) and len(one) == len(other):
        return [
            fault
            for i, pair in enumerate(zip(one, other, strict=True))
            for fault in differences(*pair, f"{place}[{i}]")
        ]
    return [] if one == other else [f"{place}: {one!r} and {other!r}"]


def written(study, folder):
    (folder / "study.json").write_bytes(file_of(to_record(study)))
    return open_study(folder)


@pytest.fixture(scope="module")
def measured(make_measured, make_retrieved):
    """A measurement in which no field has the value it would have by default."""
    base = make_measured(items=8)
    scores = base.scores.copy()
    scores[-1, -1, -2:] = np.nan
    full = replace(
        base,
        scores=scores,
        readable=np.where(np.isnan(scores), np.nan, 1.0),
        choices=np.where(np.isnan(scores), np.nan, 0.5),
        commonest=np.linspace(0, 1, 8), scorer="json", also_scored_by="code",
        judge=JudgeRecord("m", True, 3.5, 4, 2.0, 3, 40, 1, 2),
        n_labels=4, available=80, path="tasks/made", asked="ab12", stopped="--max-calls",
        unasked=Unasked(40, 0.1, 0.2, None),
        digests=tuple(f"d{n}" for n in range(8)),
        overrides=(("scorer", "normalized"), ("instruction", "")),
        cut=CutReplies(3, 40, 16),
        groups=(0, 0, 1, 1, 2, 2, 2, 3),
        same_answers=(SameAnswer(4, 20, "label-1"),),
        command=("curvefit", "run", "tasks/made"),
        notes=(Note("task", "a note"),),
    )  # fmt: skip
    extents = ((base.scores.shape[1], 8),) * len(base.shots)
    seconds = tuple((0.1 * n, 0.3 * n) for n in range(1, 1 + len(base.shots)))
    usage = tuple(Usage(n, 10 * n, n, n, 0.1 * n, 2.0) for n in range(1, 1 + len(base.shots)))
    beside = make_retrieved(full)
    beside = replace(beside, also_scores=np.where(np.isnan(scores), np.nan, 0.0))
    return replace(
        beside,
        extents=extents,
        unscored=np.isnan(scores),
        own_examples=True,
        draw_names=tuple(f"seed {n}" for n in range(base.scores.shape[1])),
        wholly_right=(0.25,) * len(base.shots),
        model_context=8192,
        too_long=("row-3",),
        documents=40,
        usage_by_shots=usage,
        seconds_by_shots=seconds,
        concurrency=8,
    )


def test_every_field_of_a_measurement_comes_back(measured, tmp_path):
    back = written(analyze(measured), tmp_path).measurement
    assert differences(measured, back) == []
    unset = Measurement(shots=measured.shots, scores=measured.scores)
    same = [f.name for f in fields(Measurement) if not differences(getattr(unset, f.name), getattr(measured, f.name))]
    # Where the journal is stands in no file: it lies beside the study.
    assert set(same) <= {"shots", "scores", "summary", "journal"}, (
        "these prove nothing: they are as they are by default"
    )


def test_a_difference_in_any_depth_is_noticed(measured):
    deep = replace(measured, retrieved=replace(measured.retrieved, scores=np.ones_like(measured.retrieved.scores)))
    assert [fault.split(":")[0] for fault in differences(measured, deep)] == [".retrieved.scores"]
    assert differences(measured, replace(measured, stopped=""))


def test_replies_that_a_spending_limit_left_unasked_are_not_failures_when_read_back(measured, tmp_path):
    assert written(analyze(measured), tmp_path).measurement.stopped == "--max-calls"
    record = json.loads((tmp_path / "study.json").read_text())
    del record["measurement"]["stopped"]
    (tmp_path / "study.json").write_text(json.dumps(record))
    assert open_study(tmp_path).measurement.stopped == "", "as files of before have it"


def test_what_is_called_to_pay_and_is_not_about_money_says_so_in_the_schemas():
    def called(node, name=""):
        if isinstance(node, dict):
            values = [value for each in (node, *node.get("anyOf", [])) for value in each.get("enum", ())]
            if name == "pays" or "pays" in values:
                yield name, node.get("description", "")
            for key, value in node.items():
                yield from called(value, key)

    said = dict(found for file in SHIPPED for found in called(json.loads(file.read_text())))
    assert said.keys() >= {"pays", "training", "leaning"}
    assert all("not about money" in text for name, text in said.items() if name != "anyOf"), said


def test_from_one_opening_is_concluded_with_any_number_of_examples(measured, tmp_path):
    file = written(analyze(measured, n_train=40), tmp_path)
    (tmp_path / "study.json").unlink()
    given = file.payoff_as_given
    assert given.n_train == 40
    assert astuple(given.gain) == pytest.approx(astuple(analyze(measured, n_train=40).payoff.gain), rel=1e-11)
    assert file.conclude().payoff == analyze(measured, n_train=40).payoff
    assert file.conclude(n_train=50).payoff.n_train == 50


@pytest.mark.parametrize("path", STUDIES, ids=NAMES.get)
def test_a_study_of_this_and_of_the_first_version_is_read(path):
    record = json.loads(path.read_text())
    file = open_study(path)
    assert (record["versions"]["curvefit"] == "0.1.0") == (OLD in path.parents)
    assert file.measurement.shots.tolist() == record["measurement"]["shots"]
    scores = np.array(record["measurement"]["scores"], dtype=float)
    assert np.array_equal(file.measurement.scores, scores, equal_nan=True)
    assert (file.settings.margin, file.settings.level) == (record["margin"], record["level"])
    given = file.payoff_as_given
    assert (given is None) == (record.get("payoff") is None)
    assert given is None or given.gain.value == record["payoff"]["gain"]["value"]
    assert read_record(path, StudyDocument, SCHEMA, "").verdict.trend == record["verdict"]["trend"]


@pytest.mark.parametrize("path", PROBES, ids=NAMES.get)
def test_a_probe_of_the_first_version_is_read(path):
    record = json.loads(path.read_text())
    found = read_probe(path, open_study(path.parent).measurement)
    assert (found.model, found.gain.value) == (record["model"], record["gain"][-1]["value"])
    assert found.optimism == record["luck"], "its name then"
    assert read_record(path, ProbeDocument, PROBE_SCHEMA, "").units == record["units"]


def test_the_optimism_of_a_probe_in_a_study_is_read_under_its_former_name_too(measured, tmp_path):
    probe = {"model": "local/x", "best_prompted": 0.5, "n_train": 64}
    gain = {"value": 0.1, "low": 0.0, "high": 0.2, "level": 0.9}
    written(analyze(measured), tmp_path)
    record = json.loads((tmp_path / "study.json").read_text())
    for name in ("luck", "optimism"):
        (tmp_path / "study.json").write_text(json.dumps({**record, "probes": [{**probe, "gain": gain, name: 0.03}]}))
        (read,) = open_study(tmp_path).settings.probes
        assert read.optimism == 0.03
    (tmp_path / "study.json").write_text(json.dumps({**record, "probes": [{**probe, "gain": gain, "luck": 7}]}))
    with pytest.raises(InputError, match=r"probes\[0\].luck: 7 cannot be used; needs at most 1"):
        open_study(tmp_path)


def test_there_are_files_of_before():
    assert len(STUDIES) >= 16
    assert len(PROBES) >= 3


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_schema_that_is_shipped_is_that_of_the_record(path):
    title, kind = SHIPPED[path]
    assert path.read_text() == json_schema(kind, title), "run: python -m curvefit.report.schemas"
    Draft202012Validator.check_schema(json.loads(path.read_text()))


def schema(name):
    found = next(path for path in SHIPPED if path.name == f"{name}.schema.json")
    return Draft202012Validator(json.loads(found.read_text()))


def test_what_is_written_is_as_the_schema_says(measured):
    assert list(schema("study").iter_errors(to_record(analyze(measured)))) == []
    assert list(schema("study").iter_errors({**to_record(analyze(measured)), "margin": "wide"}))


def test_an_index_is_as_its_schema_says(tmp_path):
    for name in ("payoff/capitals/local-gemma3-270m/probe.json", "handbook/comparison.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes((ROOT / "reports" / name).read_bytes())
    for name in ("probed", "broken"):
        (tmp_path / name).mkdir()
    for name in ("study.json", "probe.json"):
        (tmp_path / "probed" / name).write_bytes((OLD / "probed" / name).read_bytes())
    (tmp_path / "broken" / "study.json").write_text("{")
    record = index_record(read_index(tmp_path))
    assert record["studies"][0]["results"]
    assert {other["kind"] for other in record["others"]} == {"probe", "comparison"}
    assert record["problems"]
    assert list(schema("index").iter_errors(record)) == []
    del record["studies"][0]["answer"]
    assert [error.message for error in schema("index").iter_errors(record)] == ["'answer' is a required property"]


def test_every_shipped_schema_is_documented():
    text = (ROOT / "docs" / "files.md").read_text()
    assert [path.name for path in SHIPPED if path.relative_to(ROOT).as_posix() not in text] == []


def test_the_sentence_that_once_was_the_rule_of_thumb_is_passed_over():
    gain = {"value": 0.1, "low": 0.0, "high": 0.2, "level": 0.9}
    record = {"gain": gain, "probability": 0.5, "margin": 0.02, "n_train": 9, "basis": [], "rule": "It says: rising."}
    assert checked_record(PayoffRecord, record).rule is None
    rule = {"doubling": 0.1, "rises": True, "cases": "x", "right": 1, "alike": True}
    with pytest.raises(InputError, match=r"study.json: payoff.rule.cases: 'x' cannot be used; needs a whole number"):
        checked_record(PayoffRecord, {**record, "rule": rule}, file=Path("study.json"), within="payoff")


def test_a_refusal_names_the_place_in_a_list():
    record = json.loads(STUDIES[0].read_text())
    record["measurement"]["scores"][1][0][3] = 7
    with pytest.raises(InputError, match=r"measurement\.scores\[1\]\[0\]\[3\]: 7 cannot be used; needs at most 1"):
        checked_record(StudyRecord, record)
