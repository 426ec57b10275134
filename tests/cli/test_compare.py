"""`curvefit compare` as a user runs it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from curvefit.cli.compare import _told_apart
from curvefit.report.schemas import SHIPPED

ROOT = Path(__file__).parents[2]
WRITTEN = "tests/measurement/importers/written"
SMALL, LARGE = (f"reports/logquery/local-{name}" for name in ("smollm2-135m", "gemma3-270m"))


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_the_answer_comes_first_in_at_most_fourteen_lines(exits):
    status, out, err = exits("compare", SMALL, LARGE)
    assert (status, err) == (0, "")
    assert out.startswith("local/gemma3-270m is better than local/smollm2-135m by 21.5 points (7.2 to\n35.8)")
    assert len(out.splitlines()) <= 14
    assert exits("compare", SMALL, LARGE, f"{LARGE}/study.json")[0] == 2, "the same study twice"


def test_the_page_on_comparing_shows_what_the_command_prints(exits):
    page = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")
    shown = re.findall(r"```sh\ncurvefit ([^\n]*)\n```\n(?:\n[^`]*)?\n```text\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    for command, printed in shown:
        assert exits(*command.split())[1] == printed


def test_long_names_that_begin_alike_are_told_apart_in_every_line(ran, exits):
    names = [f"support-tickets-of-november-with-the-first-version-of-the-prompt-{n}" for n in "ab"]
    for name, instruction in zip(names, ("Sort it.", "Pick one."), strict=True):
        ran("plateau", 20, name, "--instruction", instruction)
    for verbose in ([], ["--verbose"]):
        out = exits("compare", *names, *verbose)[1]
        lines = [line for line in out.splitlines() if re.match("  support-tick", line)]
        assert [line.split()[0] for line in lines] == ["support-tick…prompt-a", "support-tick…prompt-b"]
    assert [each["name"] for each in json.loads(exits("compare", *names, "--json")[1])["studies"]] == [
        "support-tick…prompt-a", "support-tick…prompt-b"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["m" * 40, "n"], ["m" * 40, "n"]),
        (["x" * 40 + "a", "x" * 40 + "b"], ["x" * 12 + "…" + "x" * 8 + "a", "x" * 12 + "…" + "x" * 8 + "b"]),
        (["x" * 60, "x" * 60 + "y" * 30, "z"], ["x" * 12 + "…" + "x" * 8, "x" * 12 + "…" + "x" * 8 + "y" * 30, "z"]),
    ],
)
def test_only_names_that_would_be_cut_to_the_same_are_shortened(names, shown):
    assert _told_apart(names) == shown


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
    pictures = {"comparison.png", "comparison-dark.png", "comparison.svg"}
    assert {path.name for path in out_folder.iterdir()} == {"comparison.json", "comparison.html", *pictures}
    (file,) = (path for path in SHIPPED if path.name == "comparison.schema.json")
    schema = Draft202012Validator(json.loads(file.read_text()))
    assert list(schema.iter_errors(record)) == []
    assert list(schema.iter_errors({**record, "pairs": [{"first": 3}]}))
    (pair,) = record["pairs"]
    assert (pair["outcome"], pair["n_items"], pair["shots"]) == ("better", 30, None)
    assert [p["shots"] for p in record["at_shots"]] == [0, 1, 4, 16, 64]
    assert pair["gained"] == sum(c["after"] > 0.5 > c["before"] for c in pair["changed"])
    assert len(pair["changed"]) > pair["gained"] + pair["lost"], "those that are partly right count as well"


def test_files_of_other_tools_are_compared_by_item(tmp_path, exits, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, right in (("monday", 10), ("tuesday", 35)):
        rows = "".join(f"0,q{i},{int(i < right)}\n" for i in range(40))
        Path(f"{name}.csv").write_text(f"shots,item,score\n{rows}")
    status, out, _ = exits("compare", "monday.csv", "tuesday.csv")
    assert status == 0
    assert out.startswith("tuesday.csv is better than monday.csv by 62.5 points")
    assert "matched by id alone" in out


def test_grades_are_read_by_fit_which_is_said_and_then_compared(tmp_path, exits, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, low in (("monday", 1), ("tuesday", 3)):
        Path(f"{name}.csv").write_text("shots,item,score\n" + "".join(f"0,q{i},{low + i % 3}\n" for i in range(40)))
    status, _, err = exits("compare", "monday.csv", "tuesday.csv")
    assert status == 1
    assert "such as curvefit fit --scale 1,5" in err
    for name in ("monday", "tuesday"):
        assert exits("fit", f"{name}.csv", "--scale", "1,5", "--out", name)[0] == 0
    assert exits("compare", "monday", "tuesday")[1].startswith("tuesday is better than monday by 50.0 points (")


def test_two_tables_with_draws_say_that_these_count_as_unrelated(tmp_path, exits, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, right in (("monday", 10), ("tuesday", 35)):
        rows = "".join(f"4,{draw},q{i},{int(i < right + draw)}\n" for draw in range(2) for i in range(40))
        Path(f"{name}.csv").write_text(f"shots,draw,item,score\n{rows}")
    status, out, _ = exits("compare", "monday.csv", "tuesday.csv")
    assert status == 0
    assert "Draws of different tables count as unrelated" in out
    assert len(out.splitlines()) <= 14
    assert re.search(r"^  monday.csv +26%.*\n  tuesday.csv +89%", out, re.MULTILINE), "accuracies have room beside it"


def test_draws_of_two_tables_are_paired_by_name_where_their_scores_go_together(tmp_path, exits, monkeypatch):
    """Which items are right is a matter of the draw; the second table lists its draws the other way round."""
    monkeypatch.chdir(tmp_path)
    right = np.random.default_rng(1).random((2, 40)) < 0.6
    changed = right.copy()
    changed[0, :2] ^= True
    for name, scores, draws in (("monday", right, (0, 1)), ("tuesday", changed, (1, 0)), ("other", changed, (1, 0))):
        word = "fold" if name == "other" else "seed"
        rows = "".join(f"4,{word} {draw},q{i},{int(scores[draw, i])}\n" for draw in draws for i in range(40))
        Path(f"{name}.csv").write_text(f"shots,draw,item,score\n{rows}")
        assert exits("fit", f"{name}.csv", "--out", name)[0] == 0
    width = {}
    for other in ("tuesday.csv", "other.csv", "tuesday"):
        _, out, _ = exits("compare", "monday" if other == "tuesday" else "monday.csv", other, "--json")
        record = json.loads(out)
        width[other] = record["pairs"][0]["difference"]["high"] - record["pairs"][0]["difference"]["low"]
        said = {caution["code"] for caution in record["cautions"]}
        assert ("pair-unrelated-draws" in said) is (other == "other.csv")
    assert width["tuesday.csv"] < 0.7 * width["other.csv"]
    assert width["tuesday"] == width["tuesday.csv"], "a study keeps what its draws are called"


def write_logs(folder, scores, first_seed=0, bare=True):
    """Write logs of Inspect: one of each draw with 4 examples, and one without any, which names no draw."""
    log = json.loads((ROOT / f"{WRITTEN}/inspect-json/4.json").read_text())
    folder.mkdir()
    for draw, right in enumerate(scores):
        log["eval"]["dataset"]["sample_ids"] = [f"q{n}" for n in range(len(right))]
        log["samples"] = [
            {
                "id": f"q{n}",
                "epoch": 1,
                "input": f"What is {n}?",
                "target": f"{n}",
                "scores": {"match": {"value": score}},
            }
            for n, score in enumerate(np.where(right, "C", "I").tolist())
        ]
        log["eval"]["task_args"] = {"fewshot": 4, "fewshot_seed": first_seed + draw}
        (folder / f"4-{draw}.json").write_text(json.dumps(log))
    log["eval"]["task_args"] = {"fewshot": 0}
    log["samples"] = [{**sample, "scores": {"match": {"value": "I"}}} for sample in log["samples"]]
    if bare:
        (folder / "0.json").write_text(json.dumps(log))


def test_draws_of_logs_are_paired_where_one_without_examples_names_none(tmp_path, exits):
    right = np.random.default_rng(1).random((3, 40)) < 0.6
    changed = right.copy()
    changed[0, :4] ^= True
    write_logs(tmp_path / "monday", right)
    write_logs(tmp_path / "tuesday", changed)
    write_logs(tmp_path / "alone", changed, bare=False)
    write_logs(tmp_path / "others", changed, first_seed=7)
    width, said = {}, {}
    for other in ("tuesday", "alone", "others"):
        record = json.loads(exits("compare", str(tmp_path / "monday"), str(tmp_path / other), "--json")[1])
        width[other] = record["pairs"][0]["difference"]["high"] - record["pairs"][0]["difference"]["low"]
        said[other] = {caution["code"] for caution in record["cautions"]}
    unrelated = {other for other, codes in said.items() if "pair-unrelated-draws" in codes}
    assert unrelated == {"others"}, "of other seeds: other examples"
    assert width["tuesday"] < 0.7 * width["others"]
    assert width["alone"] == pytest.approx(width["tuesday"], rel=0.05)


def test_what_was_noted_on_reading_files_of_other_tools_is_said_as_fit_says_it(tmp_path, exits, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"0,q{i},{int(i < 20)},{i}\n" for i in range(40)]
    Path("whole.csv").write_text("shots,item,score,extra\n" + "".join(rows))
    rows[3] = "0,q3,,3\n"
    Path("lacking.csv").write_text("shots,item,score,extra\n" + "".join([*rows, rows[7]]))
    _, out, _ = exits("compare", "whole.csv", "lacking.csv", "--out", "compared", "--verbose")
    said = " ".join(out.split())
    assert "! columns that are not read: extra" in said, "of both"
    assert "! lacking.csv: 1 of 40 scores is missing: 1 at 0 shots (lacking.csv)" in said
    assert "! lacking.csv: 1 score is in lacking.csv twice" in said
    of = {
        study["name"]: study["notes"] for study in json.loads(Path("compared/comparison.json").read_text())["studies"]
    }
    assert [len(notes) for notes in of.values()] == [1, 3]
    assert "lacking.csv: 1 score is in lacking.csv twice" in Path("compared/comparison.html").read_text()


@pytest.mark.parametrize(
    ("files", "items"),
    [
        (["inspect/0.eval", "inspect/4.eval"], 6),
        (["inspect-json/0.json", "inspect-json/2.json"], 6),
        (["lm-eval/results_2026-01-01T00-00-00.000000.json", "lm-eval/results_2026-01-01T00-00-03.000000.json"], 6),
        (["promptfoo/labels.json", "promptfoo/vars.json"], 2),
    ],
)
def test_other_tools_items_are_matched_by_what_their_files_say_of_them(exits, files, items):
    metric = ["--metric", "acc"] if "lm-eval" in files[0] else []
    status, out, _ = exits("compare", *(f"{WRITTEN}/{file}" for file in files), *metric, "--json")
    record = json.loads(out)
    assert (status, record["pairs"][0]["n_items"]) == (0, items)
    assert "pair-by-id" not in {caution["code"] for caution in record["cautions"]}


def test_an_input_that_another_tool_changed_is_not_paired(tmp_path, exits):
    log = json.loads(Path(f"{WRITTEN}/inspect-json/0.json").read_text())
    log["samples"][0]["input"] += " now"
    (tmp_path / "new.json").write_text(json.dumps(log))
    _, out, _ = exits("compare", f"{WRITTEN}/inspect-json/0.json", str(tmp_path / "new.json"), "--json")
    record = json.loads(out)
    assert record["pairs"][0]["n_items"] == 5
    assert record["cautions"][0]["code"] == "pair-changed"


def test_that_two_logs_were_scored_by_other_scorers_is_said(tmp_path, exits):
    for name in ("match", "includes"):
        log = json.loads(Path(f"{WRITTEN}/inspect-json/4.json").read_text())
        log["samples"] = [{**each, "scores": {name: each["scores"]["match"]}} for each in log["samples"]]
        log["results"]["scores"][0]["name"] = name
        (tmp_path / f"{name}.json").write_text(json.dumps(log))
    said = "match.json was scored by match, and includes.json by includes: what differs may be these."
    paths = {name: str(tmp_path / f"{name}.json") for name in ("match", "includes")}
    assert said in " ".join(exits("compare", paths["match"], paths["includes"])[1].split())
    assert exits("fit", paths["match"], "--out", str(tmp_path / "fitted"))[0] == 0
    assert "scored by" in " ".join(exits("compare", str(tmp_path / "fitted"), paths["includes"])[1].split())
    (tmp_path / "again.json").write_text(Path(paths["match"]).read_text())
    assert "scored by" not in exits("compare", paths["match"], str(tmp_path / "again.json"))[1]


def test_logs_need_not_say_how_many_examples_a_prompt_held(tmp_path, exits):
    for name, wrong in (("a", 0), ("b", 2)):
        log = json.loads(Path(f"{WRITTEN}/inspect-json/4.json").read_text())
        log["eval"]["task_args"] = {}
        for sample in log["samples"][:wrong]:
            sample["scores"]["match"]["value"] = "I"
        (tmp_path / f"{name}.json").write_text(json.dumps(log))
    status, out, _ = exits("compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert status == 0
    assert "b.json   67%  (27% to 92%)\n" in out
    assert exits("fit", str(tmp_path / "a.json"), "--out", str(tmp_path))[0] == 1, "a curve needs them"


def test_the_prompts_of_one_file_are_compared_with_each_other(tmp_path, exits):
    document = json.loads(Path(f"{WRITTEN}/promptfoo/labels.json").read_text())
    for number, prompt in enumerate(document["results"]["prompts"]):
        prompt["label"] = f"wording {number}"
    (tmp_path / "results.json").write_text(json.dumps(document))
    status, out, _ = exits("compare", str(tmp_path / "results.json"), "--json")
    record = json.loads(out)
    assert (status, len(record["studies"]), len(record["pairs"])) == (0, 4, 6)
    assert all("wording" in study["name"] for study in record["studies"])


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


def test_where_items_differ_both_accuracies_on_the_common_ones_stand_beside_the_difference(
    tmp_path, exits, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for name, items, right in (("monday", 80, 40), ("tuesday", 40, 30)):
        rows = "".join(f"0,q{i},{int(i < right)}\n" for i in range(items))
        Path(f"{name}.csv").write_text(f"shots,item,score\n{rows}")
    compared = ["compare", "monday.csv", "tuesday.csv"]
    printed = " ".join(exits(*compared, "--out", "out")[1].split())
    assert "monday.csv is better than tuesday.csv by 25.0 points (" in printed
    assert ", on 40 common items (monday.csv 100%, tuesday.csv 75%)." in printed
    assert "monday.csv 50% (" in printed, "of all of its items"
    page = Path("out/comparison.html").read_text()
    assert (page.count("; 100% on the common items"), page.count("; 75% on the common items")) == (1, 0)
    (pair,) = json.loads(exits(*compared, "--json")[1])["pairs"]
    assert (pair["accuracies"], pair["text"] in printed) == ([1.0, 0.75], True)


@pytest.fixture
def ran(tmp_path, exits, monkeypatch):
    """Return what runs a made-up model on so many items of a task, into a folder."""
    monkeypatch.chdir(tmp_path)
    rows = [{"input": f"{word} {n}", "output": word[:3]} for n in range(100) for word in ("refund", "login")]
    Path("mail.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    def run(model, items, folder, *more):
        words = ["run", "mail.jsonl", "-m", f"simulated/{model}", "--shots", "0,4", "--items", f"{items}", *more]
        exits(*words, "--out", folder)

    return run


def test_what_one_has_and_the_other_could_be_asked_is_a_whole_command_that_narrows_the_interval(ran, exits):
    ran("plateau", 20, "first", "--draws", "2")
    ran("plateau", 60, "large", "--draws", "3", "--instruction", "Sort it.")
    Path("first").rename("small")
    words = ["compare", "large", "small"]
    status, printed, _ = exits(*words, "--out", "out")
    record = json.loads(exits(*words, "--json")[1])
    (more,), before = record["to_ask"], record["pairs"][0]
    assert (status, more["study"], more["other"], more["items"], more["draws"]) == (0, "small", "large", 40, 1)
    assert more["calls"] == 40 + (60 * 3 - 20 * 2), "without examples, and with 4"
    assert f"\n  {more['command']}\n" in printed, "in a line of its own"
    assert more["text"] in " ".join(printed.split())
    assert "What could still be asked" in Path("out/comparison.html").read_text()
    exits(*shlex.split(more["command"])[1:])
    record = json.loads(exits(*words, "--json")[1])
    after = record["pairs"][0]
    assert (record["to_ask"], before["n_items"], after["n_items"]) == ([], 20, 60)
    wide, narrow = (pair["difference"]["high"] - pair["difference"]["low"] for pair in (before, after))
    assert narrow < wide * (1 - 0.8 * more["narrower"])


@pytest.mark.parametrize(
    ("other", "outcome"), [(("plateau", 60, "b"), "better"), (("flat", 60, "b", "--seed", "1"), "open")]
)
def test_nothing_is_to_be_asked_of_two_that_are_told_apart_or_of_other_items(ran, exits, other, outcome):
    ran("flat", 20, "a")
    ran(*other)
    record = json.loads(exits("compare", "a", "b", "--json")[1])
    assert (record["pairs"][0]["outcome"], record["to_ask"]) == (outcome, [])
