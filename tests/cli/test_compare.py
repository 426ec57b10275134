"""`curvefit compare` as a user runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from curvefit.report.schemas import SHIPPED

ROOT = Path(__file__).parents[2]
SMALL, LARGE = (f"reports/logquery/local-{name}" for name in ("smollm2-135m", "gemma3-270m"))


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_the_answer_comes_first_in_at_most_twelve_lines(exits):
    status, out, err = exits("compare", SMALL, LARGE)
    assert (status, err) == (0, "")
    assert out.startswith("local/gemma3-270m is better than local/smollm2-135m by 21.2 points (6.9 to\n35.5)")
    assert len(out.splitlines()) <= 12
    for three in (["compare", SMALL, LARGE, f"{LARGE}/study.json", "--level", "0.8"],):
        assert exits(*three)[0] == 2, "the same study twice"


def test_the_page_on_comparing_shows_what_the_command_prints(exits):
    page = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")
    shown = re.findall(r"```sh\ncurvefit ([^\n]*)\n```\n(?:\n[^`]*)?\n```text\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    for command, printed in shown:
        assert exits(*command.split())[1] == printed


def test_a_later_one_that_is_worse_fails_the_gate_and_only_that(exits):
    gate = ["--fail-on", "regression"]
    assert exits("compare", LARGE, SMALL, *gate)[0] == 3
    assert exits("compare", SMALL, LARGE, *gate)[0] == 0
    assert exits("compare", LARGE, SMALL)[0] == 0
    assert exits("compare", LARGE, SMALL, *gate, "--margin", "0.2")[0] == 0, "not surely by as much"


def test_json_is_one_object_as_the_schema_says_and_as_the_file(tmp_path, exits):
    out_folder = tmp_path / "out"
    status, out, _ = exits("compare", SMALL, LARGE, "--all-shots", "--json", "--out", str(out_folder))
    record = json.loads(out)
    assert (status, record) == (0, json.loads((out_folder / "comparison.json").read_text()))
    assert {path.name for path in out_folder.iterdir()} == {"comparison.json", "comparison.html", "comparison.png"}
    (file,) = (path for path in SHIPPED if path.name == "comparison.schema.json")
    schema = Draft202012Validator(json.loads(file.read_text()))
    assert list(schema.iter_errors(record)) == []
    assert list(schema.iter_errors({**record, "pairs": [{"first": 3}]}))
    (pair,) = record["pairs"]
    assert (pair["outcome"], pair["n_items"], pair["shots"]) == ("better", 30, None)
    assert [p["shots"] for p in record["at_shots"]] == [0, 1, 4, 16, 64]
    assert pair["gained"] == sum(c["after"] > c["before"] for c in pair["changed"])


def test_files_of_other_tools_are_compared_by_item(tmp_path, exits, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, right in (("monday", 10), ("tuesday", 35)):
        rows = "".join(f"0,q{i},{int(i < right)}\n" for i in range(40))
        Path(f"{name}.csv").write_text(f"shots,item,score\n{rows}")
    status, out, _ = exits("compare", "monday.csv", "tuesday.csv")
    assert status == 0
    assert out.startswith("tuesday.csv is better than monday.csv by 62.5 points")
    assert "matched by id alone" in out


def test_verbose_lists_the_items_that_changed_with_their_inputs(exits):
    _, out, _ = exits("compare", SMALL, LARGE, "--verbose")
    gained = [line for line in out.splitlines() if line.startswith("  gained ")]
    assert len(gained) == 10
    assert all(len(line.split()) > 3 for line in gained)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([SMALL], 2, "needs two studies at least"),
        ([SMALL, "nowhere"], 1, "nowhere"),
        ([SMALL, "reports/kubectl/local-gemma3-270m"], 1, "30 have the same id, but another input, target or scorer"),
    ],
)
def test_what_cannot_be_compared_is_one_line(exits, arguments, status, said):
    found, out, err = exits("compare", *arguments)
    assert (found, out) == (status, "")
    assert said in err.splitlines()[-1]
