"""What a cap stopped: the command that is printed has a cap that lets it finish."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.decision.next_steps import NextStep
from curvefit.models.base import Cost
from curvefit.report.step_text import effort_text
from curvefit.report.study_reader import read_study
from curvefit.testing.fake_provider import FakeProvider
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.trials.workload import Workload
from curvefit.workflows.planned_cost import PlannedPart
from curvefit.workflows.remainder import Remainder, remainder, with_remainder

SMALL = ["--shots", "0,1,4", "--draws", "2", "--items", "20", "--seed", "5"]


@pytest.fixture
def stopped(tmp_path, monkeypatch, exits):
    """Run until a cap stops it; return the words that are printed to finish it, what is printed, and the line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    rows = [{"input": f"{word} {n}", "output": kind} for n in range(60) for word, kind in MAIL.items()]
    (tmp_path / "mail.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")

    def made(command, *more):
        status, printed, told = exits(command, "mail.jsonl", *more, *SMALL)
        assert status == 4
        said = told.splitlines()[-1]
        return shlex.split(said.partition("finish with: ")[2]), printed, said

    return made


MAIL = {"refund": "money", "login": "access"}


@pytest.mark.parametrize("command", ["run", "decide"])
@pytest.mark.parametrize(("cap", "is_early"), [("50", True), ("5000", False)])
def test_a_dry_run_says_that_its_cap_ends_it_early(tmp_path, monkeypatch, exits, command, cap, is_early):
    monkeypatch.chdir(tmp_path)
    rows = [{"input": f"{word} {n}", "output": kind} for n in range(60) for word, kind in MAIL.items()]
    (tmp_path / "mail.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    words = [command, "mail.jsonl", "-m", "simulated/rising", *SMALL, "--max-calls", cap, "--dry-run"]
    status, printed, _ = exits(*words)
    assert (status, "--max-calls 50 would stop this early. Start it again to go on:" in printed) == (0, is_early)


@pytest.mark.parametrize(
    ("cap", "is_early"),
    [
        (["--max-calls", "150"], True),  # 100 each
        (["--max-calls", "200"], False),
        (["--max-usd", "0.004", "--max-calls", "200"], True),
        (["--max-usd", "5"], False),
    ],
)
def test_a_dry_run_of_several_models_says_which_cap_of_all_ends_it_early(tmp_path, monkeypatch, exits, cap, is_early):
    monkeypatch.chdir(tmp_path)
    rows = [{"input": f"{word} {n}", "output": kind} for n in range(60) for word, kind in MAIL.items()]
    (tmp_path / "mail.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    words = ["run", "mail.jsonl", "-m", "openai/any", "-m", "openai/other", "--price", "1,2", *SMALL, *cap, "--dry-run"]
    status, printed, told = exits(*words)
    assert status == 0, told
    assert "\nall together: 200 calls; $0.0" in printed
    surely = "would" if "calls" in cap[0] else "may"  # prices are estimates, and rather too high
    assert (f"{cap[0]} {cap[1]} {surely} stop this early. Start it again" in printed) == is_early
    assert printed.count(" stop this early") == is_early
    records = [json.loads(part) for part in exits(*words, "--json")[1].splitlines()]
    assert [record["calls"] for record in records] == [100, 100]


@pytest.mark.parametrize(
    ("command", "cap", "left"),
    [
        ("run", ["--max-calls", "50", "--retrieved", "1,4"], "up to 88 calls left"),
        ("run", ["--max-calls=70", "--retrieved", "1,4"], "up to 68 calls left"),
        ("run", ["--max-tokens", "4000"], "tokens left"),
        ("run", ["--max-usd", "0.03"], "calls of up to $0."),
        ("decide", ["--max-calls", "50"], "up to 108 calls left"),
    ],
)
def test_the_command_that_finishes_it_does(stopped, exits, command, cap, left):
    with FakeProvider() as server:
        model = ["-m", "openai/any", "--api-base", server.base, "--price", "10,20"]
        words, printed, said = stopped(command, *model, *cap)
        assert (said.startswith(f"stopped at {cap[0].split('=')[0]} "), left in said) == (True, True)
        assert "each start has its own cap; finish with: curvefit " in said
        if command == "run":
            assert f"  {shlex.join(words)}\n" in printed, "the next step is that command"
            calls = re.search(
                r"It takes about ([\d,]+) calls?(?:,| and) (?:\$[\d.]+(?: to \$[\d.]+)?|a cent)",
                " ".join(printed.split()),
            )
            assert calls is not None, "all that is left; in a range of dollars, unless its ends are alike to the cent"
            assert f"ended it early, with about {calls[1]} calls left." in " ".join(printed.split()), "one number"
            if "calls left" in left:
                assert f"up to {calls[1]} calls left" == left
        folder = "reports/mail/openai-any"
        again = " ".join(exits("report", folder)[1].split())
        for of_the_rest in (r"ended it early, with about [\d,]+ calls left", r"It takes about [\d,]+ calls?[^.]+"):
            assert re.findall(of_the_rest, again) == re.findall(of_the_rest, " ".join(printed.split())) != []
        if "calls left" in left:
            assert f"with about {left.split()[2]} calls left" in again, "a prompt that two share counts once"
        assert exits(*words[1:])[0] == 0
    assert read_study(folder).curve.missing == 0


@pytest.mark.parametrize(
    ("command", "more", "is_other"),
    [("decide", [], False), ("run", ["--retrieved", "1,4"], False), ("run", [], True)],
)
def test_what_the_command_to_finish_asks_anyway_is_no_other_step(stopped, exits, command, more, is_other):
    stopped(command, "-m", "simulated/plateau", *more, "--max-calls", "90")
    folder = Path("reports/mail/simulated-plateau")
    steps = [step.code for step in read_study(folder).advice.next_steps]
    assert (steps[0], "measure-retrieved" in steps) == ("same-again", is_other), "as it is concluded again"
    written = json.loads((folder / "study.json").read_text())["advice"]["next_steps"]
    told = [step["text"].startswith("Measure with the examples most similar") for step in written]
    assert any(told) == is_other, "as it was concluded by the command itself"


def test_the_least_that_is_left_goes_by_the_prompts_to_come_and_not_by_the_shorter_ones_before(stopped, exits):
    """Prompts that show fewer examples come first: at their price the rest was told to cost a fifth of what it did."""
    with FakeProvider(reply=lambda body: "money") as server:
        asked = [
            "-m",
            "openai/any",
            "--api-base",
            server.base,
            "--price",
            "100,100",
            "--shots",
            "0,16",
            "--form",
            "chat",
        ]
        words, printed, _ = stopped("run", *asked, "--max-calls", "22")
        low, high = re.search(r"calls? and \$([\d.]+) to \$(\d+\.\d+)", " ".join(printed.split())).groups()
        before = read_study("reports/mail/openai-any").curve.usage.usd
        assert exits(*words[1:])[0] == 0
    took = read_study("reports/mail/openai-any").curve.usage.usd - before
    assert took / 1.5 < float(low) < 1.1 * took < float(high)


def test_several_models_are_finished_together_and_each_by_itself(stopped, exits):
    models = ["-m", "simulated/rising", "-m", "simulated/flat"]
    words, _, said = stopped("run", *models, "--max-calls", "60")
    assert "stopped at --max-calls 60, with up to 140 calls left" in said
    stopped_one = read_study("reports/mail/simulated-rising")
    assert stopped_one.curve.unasked.calls == stopped_one.advice.next_steps[0].calls == 40
    own = stopped_one.curve.command
    assert own[own.index("--max-calls") + 1] == "60", "40 are left of it, and the cap is for each start"
    assert exits(*words[1:])[0] == 0
    assert [read_study(f"reports/mail/simulated-{name}").curve.missing for name in ("rising", "flat")] == [0, 0]


@pytest.mark.parametrize(("most", "left"), [(0.07, 0.07), (0.0701, 0.08), (1.8338, 1.84)])
def test_what_is_left_at_most_is_rounded_up_and_whole_cents_stay(most, left):
    needed = Workload(5, 0, 0, 0, 0, 0, 0, 0)
    parts = [PlannedPart(needed, Cost(), most, None)]
    assert remainder("--max-usd 2", SpendingLimits(usd=2), parts).most == left


def test_the_step_that_finishes_it_takes_as_much_at_most_as_its_cap():
    """Seen: "$0.35 to $1.96" above a command with --max-usd 1.97."""
    step = NextStep("same-again", {"limit": "a cap", "most_usd": 1.9611}, calls=30, usd=0.35)
    assert effort_text(step) == "It takes about 30 calls and $0.35 to $1.97."


def test_minutes_are_left_by_the_pace_of_the_calls_before():
    limits = SpendingLimits(minutes=2)
    limits.calls = 50

    needed = Workload(100, 50, 0, 0, 0, 0, 0, 0)
    left = remainder("--max-minutes 2", limits, [PlannedPart(needed, Cost(), None, None)])
    assert left.most == 5
    assert left.command(["curvefit", "run", "--max-minutes=2"]) == ["curvefit", "run", "--max-minutes", "5"]


@pytest.mark.parametrize(("left", "minutes"), [(Remainder("minutes", 7, 2), 7), (Remainder("calls", 300, 100), 10.0)])
def test_the_step_takes_the_minutes_that_the_last_line_says_are_left(left, minutes):
    study = read_study(Path(__file__).parents[2] / "reports" / "tickets" / "local-gemma3-270m")
    step = NextStep("same-again", {"limit": "a cap"}, calls=30, minutes=1.0)
    stopped = replace(study, advice=replace(study.advice, next_steps=(step,)))
    parts = [PlannedPart(Workload(300, 0, 0, 0, 0, 0, 0, 0), Cost(), None, None)]
    (whole,) = with_remainder(stopped, parts, left).advice.next_steps
    assert (whole.calls, whole.minutes) == (300, minutes)


def test_report_says_what_was_answered_after_a_cap_by_a_command_that_was_killed(stopped, exits, monkeypatch):
    """One that is killed leaves replies in the journal, and `study.json` as it was."""
    words, _, said = stopped("run", "-m", "simulated/rising", "--max-calls", "30")
    assert "with up to 70 calls left" in said
    folder = Path("reports/mail/simulated-rising")
    assert "more" not in exits("report", str(folder))[2]
    before = (folder / "study.json").read_bytes()
    assert exits(*words[1:-1], "50")[0] == 4
    (folder / "study.json").write_bytes(before)
    _, shown, told = exits("report", str(folder))
    assert told == (
        f"{folder}/study.json: its journal holds 50 more replies, so that about 20 calls are left;"
        " give its command again\n"
    )
    assert "20 calls" in shown, "as its step says"
    assert "70 calls" not in shown
    (step,) = [
        step for step in json.loads((folder / "study.json").read_text())["advice"]["next_steps"] if step["calls"] == 20
    ]
    assert step["code"] == "same-again"
    status, shown, told = exits("report", str(folder))
    assert (status, told) == (0, ""), "the study that was written knows it"
    assert "20 calls" in shown
    assert exits(*words[1:])[0] == 0
    assert exits("report", str(folder))[2] == ""
