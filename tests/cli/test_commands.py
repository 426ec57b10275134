"""The commands as a user runs them, in this process, on the simulated model."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from curvefit.cli.main import _COMMANDS, cli
from curvefit.models.resolve import resolve
from curvefit.report.readiness_text import fitness_sentence
from curvefit.tasks.loading import load_task
from curvefit.tasks.readiness import default_margin
from curvefit.tasks.task import fingerprint
from curvefit.testing.fake_batch_provider import FakeBatchProvider
from curvefit.trials.journal import Journal
from curvefit.workflows.full_study import Criteria

ROWS = [{"input": f"message number {i} about topic {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(120)]
DATA = "".join(json.dumps(row) + "\n" for row in ROWS)
FAST = ["-m", "simulated/plateau", "--shots", "0,1,4", "--draws", "2", "--items", "20"]
TINY = ["-m", "simulated/plateau", "--shots", "0,1", "--draws", "1", "--items", "10"]
STAGED = ["-m", "simulated/plateau", "--shots", "0,1,2,4,8", "--draws", "3", "--items", "60", "--until-decided"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with a small label task in one file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.jsonl").write_text(DATA)
    return tmp_path


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """What a run whose pictures are drawn says, and the folder it wrote."""
    made = tmp_path_factory.mktemp("drawn")
    (made / "data.jsonl").write_text(DATA)
    with pytest.MonkeyPatch.context() as here:
        here.chdir(made)
        return run("run", "data.jsonl", *FAST, "--out", "out"), made / "out"


@pytest.fixture
def measured(folder, drawn):
    """The same directory after that run."""
    shutil.copytree(drawn[1], folder / "out")
    return folder


def run(*arguments: str):
    return CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)


@pytest.mark.parametrize("width", [60, 100])
def test_help_fits_the_terminal_and_breaks_no_option(width):
    for name in ([], *([each] for each in _COMMANDS)):
        lines = CliRunner().invoke(cli, [*name, "--help"], terminal_width=width).output.splitlines()
        assert [line for line in lines if len(line) > width and not line.startswith("    curvefit ")] == []
        assert [line for line in lines if re.search(r"(^| )--?[\w-]*-$", line)] == []


def test_an_example_in_help_is_explained_below_it_where_there_is_no_room_beside():
    narrow, wide = (CliRunner().invoke(cli, ["--help"], terminal_width=width).output for width in (60, 100))
    assert "    curvefit init my-task\n        start a folder of examples\n" in narrow
    assert re.search("^    curvefit init my-task +start a folder of examples$", wide, re.MULTILINE)
    narrow = CliRunner().invoke(cli, ["decide", "--help"], terminal_width=60).output
    assert "    1. checks the examples, and stops if they cannot decide\n       anything\n" in narrow


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_help_that_says_what_it_does(name):
    shown = run(name, "--help").output
    assert len(shown) > 150
    assert f"Usage: curvefit {name}" in shown or f"Usage: cli {name}" in shown


def test_run_ends_with_a_summary_and_three_files(drawn):
    result, out = drawn
    assert {p.name for p in out.iterdir()} >= {"report.html", "curve.png", "study.json", "journal.sqlite"}
    assert "data on simulated/plateau" in result.stdout
    assert "report.html" in result.stdout


def test_without_a_margin_the_items_decide_it_and_that_is_said(folder, exits):
    _, out, err = exits("run", "data.jsonl", *FAST, "--out", "out", "--json")
    assert json.loads(out)["margin"] == json.loads(out)["verdict"]["margin"] == 0.05
    assert "The margin is 5 points" in err
    assert "20 items" in err
    _, out, err = exits("run", "data.jsonl", *FAST, "--out", "out", "--json", "--margin", "0.03")
    assert json.loads(out)["margin"] == 0.03
    assert "The margin" not in err


def test_a_report_elsewhere_names_the_folder_that_has_the_replies(folder):
    run("run", "data.jsonl", *STAGED[:-1], "--margin", "0.1", "--out", "out")
    run("report", "out", "--out", "again")
    record = json.loads((folder / "again" / "study.json").read_text())
    commands = [step["command"] for step in record["advice"]["next_steps"]]
    assert "curvefit errors out" in commands


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_the_outcome_is_kept_and_printed_before_anything_is_drawn(folder, exits, monkeypatch, more):
    """Who breaks off while it draws has all that was measured, and no picture of an older study."""

    def broken_off(study):
        raise KeyboardInterrupt

    monkeypatch.setattr("curvefit.report.figure.pictures", broken_off)
    status, out, err = exits("run", "data.jsonl", *FAST, "--out", "out", *more)
    assert (status, err.splitlines()[-1]) == (130, "interrupted")
    assert json.loads((folder / "out" / "study.json").read_text())["task"] == "data"
    assert ("simulated/plateau" in out, "report.html" in out) == (True, False)


def test_a_picture_that_fails_is_a_line_on_stderr_and_no_error(folder, exits, monkeypatch):
    def failing(study):
        raise OSError("no\x1b[31m font")

    monkeypatch.setattr("curvefit.report.figure.pictures", failing)
    status, out, err = exits("run", "data.jsonl", *FAST, "--out", "out", "--json")
    assert (status, json.loads(out)["task"]) == (0, "data")
    assert "curve.png could not be drawn (OSError: no [31m font); the numbers are all there" in err
    assert {path.name for path in (folder / "out").iterdir()} >= {"study.json", "report.html"}
    assert not (folder / "out" / "curve.png").exists()


def test_run_says_how_it_read_the_task_once_and_keeps_it(folder):
    result = run("run", "data.jsonl", *FAST, "--max-calls", "60", "--out", "out")
    notes = json.loads((folder / "out" / "study.json").read_text())["measurement"]["notes"]
    task = [note["text"] for note in notes if note["origin"] == "task"]
    assert {text.split(":")[0] for text in task} >= {"no scorer given", "no instruction given"}
    assert {note["origin"] for note in notes} == {"task", "asking"}
    assert all((result.stdout + result.stderr).count(text) == 1 for text in task)
    again = run("run", "data.jsonl", *FAST, "--max-calls", "1", "--out", "out", "--verbose")
    shown = " ".join(again.stdout.split())
    notes = json.loads((folder / "out" / "study.json").read_text())["measurement"]["notes"]
    assert all((note["text"] in shown) == (note["origin"] == "asking") for note in notes), "the others stand on stderr"
    assert "no scorer given" in run("report", "out", "--verbose").stdout


def test_run_on_workers_without_ray_says_how_to_get_it(folder, monkeypatch, exits):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    status, _, told = exits("run", "data.jsonl", *FAST, "--workers", "ray", "--out", "out")
    assert status == 1
    assert told.splitlines()[-1].endswith("pip install 'curvefit[ray]'")


@pytest.mark.parametrize("where", ["dask", "ray:0", "ray:", "ray:two", "2"])
def test_workers_are_rays(folder, where, exits):
    status, _, told = exits("run", "data.jsonl", *FAST, "--workers", where)
    assert (status, "is not ray, or ray:N" in told) == (2, True)


BATCH = ["-m", "openai/any", "--shots", "0,1", "--draws", "2", "--items", "5", "--out", "out", "--batch"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
def test_run_by_batch_exits_5_with_the_command_that_collects_and_that_command_reports(folder, monkeypatch, exits):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    with FakeBatchProvider(looks=1) as server:
        asked = ["run", "data.jsonl", *BATCH, "--api-base", server.base, "--json"]
        status, shown, told = exits(*asked)
        assert (status, shown, (folder / "out" / "study.json").exists()) == (5, "", False)
        line = told.splitlines()[-1]
        assert line.startswith(
            "15 requests are out by batch (batch_1 in_progress, 0 done), 0 of 15 are here; collect later"
        )
        assert shlex.split(line.partition("with: ")[2]) == ["curvefit", *asked]
        status, shown, told = exits(*asked)
    assert (status, json.loads(shown)["usage"]["calls"]) == (0, 15)
    assert "batch_1 completed: 15 of 15 requests answered" in told
    assert server.requests["POST batches"] == 1


@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
def test_run_by_batch_and_until_decided_submits_stage_by_stage(folder, monkeypatch, exits):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    monkeypatch.setattr("curvefit.curves.group_sequential._FUTILE", 0.0)
    wide = [*BATCH, "--until-decided", "--items", "40", "--draws", "4"]
    with FakeBatchProvider(looks=1, reply=lambda body: "abc"[len(body["messages"][-1]["content"]) % 3]) as server:
        asked = ["run", "data.jsonl", *wide, "--api-base", server.base]
        first, _, _ = exits(*asked)
        submitted = server.traffic.billed.total()
        while exits(*asked)[0] == 5:
            assert len(server.batches) < 5
    assert first == 5
    assert 0 < submitted < server.traffic.billed.total()
    assert set(server.traffic.billed.values()) == {1}


@pytest.mark.parametrize("other", [["--workers", "ray"], ["--max-minutes", "5"]])
def test_batches_do_not_go_with_what_needs_an_answer_now(folder, other, exits):
    status, _, told = exits("run", "data.jsonl", *BATCH, *other)
    assert (status, "--batch does not go with" in told) == (2, True)


def test_a_model_that_runs_here_takes_no_batch(folder, exits):
    status, _, told = exits("run", "data.jsonl", *FAST, "--batch")
    assert (status, "leave --batch out" in told) == (1, True)


def test_plan_by_batch_takes_half_the_price_that_the_list_has(folder, monkeypatch):
    asked = ["plan", "data.jsonl", "-m", "openai/gpt-4o-mini", *FAST[2:], "--json"]
    single, by_batch = (json.loads(run(*asked, *more).output)["usd"] for more in ([], ["--batch"]))
    assert by_batch == pytest.approx(single / 2)


def test_plan_prices_each_call_by_its_own_tier(folder):
    """Above 200,000 tokens in one prompt, this model's list price doubles; no prompt here is as long."""
    rows = [{"input": "word " * 500 + str(i), "output": f"label-{i % 2}"} for i in range(400)]
    Path("long.jsonl").write_text("\n".join(map(json.dumps, rows)))
    asked = ["plan", "long.jsonl", "-m", "gemini/gemini-2.5-pro", "--shots", "1", "--draws", "3", "--items", "100"]
    plan = json.loads(run(*asked, "--json").output)
    assert plan["prompt_tokens"] > 200_000
    assert plan["usd"] == pytest.approx(1.25e-6 * plan["prompt_tokens"] + 1e-5 * plan["completion_tokens"], rel=0.02)


def test_run_until_decided_says_what_every_look_showed_and_asks_less(folder):
    result = run("run", "data.jsonl", *STAGED, "--margin", "0.2", "--out", "out", "--json")
    record = json.loads(result.stdout)
    assert record["verdict"]["trend"] == "plateau"
    assert record["points"][-1]["n_items"] < 60
    assert record["looks"]["outcome"] == "settled"
    assert all(sentence.startswith(("look ", "data: ")) for sentence in result.stderr.splitlines())


@pytest.mark.slow
def test_run_until_decided_takes_no_shots_that_fit_its_first_look_alone(folder, monkeypatch):
    """The longest prompts are met later, with more draws and items: what was asked until then would be lost."""
    monkeypatch.setattr(
        "curvefit.models.resolve.resolve", lambda name, **told: replace(resolve(name, **told), context=2692)
    )
    reviews = str(Path(__file__).parents[2] / "sample_tasks" / "reviews")
    result = run("run", reviews, "-m", "simulated/late", "--seed", "3", "--until-decided", "--out", "out", "--json")
    assert [point["shots"] for point in json.loads(result.stdout)["points"]] == [0, 1, 2, 4, 8, 16, 32]


def test_run_json_is_one_object_on_stdout_and_equals_the_file(folder):
    result = run("run", "data.jsonl", *FAST, "--out", "out", "--json")
    record = json.loads(result.stdout)
    assert record == json.loads((folder / "out" / "study.json").read_text())
    assert record["schema"] == "curvefit.study/1"
    assert [p["shots"] for p in record["points"]] == [0, 1, 4]


def test_a_second_run_with_another_margin_asks_nothing(measured):
    first = json.loads((measured / "out" / "study.json").read_text())
    second = json.loads(run("run", "data.jsonl", *FAST, "--out", "out", "--margin", "0.03", "--json").stdout)
    assert second["verdict"]["margin"] == 0.03
    assert second["usage"] == first["usage"]
    assert second["points"] == first["points"]


OTHER = "holds the study of other examples, read from data.jsonl"
REPLACED = "and will be replaced; to keep both, use another --out"


@pytest.mark.slow
def test_run_says_before_it_replaces_the_study_of_another_task_of_the_same_name(folder):
    assert REPLACED not in run("run", "data.jsonl", *TINY).stderr
    for more in (["--items", "40"], ["--seed", "3"], ["--margin", "0.1"], ["--retrieved", "1"]):
        assert REPLACED not in run("run", "data.jsonl", *TINY, *more).stderr, "the same task"
    rows = [{"input": f"quite another question {i * 7919 % 1000}", "output": "xy"[i % 2]} for i in range(120)]
    (folder / "other").mkdir()
    (folder / "other" / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (said,) = [told for told in run("run", "other/data.jsonl", *TINY).stderr.splitlines() if REPLACED in told]
    assert said == f"data: reports/data/simulated-plateau/study.json {OTHER}, {REPLACED}"
    assert REPLACED not in run("run", "other/data.jsonl", *TINY).stderr
    assert REPLACED in run("run", "data.jsonl", *TINY).stderr


def test_run_says_before_it_replaces_the_study_of_another_model(measured):
    other = ["simulated/rising" if told == "simulated/plateau" else told for told in FAST]
    assert other != list(FAST)
    said = run("run", "data.jsonl", *other, "--out", "out").stderr
    assert f"data: out/study.json holds the study of another model, {REPLACED}" in said


def test_fit_leaves_the_study_of_another_model_where_it_is(folder, exits):
    rows = ["shots,draw,item,score", *(f"{k},0,{i},{(i + k) % 2}" for k in (0, 1, 2) for i in range(9))]
    (folder / "data.csv").write_text("\n".join(rows) + "\n")
    run("fit", "data.csv")
    kept = folder / "reports" / "data" / "study.json"
    run("fit", "data.csv")  # the same again
    held = json.loads(kept.read_text())
    kept.write_text(json.dumps({**held, "model": "another"}))
    status, out, err = exits("fit", "data.csv")
    assert (status, out) == (1, "")
    assert err == "curvefit: reports/data/study.json: is of 'data' with 'another', not of 'data' with ''; use --out\n"
    assert json.loads(kept.read_text())["model"] == "another"
    run("fit", "data.csv", "--out", "reports/data")  # said is said
    assert json.loads(kept.read_text())["model"] == ""


MEANS = "shots,accuracy{}\n0,.2{n}\n1,.3{n}\n4,.4{n}\n16,.5{n}\n"


def _table(n_items: int) -> str:
    rows = [f"{k},{d},q{i},{(i + d) % 2}" for k in (0, 1, 4, 16) for d in range(2) for i in range(n_items)]
    return "\n".join(["shots,draw,item,score", *rows])


@pytest.mark.parametrize(
    ("table", "margin", "said"),
    [
        (
            _table(100),
            0.05,
            "The margin is 5 points, the smallest gain that counts: with 100 items, gains below about 8",
        ),
        (
            MEANS.format(",n_items", n=",400"),
            0.04,
            "The margin is 4 points, the smallest gain that counts: about what 400",
        ),
        (
            MEANS.format("", n=""),
            0.02,
            "counts: how many items were scored is not known. State your own with --margin.",
        ),
    ],
)
def test_the_margin_of_results_from_elsewhere_is_what_their_items_can_tell(
    tmp_path, monkeypatch, exits, table, margin, said
):
    monkeypatch.chdir(tmp_path)
    Path("scores.csv").write_text(table)
    status, out, err = exits("fit", "scores.csv", "--json")
    assert (status, json.loads(out)["verdict"]["margin"]) == (0, margin)
    assert said in " ".join(err.split())
    page = " ".join(re.sub(r"<[^>]*>", " ", Path("reports/scores/report.html").read_text()).split())
    source = said.rpartition(": ")[2].rstrip(".") if "not known" not in said else ": the smallest gain"
    assert re.search(f"Margin {100 * margin:g} points,? ?{source}", page)
    _, out, err = exits("fit", "scores.csv", "--json", "--margin", "0.05")
    assert json.loads(out)["verdict"]["margin"] == 0.05
    assert "margin" not in err


def test_a_step_that_measures_more_elsewhere_is_judged_by_the_margin_of_now(tmp_path, monkeypatch, exits):
    """By default more items have a smaller margin, and the same accuracies another answer."""
    monkeypatch.chdir(tmp_path)
    few, many = (["shots,accuracy,n_items", *(f"{k},0.{a},{n}" for k, a in ((0, 2), (1, 3)))] for n in (60, 4000))
    Path("scores.csv").write_text("\n".join(few))
    _, out, _ = exits("fit", "scores.csv")
    said, _, command = out.partition("Next: ")[2].split("\n\n")[0].rpartition("\n  ")
    assert " ".join(said.split()).endswith("Then judge the larger results by the same margin.")
    assert command == "curvefit fit scores.csv --margin 0.05"
    assert f">{command.split()[-1]}</span></pre>" in Path("reports/scores/report.html").read_text()
    assert exits("report", "reports/scores", "--out", "moved")[1].count(f"\n  {command}\n") == 1
    Path("scores.csv").write_text("\n".join(many))
    margins = [json.loads(exits(*words, "--json")[1])["verdict"]["margin"] for words in (("fit", "scores.csv"),
               shlex.split(command)[1:])]  # fmt: skip
    assert margins == [pytest.approx(0.02, abs=0.005), 0.05]


@pytest.mark.parametrize("command", [["check"], ["plan"], ["run"], ["report"], ["fit"], ["validate", "-m", "x"]])
def test_a_path_no_file_system_takes_is_one_line(folder, exits, command):
    status, out, err = exits(command[0], "x" * 5000, *command[1:])
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"curvefit: {'x' * 40}")
    assert "File name too long" in err


@pytest.mark.parametrize("option", [["--draws", "100000000"], ["--level", "0.9999999999999999"]])
def test_what_nothing_could_be_made_of_is_refused_as_usage(folder, exits, option):
    status, _, err = exits("plan" if option[0] == "--draws" else "run", "data.jsonl", *FAST, *option)
    assert (status, option[0] in err) == (2, True)


@pytest.mark.parametrize(
    "held", ["", "[]", '{"measurement": 1}', '{"measurement": {"asked": "x", "items": [[]]}}', "[" * 10**5, "\udcff"]
)
def test_a_file_that_is_no_study_is_replaced_without_a_word(folder, held):
    (folder / "out").mkdir()
    (folder / "out" / "study.json").write_bytes(held.encode(errors="surrogateescape"))
    result = run("run", "data.jsonl", *TINY, "--out", "out")
    assert (result.return_value, REPLACED in result.stderr) == (0, False)


def test_report_writes_the_same_record_again(measured, real_pictures):
    run("report", "out", "--out", "again")
    assert (measured / "again" / "study.json").read_bytes() == (measured / "out" / "study.json").read_bytes()
    assert (measured / "again" / "report.html").read_bytes() == (measured / "out" / "report.html").read_bytes()
    assert b'class="miss"' in (measured / "again" / "report.html").read_bytes(), "replies are read where they are"
    assert (measured / "again" / "curve.png").read_bytes() == (measured / "out" / "curve.png").read_bytes()


def test_plan_counts_calls_and_asks_nothing(folder):
    planned = json.loads(run("plan", "data.jsonl", *FAST, "--json").stdout)
    # Two draws may happen to begin with the same examples, and then share requests.
    assert 20 + 2 * 20 < planned["calls"] <= 20 + 2 * 2 * 20
    assert not (folder / "reports").exists()


def test_what_a_cap_left_counts_the_replies_of_the_judge_too(folder):
    (folder / "task.yaml").write_text("judge: {model: simulated/flat, rubric: Same, scale: [0, 1]}\ndata: data.jsonl\n")
    asked = json.loads(run("plan", "task.yaml", *FAST, "--json").stdout)["calls"]
    done = run("run", "task.yaml", *FAST, "--out", "out", "--json", "--max-calls", str(asked + 10))
    unasked = json.loads(done.stdout)["measurement"]["unasked"]
    assert unasked["replies"] == asked + 10
    with Journal(folder / "out" / "journal.sqlite") as journal:
        assert len(journal) == asked + 10
    assert unasked["calls"] < asked, "equal replies are judged once, and 10 are judged"
    again = json.loads(run("run", "task.yaml", *FAST, "--out", "out", "--json").stdout)
    assert again["usage"]["calls"] == asked + 10 + unasked["calls"]


def test_a_plan_says_where_the_price_of_a_judge_is_stated_and_counts_it(folder):
    text = "judge: {{model: openai/our-own-judge, rubric: Same{}}}\ndata: data.jsonl\n"
    (folder / "task.yaml").write_text(text.format(""))
    where = "state it under judge: in task.yaml, as price: [IN, OUT], dollars for a million tokens"
    said = run("plan", "task.yaml", *FAST).stdout
    assert f"no price known for this model; {where}" in said
    assert f"price unknown: {where};" in said
    (folder / "task.yaml").write_text(text.format(", price: [1000, 1000]"))
    assert json.loads(run("plan", "task.yaml", *FAST, "--json").stdout)["total"]["usd"] > 1


def test_plan_and_check_speak_of_a_judge(folder):
    (folder / "task.yaml").write_text("judge: {model: simulated/flat, rubric: Same, scale: [0, 1]}\ndata: data.jsonl\n")
    planned = json.loads(run("plan", "task.yaml", *FAST, "--json").stdout)
    assert planned["judge"]["model"] == "simulated/flat"
    assert planned["judge"]["calls"] == planned["calls"], "every reply may be another one"
    assert "and to have simulated/flat judge the replies" in run("plan", "task.yaml", *FAST).stdout
    checked = json.loads(run("check", "task.yaml", "--json").stdout)
    assert [f["code"] for f in checked["findings"] if "judge" in f["message"]] == ["judge-unlabelled"]
    done = json.loads(run("run", "task.yaml", *FAST, "--out", "out", "--json").stdout)
    assert done["judge_correction"]["status"] == "unlabelled"
    assert json.loads(run("report", "out", "--json").stdout)["judge_correction"] == done["judge_correction"]
    missed = json.loads(run("errors", "out", "--json").stdout)
    assert missed["lost"] == 0, "verdicts are kept, so that no task has to be named and nobody is asked"


def test_plan_says_that_a_provider_will_count_less_and_why(folder):
    asked = ["plan", "data.jsonl", "-m", "openai/gpt-4o-mini", *FAST[2:]]
    held = json.loads(run(*asked, "--json").stdout)
    # A message for the instruction, one for each item, two for each example, with room of 8 tokens.
    assert 8 * 2 * held["calls"] < held["template_tokens"] < 8 * (2 + 2 * 4) * held["calls"]
    assert held["template_tokens"] < held["prompt_tokens"]
    shown = run(*asked).stdout
    assert f"{held['prompt_tokens']:,}   at most\n" in shown
    assert "Counted high, to keep within caps: 20% more tokens than litellm's tokenizers count, and" in shown
    assert f"and {held['template_tokens']:,} tokens as room for a chat template." in shown
    plain = run(*asked, "--form", "plain").stdout
    assert "litellm's tokenizers count." in plain
    assert "Counted high" not in run("plan", "data.jsonl", *FAST).stdout


def test_a_dry_run_shows_the_plan_and_asks_nothing(folder):
    words = ["data.jsonl", *FAST, "--retrieved", "1,4"]
    planned = run("plan", *words, "--json")
    dry = run("run", *words, "--margin", "0.05", "--max-calls", "3", "--dry-run", "--json")
    assert json.loads(dry.stdout) == json.loads(planned.stdout)
    assert dry.return_value == 0
    assert not Path("reports").exists()


def test_plan_after_run_finds_the_folder_named_after_task_and_model_and_has_nothing_left(folder):
    before = json.loads(run("plan", "data.jsonl", *FAST, "--json").stdout)
    run("run", "data.jsonl", *FAST)
    assert (folder / "reports" / "data" / "simulated-plateau" / "study.json").exists()
    planned = json.loads(run("plan", "data.jsonl", *FAST, "--json").stdout)
    assert (planned["calls"], planned["done"]) == (0, before["calls"])


def test_plan_shows_the_prompt_as_sent(folder):
    shown = run("plan", "data.jsonl", *FAST, "--show-prompt").stdout
    assert "[user] message number" in shown
    assert "[assistant]" in shown


def test_check_says_how_the_file_was_understood(folder):
    found = json.loads(run("check", "data.jsonl", "--json").stdout)
    assert found["labels"] == 3
    assert found["findings"]
    lines = run("check", "data.jsonl").stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert found["margin"] == Criteria().margin_for(found["items"])
    assert " ".join(lines[1:]).split(". ")[1].startswith(f"The margin is {100 * found['margin']:g} points")
    stated = run("check", "data.jsonl", "--margin", "0.02").stdout.splitlines()
    assert stated[0].endswith("; a margin of 2 may stay open.")
    assert "The margin is 2 points, the smallest gain that counts, as you stated it." in " ".join(stated)
    assert run("check", "data.jsonl", "--margin", "0.2").stdout.splitlines()[0] == "Good enough to decide on."
    (folder / "twice.jsonl").write_text(2 * (folder / "data.jsonl").read_text())
    twice = json.loads(run("check", "twice.jsonl", "--json").stdout)
    assert (twice["pool"], twice["items"]) == (found["pool"], found["items"])
    fitness = fitness_sentence((), twice["items"], found["margin"], 0.9)
    assert fitness in " ".join(run("check", "twice.jsonl").stdout.split())


def test_fit_judges_a_table_of_means(folder):
    (folder / "means.csv").write_text(
        "shots,accuracy,n_items\n1,0.30,500\n2,0.42,500\n4,0.55,500\n8,0.63,500\n16,0.70,500\n"
    )
    record = json.loads(run("fit", "means.csv", "--json").stdout)
    assert record["verdict"]["trend"] in {"rising", "inconclusive"}
    assert (folder / "reports" / "means" / "curve.png").exists()


def payoff_of(*arguments):
    return json.loads(run(*arguments, "--json").stdout)["payoff"]


def test_run_predicts_for_the_pool_or_for_the_examples_that_are_stated(folder):
    pool = json.loads(run("check", "data.jsonl", "--json").stdout)["pool"]
    assert payoff_of("run", "data.jsonl", *FAST, "--out", "out")["n_train"] == pool
    assert payoff_of("run", "data.jsonl", *FAST, "--out", "out", "--n-train", "5000")["n_train"] == 5000
    staged = [*FAST, "--margin", "0.2", "--until-decided", "--n-train", "70", "--out", "out"]
    assert payoff_of("run", "data.jsonl", *staged)["n_train"] == 70


def test_report_predicts_for_other_examples_and_keeps_what_was_stated(folder):
    run("run", "data.jsonl", *FAST, "--n-train", "40", "--out", "out")
    assert payoff_of("report", "out", "--out", "b")["n_train"] == 40
    assert payoff_of("report", "out", "--out", "b", "--n-train", "4000")["n_train"] == 4000
    assert payoff_of("report", "b", "--out", "c")["n_train"] == 4000


def test_fit_predicts_where_kind_and_examples_are_stated(folder):
    (folder / "means.csv").write_text("shots,accuracy,n_items\n1,0.30,500\n4,0.55,500\n16,0.70,500\n")
    assert payoff_of("fit", "means.csv", "--n-train", "100") is None
    assert payoff_of("fit", "means.csv", "--kind", "sql") is None
    assert payoff_of("fit", "means.csv", "--kind", "sql", "--n-train", "100")["n_train"] == 100
    by_label = payoff_of("fit", "means.csv", "--labels", "4", "--n-train", "100")
    assert by_label == payoff_of("fit", "means.csv", "--kind", "classification", "--n-train", "100")


def test_init_makes_a_task_that_check_can_read(folder, exits):
    run("init", "mine")
    status, out, _ = exits("check", "mine")
    assert out.splitlines()[0] == "Not good enough yet: it needs more items and a larger pool."
    assert out.splitlines()[1].startswith("mine: classification, ")
    assert status == 1, "five examples are nothing to decide on"


def test_init_names_the_way_to_split_one_file_and_that_works_as_written(folder, exits):
    run("init", "mine")
    path = folder / "mine" / "task.yaml"
    lines = path.read_text().splitlines()
    split = [line.replace("# data:", "data:") for line in lines if not line.startswith(("pool:", "items:"))]
    path.write_text("\n".join(split))
    rows = [
        {"input": f"{n * 7919} {'invoice' if n % 2 else 'password'}", "output": ["billing", "access"][n % 2]}
        for n in range(240)
    ]
    (folder / "mine" / "examples.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    task = load_task(folder / "mine")
    assert len(task.items) == 100
    assert len(task.pool) + len(task.items) == 240


def test_init_never_overwrites(folder, exits):
    run("init", "mine")
    status, _, err = exits("init", "mine")
    assert status == 1
    assert "already there" in err


@pytest.mark.parametrize("name", ["a: b", "#1", "[x", "my task, v2", "2024", "y\n- z", "...", "n" * 100])
def test_init_in_a_folder_of_any_name_makes_a_task_that_check_can_read(folder, name, exits):
    run("init", name)
    status, out, err = exits("check", name)
    assert (status, err) == (1, "")
    assert ": classification, " in " ".join(out.split())


def test_init_says_a_command_that_a_shell_understands(folder):
    assert run("init", "my task").stdout.endswith("curvefit check 'my task'\n")


HOSTILE = "\x1b]0;title\x07\x1b[31mred"


def shows_no_control(text: str) -> bool:
    return all(c.isprintable() or c in "\n\t" for c in text)


def test_check_shows_no_control_characters_of_a_task(folder, exits):
    run("init", "mine")
    description = folder / "mine" / "task.yaml"
    text = description.read_text().replace("kind: classification", r'kind: "\e]0;title\a\e[31mred"')
    description.write_text(text.replace("scorer: label", "scorer: number"))
    rows = [{"id": f"{HOSTILE}{i}", "input": f"item {i}", "output": "none"} for i in range(3)]
    (folder / "mine" / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, out, _ = exits("check", "mine")
    assert out.count("red") >= 2, "kind and id"
    assert shows_no_control(out)


def test_an_error_shows_no_control_characters_and_is_whole(folder, exits):
    (folder / "scores.csv").write_text(f"k,{HOSTILE}\n1,0.5\n")
    _, _, err = exits("fit", "scores.csv")
    assert "red" in err
    assert err.endswith("such as item,0,1,2,4\n")
    assert shows_no_control(err)


def test_plan_shows_a_prompt_with_its_lines_and_no_control_characters(folder):
    rows = [{"input": f"message {i}\n\tabout {HOSTILE} {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(120)]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shown = run("plan", "data.jsonl", *FAST, "--show-prompt").stdout
    assert "\n\tabout ]0;title[31mred" in shown
    assert shows_no_control(shown)


def test_pull_without_a_name_lists_models_with_licences():
    listed = run("pull").stdout
    assert "local/gemma3-270m" in listed
    assert "Gemma" in listed


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["run", "nowhere.jsonl"], 1, "nowhere.jsonl"),
        (["run", "data.jsonl", "-m", "simulated/none"], 1, "simulated/plateau"),
        (["run", "data.jsonl", *FAST, "--shots", "0,500"], 1, "500 shots need"),
        (["run", "data.jsonl", *FAST, "--shots", "4,2"], 2, "ascending"),
        (["run", "data.jsonl", *FAST, "--shots", "many"], 2, "no list of numbers"),
        (["run", "data.jsonl", *FAST, "--draws", "0"], 2, "draws"),
        (["run", "data.jsonl", "--margin", "1.5"], 2, "margin"),
        (["run"], 2, "TASK"),
        (["runn"], 2, "runn"),
        (
            ["report", "nowhere"],
            1,
            "nowhere: No such file or directory; a study's folder or its study.json is expected",
        ),
        (["report", "."], 1, "study.json: No such file or directory; a study's folder or its study.json is expected"),
        (["report", "data.jsonl"], 1, "; a study's folder or its study.json is expected, which curvefit run writes"),
        (["run", "data.jsonl", "--seed", "-1"], 2, "--seed"),
        (["check", "data.jsonl", "--seed", "-1"], 2, "--seed"),
        (["run", "data.jsonl", "-m", "local:~nosuchuserx/x.gguf"], 1, "write the path out"),
        (["init", "/proc/nope"], 1, "/proc/nope: "),
        (["init", "data.jsonl/x"], 1, "data.jsonl/x: Not a directory; start the task in another folder"),
    ],
)
def test_a_mistake_is_one_line_on_stderr_and_an_exit_status(folder, arguments, status, said, exits):
    found, out, err = exits(*arguments)
    assert found == status
    assert said in err
    assert out == ""
    assert "Traceback" not in err
    if status == 1:
        assert sum(line.startswith("curvefit: ") for line in err.splitlines()) == 1


@pytest.mark.parametrize("name", ["check", "decide", "run", "fit"])
def test_help_says_which_margin_is_taken(name):
    """It said "about what the items can tell", which 100 items are far from at 5 points."""
    said = " ".join(run(name, "--help").stdout.split())
    assert "[default: (0.05; less with over 380 items, down to 0.02); 0<x<1]" in said
    assert [default_margin(n, 0.9) for n in (1, 380, 381, 10**6)] == [0.05, 0.05, 0.04, 0.02]


@pytest.mark.parametrize("name", ["run", "decide", "probe"])
def test_help_says_from_when_on_minutes_are_counted(name):
    said = " ".join(run(name, "--help").stdout.split())
    assert "Send nothing after this many minutes from the first call on; start and report take more." in said


def test_nothing_called_shows_the_help_as_it_is(exits):
    status, out, err = exits()
    help_itself = exits("--help")[1]
    assert (status, out, err) == (2, "", help_itself)
    assert help_itself.startswith("Usage: curvefit [OPTIONS] COMMAND")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "is empty"),
        ("shots,accuracy\n", "no rows"),
        ("n,points\n1,0.5\n", "has no column of the number of shots among n, points; needs shots,draw,item,score or"),
        ("shots,accuracy\n1,50\n", "scores.csv:2: accuracy: 50 does not lie in [0, 1]"),
        ("shots,accuracy\n1,half\n", "scores.csv:2: accuracy: 'half' is no number"),
        ("shots,accuracy\n1.5,0.5\n", "scores.csv:2: shots: 1.5 is no number of shots"),
        (
            "shots,draw,item,epoch,score\n1,a,x,1,1\n1,a,x,1,0\n",
            "scores.csv:3: score: 0 for item 'x' at 1 shot, which has 1 above",
        ),
        ("shots,accuracy\n1,nan\n", "scores.csv:2: accuracy: 'nan' is no number"),
        ("shots,accuracy\n1,4\n", "such as curvefit fit --scale 1,5 for grades"),
    ],
)
def test_a_bad_table_of_scores_is_named_by_file_line_and_field(folder, table, said, exits):
    (folder / "scores.csv").write_text(table)
    status, _, err = exits("fit", "scores.csv")
    assert status == 1
    assert said in err


def test_fit_maps_the_grades_of_a_judge_by_their_scale(folder, exits):
    (folder / "scores.csv").write_text("shots,accuracy,stderr\n0,2,0.1\n1,4,0.1\n")
    status, out, _ = exits("fit", "scores.csv", "--scale", "1,5", "--json")
    assert status == 0
    assert [point["accuracy"] for point in json.loads(out)["points"]] == [0.25, 0.75]


@pytest.mark.parametrize("scale", ["5,1", "1", "1,5,9", "low,high", "0,inf", ""])
def test_a_scale_that_is_none_is_wrong_usage(folder, scale, exits):
    (folder / "scores.csv").write_text("shots,accuracy\n0,2\n")
    status, _, err = exits("fit", "scores.csv", "--scale", scale)
    assert status == 2
    assert "write --scale 1,5" in err


WRITTEN = Path(__file__).parents[1] / "measurement" / "importers" / "written"


def test_fit_judges_what_another_tool_wrote(folder):
    names = sorted(map(str, (WRITTEN / "lm-eval").glob("results_*")))
    record = json.loads(run("fit", *names, "--metric", "acc", "--out", "out", "--json").stdout)
    assert (record["task"], record["model"]) == ("capitals", "coin")
    assert [point["shots"] for point in record["points"]] == [0, 1, 2, 4]
    assert (folder / "out" / "report.html").is_file()


def test_fit_lists_what_there_is_to_choose_from(folder, exits):
    status, out, err = exits("fit", str(WRITTEN / "lm-eval"))
    assert (status, out) == (1, "")
    assert err.endswith("choose it with --metric: acc, acc_norm\n")
    assert err.count("\n") == 1


def test_names_of_another_tool_show_no_control_characters(folder, exits):
    document = json.loads((WRITTEN / "inspect-json" / "1.json").read_text())
    document["eval"] |= {"task": f"$x_{{ {HOSTILE}", "model": HOSTILE}
    for sample in document["samples"]:
        sample["scores"] = {HOSTILE: {"value": "C"}, "b": {"value": "C"}}
    (folder / "log.json").write_text(json.dumps(document))
    status, _, err = exits("fit", "log.json")
    assert status == 1
    assert shows_no_control(err)
    status, out, _ = exits("fit", "log.json", "--metric", "b")
    assert status == 0
    assert "red" in out
    assert shows_no_control(out)


@pytest.mark.parametrize("tool", ["lm-evaluation-harness", "Inspect", "promptfoo", "HELM", "adapt-gauge-core"])
def test_fit_says_whose_files_it_reads(tool):
    assert tool in run("fit", "--help").stdout


def test_run_retrieved_asks_the_same_items_with_their_own_examples_and_reports_both(measured):
    plain = json.loads((measured / "out" / "study.json").read_text())
    asked = ["data.jsonl", *FAST, "--out", "b", "--retrieved", "1,4", "--json"]
    similar = json.loads(run("plan", *asked).stdout)["retrieved"]
    assert similar["calls"] + similar["shared"] == 2 * plain["points"][0]["n_items"]
    both = json.loads(run("run", *asked).stdout)
    assert both["points"] == plain["points"]
    assert [point["shots"] for point in both["retrieved"]] == [1, 4]
    assert both["usage"]["calls"] == plain["usage"]["calls"] + similar["calls"]
    assert both["measurement"]["retrieved"]["items"] == plain["measurement"]["items"]
    page = (measured / "b" / "report.html").read_text()
    assert "most similar to it" in page
    assert "most similar to it" not in (measured / "out" / "report.html").read_text()


def test_plan_retrieved_counts_what_run_then_asks(folder):
    asked = ["data.jsonl", *FAST, "--retrieved", "1,4", "--out", "a", "--json"]
    planned = json.loads(run("plan", *asked).stdout)
    calls = json.loads(run("run", *asked).stdout)["usage"]["calls"]
    assert planned["retrieved"]["shots"] == [1, 4]
    assert planned["calls"] + planned["retrieved"]["calls"] == calls
    assert json.loads(run("plan", *asked).stdout)["retrieved"]["calls"] == 0


def test_run_until_decided_retrieves_for_the_items_it_ended_with(folder):
    asked = [*STAGED, "--margin", "0.2", "--retrieved", "2", "--out", "out"]
    record = json.loads(run("run", "data.jsonl", *asked, "--json").stdout)
    assert record["measurement"]["retrieved"]["items"] == record["measurement"]["items"]
    assert record["retrieved"][0]["n_items"] < 60
    assert record["looks"]["number"] <= record["looks"]["of"]


@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
def test_run_by_batch_submits_retrieved_examples_once_the_curve_is_there(folder, monkeypatch, exits):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    with FakeBatchProvider(looks=1) as server:
        asked = ["run", "data.jsonl", *BATCH, "--retrieved", "4", "--api-base", server.base, "--json"]
        assert exits(*asked)[0] == 5
        assert len(server.batches) == 1
        while (ended := exits(*asked))[0] == 5:
            assert len(server.batches) <= 2
        status, shown, _ = ended
        assert len(server.batches) == 2
    assert (status, json.loads(shown)["usage"]["calls"]) == (0, 20)
    assert set(server.traffic.billed.values()) == {1}


def test_a_cap_that_ends_the_curve_leaves_no_call_for_retrieved_examples(folder):
    asked = ["run", "data.jsonl", *FAST, "--retrieved", "1,4", "--max-calls", "40", "--out", "a", "--json"]
    record = json.loads(run(*asked).stdout)
    assert (record["usage"]["calls"], record["retrieved"]) == (40, [])


@pytest.mark.slow
def test_report_takes_a_probe_of_the_same_task_into_the_prediction(measured):
    before = json.loads((measured / "out" / "study.json").read_text())["payoff"]
    gain = {"value": -0.4, "low": -0.5, "high": -0.3}
    probe = {"schema": "curvefit.probe/1", "task": "data", "model": "local/x", "best_prompted": {"accuracy": 0.5}}
    shown = {"n": 32, "gain": {**gain, "level": 0.9}}
    told = {"gain": [{"n_train": 128, **gain}], "level": 0.9, "measurement": {"items": []}, "over_shown": shown}
    told["optimism"] = 0.03
    Path("probe.json").write_text(json.dumps({**probe, **told}))
    sharper = json.loads(run("report", "out", "--probe", "probe.json", "--json").stdout)
    assert sharper["payoff"]["gain"]["value"] < before["gain"]["value"]
    read = {"model": "local/x", "best_prompted": 0.5, "n_train": 128, "gain": {**gain, "level": 0.9}}
    assert sharper["probes"] == [{**read, "over_shown": shown, "optimism": 0.03, "items": None, "tuned": None}]
    assert json.loads(run("report", "out", "--json").stdout)["payoff"] == sharper["payoff"]
    twice = json.loads(run("report", "out", "--probe", "probe.json", "--probe", "probe.json", "--json").stdout)
    assert twice["payoff"] == sharper["payoff"], "a probe counts once"
    Path("other.json").write_text(json.dumps({**probe, **told, "model": "local/y"}))
    Path("newer.json").write_text(json.dumps({**probe, **told, "optimism": 0.01}))
    both = json.loads(run("report", "out", "--probe", "other.json", "--probe", "newer.json", "--json").stdout)
    assert [(held["model"], held["optimism"]) for held in both["probes"]] == [("local/y", 0.03), ("local/x", 0.01)]
    assert "no longer for" not in run("report", "out", "--json").stderr
    said = run("report", "out", "--n-train", "90", "--out", "elsewhere").stderr
    assert "no longer for" not in said
    assert "now predicts for 90 training examples, no longer for 60" in run("report", "out", "--n-train", "90").stderr
    last = json.loads(run("report", "out", "--probe", "probe.json", "--json").stdout)
    assert [(held["model"], held["optimism"]) for held in last["probes"]] == [("local/y", 0.03), ("local/x", 0.03)]
    very = {
        "model": last["model"],
        "shown": {**last["measurement"], "shots": [20 + k for k in range(len(last["points"]))]},
    }
    Path("shown.json").write_text(json.dumps({**probe, **told, **very}))
    wider = json.loads(run("report", "out", "--probe", "shown.json", "--json").stdout)
    assert len(wider["points"]) == 2 * len(last["points"]), "a prompt that the probe measured is one of the study's"


def test_a_probe_beside_the_study_counts_unnamed_and_one_of_something_else_is_left_out_in_one_line(measured):
    before = json.loads(run("report", "out", "--json").stdout)
    gain = {"value": -0.4, "low": -0.5, "high": -0.3}
    probe = {
        "schema": "curvefit.probe/1", "task": "data", "model": "local/x", "best_prompted": {"accuracy": 0.5},
        "gain": [{"n_train": 128, **gain}], "level": 0.9, "measurement": {"items": []},
    }  # fmt: skip
    Path("out/probe.json").write_text(json.dumps(probe))
    counted = json.loads(run("report", "out", "--out", "with", "--json").stdout)
    assert [held["model"] for held in counted["probes"]] == ["local/x"]
    assert counted["payoff"]["gain"]["value"] < before["payoff"]["gain"]["value"]
    Path("out/probe.json").write_text(json.dumps({**probe, "task": "another"}))
    left = run("report", "out", "--out", "without", "--json")
    assert json.loads(left.stdout)["payoff"] == before["payoff"]
    (said,) = [told for told in left.stderr.splitlines() if "probe" in told]
    assert said.startswith("the probe beside the study does not count: out/probe.json")
    pages = [Path(folder, "report.html").read_text() for folder in ("with", "without")]
    assert ["The probe beside this study does not count" in page for page in pages] == [False, True]


@pytest.mark.slow
def test_report_refuses_a_probe_that_cannot_be_seen_to_be_of_the_studys_task(measured, exits):
    """A file of the same name is no proof, and neither is a task that is gone."""
    gain = {"value": 0.4, "low": 0.3, "high": 0.5}
    probe = {"schema": "curvefit.probe/1", "task": "data", "model": "local/x", "best_prompted": {"accuracy": 0.5}}
    told = {"gain": [{"n_train": 128, **gain}], "level": 0.9, "measurement": {"items": ["line-1"], "asked": "0" * 64}}
    Path("probe.json").write_text(json.dumps({**probe, **told}))
    before = Path("out/study.json").read_text()
    status, _, said = exits("report", "out", "--probe", "probe.json")
    assert (status, "is of another task of that name" in said) == (1, True)
    Path("coded").mkdir()
    Path("coded/task.yaml").write_text(
        "name: data\nkind: qa\ninstruction: x\ndata: data.jsonl\nscorer: python:own:judge\n"
    )
    Path("coded/own.py").write_text("open('ran', 'w').close()\ndef judge(reply, item): return 1.0\n")
    Path("coded/data.jsonl").write_bytes(Path("data.jsonl").read_bytes())
    Path("sent").mkdir()
    Path("sent/study.json").write_text(before.replace('"path": "data.jsonl"', '"path": "coded"'))
    status, _, said = exits("report", "sent", "--probe", "probe.json")
    assert (status, "is of another task of that name" in said, Path("ran").exists()) == (1, True, False)
    Path("data.jsonl").rename("moved.jsonl")
    status, _, said = exits("report", "out", "--probe", "probe.json")
    assert (status, "its task 'data.jsonl' cannot be checked: that is not there, from here" in said) == (1, True)
    assert "from the study; say where it is: curvefit report out --probe probe.json --task TASK" in said
    told["measurement"]["asked"] = fingerprint(task := load_task("moved.jsonl"), [task.items[0]])
    told["measurement"]["items"] = [task.items[0].id]
    Path("own.json").write_text(json.dumps({**probe, **told}))
    assert exits("report", "out", "--probe", "own.json", "--task", "moved.jsonl", "--out", "elsewhere")[0] == 0
    assert (
        exits("report", "out", "--probe", "own.json", "--task", "none.jsonl")[2]
        == "curvefit: none.jsonl: does not exist\n"
    )
    assert Path("out/study.json").read_text() == before
    assert exits("report", "out")[0] == 0, "without a probe the task is not needed"


def test_report_is_told_once_where_the_task_has_moved(folder, exits):
    assert exits("run", "data.jsonl", *TINY)[0] == 0
    kept = Path("reports/data/simulated-plateau/study.json")
    before, there = kept.read_text(), str(kept.parent)
    Path("moved.jsonl").write_text(DATA)
    Path("other.jsonl").write_text(DATA.replace("a", "o"))
    gone = "data.jsonl is gone, and the commands below read it; if it has moved, say where: --task FILE"
    assert gone not in exits("report", there)[2]
    Path("data.jsonl").unlink()
    status, text, said = exits("report", there)
    assert (status, gone in said, "curvefit run data.jsonl" in text) == (0, True, True)
    before = kept.read_text()
    assert exits("errors", there)[0] == 1
    status, _, said = exits("report", there, "--task", "other.jsonl")
    assert (status, "'other' is another one" in said, kept.read_text()) == (1, True, before)
    status, text, said = exits("report", there, "--task", "moved.jsonl")
    assert (status, "is gone" in said, "curvefit run moved.jsonl" in text) == (0, False, True)
    assert exits("errors", there)[0] == 0
    record = json.loads(kept.read_text())
    assert record["measurement"]["command"] == ["curvefit", "run", "moved.jsonl", *TINY, "--out", there]
    assert json.loads(exits("plan", "moved.jsonl", *TINY, "--out", there, "--json")[1])["calls"] == 0


def test_report_takes_no_task_for_a_study_of_scores(folder, exits):
    Path("scores.csv").write_text(MEANS.format("", n=""))
    assert exits("fit", "scores.csv", "--out", "fitted")[0] == 0
    status, _, said = exits("report", "fitted", "--task", "data.jsonl")
    assert (status, "made of scores, and not of a task" in said) == (2, True)


def test_retrieved_examples_that_the_pool_lacks_are_refused_before_anything_is_asked(folder, exits):
    asked = ["run", "data.jsonl", *FAST, "--retrieved", "1,4000", "--out", "a"]
    status, _, told = exits(*asked)
    assert status == 1
    assert "4000 shots need as many pool examples" in told
    assert "use --retrieved up to" in told
    assert not (folder / "a" / "journal.sqlite").exists()
