"""One rule for what a kind of task may be called, wherever it is said."""

from __future__ import annotations

import pytest

import curvefit as cf
from curvefit.errors import CurvefitError
from curvefit.measurement.measurement import Measurement
from curvefit.task_kinds import KINDS, group_of, kind_problem, nearest_kind

RECORDS = [{"input": f"question {n}", "output": f"answer {n}"} for n in range(60)]
CURVE = Measurement([0, 1, 2], [[[0, 1]], [[0, 1]], [[1, 1]]])


def described(folder, kind):
    (folder / "data.csv").write_text("input,output\n" + "".join(f"q {n},answer {n}\n" for n in range(60)))
    (folder / "task.yaml").write_text(f"data: data.csv\nkind: {kind}\n")
    return cf.load_task(folder)


SAID = {
    "analyze": lambda kind, folder: cf.analyze(CURVE, kind=kind).curve,
    "predict_payoff": lambda kind, folder: cf.predict_payoff(CURVE, kind=kind, n_train=100),
    "of_kind": lambda kind, folder: CURVE.of_kind(kind),
    "records": lambda kind, folder: cf.Task.from_records(RECORDS, kind=kind),
    "task.yaml": lambda kind, folder: described(folder, kind),
}


@pytest.mark.parametrize("where", SAID)
def test_a_kind_that_is_nearly_a_known_one_is_refused_wherever_it_is_said_and_the_known_one_named(where, tmp_path):
    with pytest.raises(CurvefitError, match="'summarisation' is no known kind of task; did you mean 'summarization'"):
        SAID[where]("summarisation", tmp_path)
    for kind in ("multilingual-summarization", "poetry"):
        assert SAID[where](kind, tmp_path).kind == kind


def test_the_line_of_a_task_yaml_is_named(tmp_path):
    with pytest.raises(CurvefitError, match=r"task\.yaml:2: kind: 'extracton' is no"):
        described(tmp_path, "extracton")


def test_a_slip_is_found_in_any_language_and_no_known_kind_is_one():
    assert nearest_kind("Multilingual-Summarisation") == "multilingual-summarization"
    assert "'multilingual-knowledge-qa'" in kind_problem("multilingual-knowledge_qa")
    assert not any(map(kind_problem, (*KINDS, *(f"multilingual-{kind.upper()}" for kind in KINDS), "", "translation")))
    assert {kind: group_of(kind) for kind in ("translation", " SQL ")} == {"translation": "", " SQL ": "programs"}
