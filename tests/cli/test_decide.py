"""`curvefit decide`: the whole way to an answer, what it took, and what it left."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from curvefit.measurement.measurement import Measurement
from curvefit.models.simulated import parse
from curvefit.report.answer_text import ship_sentence
from curvefit.report.study_reader import read_study
from curvefit.report.validation_report import write_validation
from curvefit.report.wording import dollars
from curvefit.testing.fake_provider import FakeProvider, Faults
from curvefit.workflows.validation import conclude_validation

SMALL = ["-m", "simulated/rising", "--shots", "0,1,2,4", "--draws", "2", "--items", "30", "--seed", "2"]


@pytest.fixture
def decide(tmp_path, exits):
    """Run it on mails of two labels; return exit status, stdout, stderr."""
    rows = [{"input": f"{word} {n}", "output": kind} for n in range(60) for word, kind in MAIL.items()]
    path = tmp_path / "mail.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return lambda *more: exits("decide", str(path), *SMALL, "--out", str(tmp_path / "out"), *more)


MAIL = {"refund": "money", "login": "access"}


def test_it_answers_and_says_how_it_found_out(decide, tmp_path):
    status, printed, _ = decide()
    out = tmp_path / "out"
    assert (status, printed.splitlines()[0][:26]) == (0, "mail on simulated/rising: ")
    assert "How it was found out\n" in printed
    assert "Trained a plain classifier" in printed
    assert {file.name for file in out.iterdir()} >= {"study.json", "report.html", "journal.sqlite"}
    assert json.loads((out / "study.json").read_text())["measurement"]["retrieved"]["shots"] == [1, 4, 16]


def test_it_says_how_many_of_its_calls_it_asked_now_where_others_were_kept(decide, tmp_path):
    def told(*more):
        """Return what is said of the calls, and how many replies are kept then."""
        said = " ".join(decide(*more)[1].split()).partition(" · Measured ")[2].partition(" · ")[0]
        with closing(sqlite3.connect(tmp_path / "out" / "journal.sqlite")) as journal:
            return said, journal.execute("select count(*) from replies").fetchone()[0]

    said, first = told()
    assert said.endswith("calls, free of charge.")
    assert told()[0].endswith(" calls, free of charge; none of them asked now.")
    said, whole = told("--items", "40")
    assert said.endswith(f" calls, free of charge; {whole - first:,} of them asked now.")
    assert 1 < whole - first < whole


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
def test_what_its_calls_of_now_cost_is_no_more_than_all_of_them_did(tmp_path, monkeypatch, exits):
    """Calls that broke off may be billed, and count at their most for caps; what was measured did not take them."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    rows = [{"input": f"{word} {n}", "output": kind} for n in range(60) for word, kind in MAIL.items()]
    (tmp_path / "mail.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    with FakeProvider() as server:
        asked = ["-m", "openai/any", "--api-base", server.base, "--price", "10,20", *SMALL[2:], "--items", "8"]
        words = ["decide", str(tmp_path / "mail.jsonl"), *asked, "--out", str(tmp_path / "out")]
        assert exits(*words, "--max-calls", "4")[0] == 4
        server.faults = Faults(dropping=0.2)
        said = " ".join(exits(*words, "--max-usd", "9")[1].split())
        assert server.traffic.fates["dropping"] > 4
    whole, now = re.search(r"calls, for \$([\d.]+); \d+ of them asked now, for \$([\d.]+)\.", said).groups()
    assert 0 < float(now) <= float(whole)


def test_its_commands_go_on_from_the_run_it_made(decide):
    record = json.loads(decide("--json")[1])
    assert [step["problem"] for step in record["steps"]] == [None] * len(record["steps"])
    commands = [step["command"] for step in record["advice"]["next_steps"] if step["command"]]
    assert commands
    assert all(command.startswith("curvefit ") for command in commands)
    assert not any(command.startswith("curvefit decide") for command in commands)


def test_check_and_decide_go_by_one_margin_and_say_where_it_comes_from(tmp_path, exits):
    """With more items than a run scores, decide judged the examples by the margin of all items."""
    rows = [{"input": f"{word} {n * 7919}", "output": kind} for n in range(640) for word, kind in MAIL.items()]
    path = tmp_path / "mail.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    checked = json.loads(exits("check", str(path), "--json")[1])
    assert checked["items"] > 400
    assert checked["scored"] == 100
    more = f"{checked['items']} items to score (a run scores 100 of them; --items takes more), "
    assert more in " ".join(exits("check", str(path))[1].split())
    assert (checked["margin"], checked["margin_stated"]) == (0.05, False)
    assert json.loads(exits("check", str(path), "--margin", "0.05", "--json")[1])["margin_stated"] is True
    said = (
        "The margin is 5 points, the smallest gain that counts: with 100 items, gains below about 8 mostly stay open."
    )
    assert said in " ".join(exits("check", str(path))[1].split())
    asked = ["-m", "simulated/flat", "--shots", "0,1", "--draws", "1", "--out", str(tmp_path / "o")]
    status, printed, told = exits("decide", str(path), *asked, "--json")
    assert status == 0
    assert said in " ".join(told.split())
    assert json.loads(printed)["verdict"]["margin"] == 0.05
    assert (
        "5 points, with 100 items, gains below about 8 mostly stay open: the smallest gain"
        in (tmp_path / "o" / "report.html").read_text()
    )


def test_a_dry_run_sends_and_writes_nothing_and_says_what_may_follow(decide, tmp_path):
    status, printed, _ = decide("--dry-run")
    assert status == 0
    assert "  calls " in printed
    *_, then, total = printed.splitlines()
    assert "only while the answer is open" in then
    record = json.loads(decide("--dry-run", "--json")[1])
    calls = record["calls"] + record["retrieved"]["calls"]
    assert record["total"] == {"calls": calls, "usd": 0, "most_usd": 0, "cached_usd": 0, "seconds": 0}
    assert total == f"total before that: {calls:,} calls; no price; under a minute"
    assert not (tmp_path / "out").exists()


def test_a_plan_of_a_run_says_how_many_calls_more_decide_makes_and_as_many_are_made(decide, exits, tmp_path):
    planned = exits("plan", str(tmp_path / "mail.jsonl"), *SMALL, "--out", str(tmp_path / "out"))[1]
    alone = json.loads(exits("plan", str(tmp_path / "mail.jsonl"), *SMALL, "--json")[1])["calls"]
    assert "curvefit decide asks up to 90 more, with the 1, 4, 16 examples most similar to each item" in planned
    dry = json.loads(decide("--dry-run", "--json")[1])
    total, shared = dry["total"]["calls"], dry["retrieved"]["shared"]
    assert (total, shared > 0) == (alone + 90 - shared, True), "by chance drawn"
    decide("--max-calls", str(total))
    assert json.loads((tmp_path / "out" / "study.json").read_text())["usage"]["calls"] == total
    with_them = exits("plan", str(tmp_path / "mail.jsonl"), *SMALL, "--retrieved", "1")[1]
    assert "curvefit decide asks" not in with_them


@pytest.fixture
def decide_within(decide, monkeypatch):
    """Run it on the same mails with a model that holds so many tokens."""

    def made(context, *more):
        model = replace(parse("simulated/rising"), context=context)
        monkeypatch.setattr("curvefit.models.resolve.resolve", lambda *_, **__: model)
        status, printed, told = decide(*more)
        return status, printed, " ".join(told.split())

    return made


def test_similar_examples_nobody_asked_for_go_as_far_as_the_context_and_stated_ones_are_refused(decide_within):
    assert json.loads(decide_within(200, "--shots", "0,1", "--dry-run", "--json")[1])["retrieved"]["shots"] == [1, 4]
    status, _, told = decide_within(200, "--shots", "0,1")
    assert status == 0
    assert "mail: 16 similar examples make prompts of up to" in told
    assert "simulated/rising holds: up to 4 are shown" in told
    status, _, told = decide_within(200, "--shots", "0,1", "--retrieved", "1,4,16")
    assert status == 1
    assert "16 similar examples make" in told
    assert "use --retrieved up to 4 (in Python: retrieved) or a model with a longer context" in told


def test_an_example_that_is_too_long_to_be_shown_is_named_before_anything_is_sent(decide_within, tmp_path):
    long = {"input": " ".join(f"refund {n}" for n in range(900)), "output": "money"}
    path = tmp_path / "mail.jsonl"
    path.write_text(path.read_text() + f"{json.dumps(long)}\n")
    status, _, told = decide_within(1_000, "--shots", "0", "--seed", "1")
    assert status == 0
    assert "mail: 1 of 61 examples is too long to be shown among the 16 most similar: mail.jsonl:121" in told
    status, _, told = decide_within(1_000, "--shots", "0", "--seed", "4")  # where it is an item
    assert status == 1
    assert "even without demonstrations some items of 'mail' are longer than the 1000 tokens" in told
    assert "holds: mail.jsonl:121; nothing was sent" in told


def test_where_no_similar_example_fits_none_is_shown_and_where_nothing_does_that_is_said_once(decide_within, tmp_path):
    status, _, told = decide_within(45, "--shots", "0")
    assert status == 0
    assert "1 similar example makes prompts of up to" in told
    assert "holds: none is shown" in told
    assert "--retrieved" not in read_study(tmp_path / "out").curve.command
    status, _, told = decide_within(15, "--shots", "0")
    assert (status, told.count("even without demonstrations")) == (1, 1)
    assert "similar" not in told


def test_the_total_of_a_dry_run_adds_dollars_and_says_what_is_not_known(decide, exits, tmp_path):
    asked = ["--dry-run", "-m", "openai/stub", "--api-base", "http://127.0.0.1:9/v1"]
    decide = partial(exits, "decide", str(tmp_path / "mail.jsonl"), *SMALL[2:])
    assert (
        decide(*asked)[1]
        .splitlines()[-1]
        .endswith(" calls; price unknown: state it with --price; minutes unknown: they depend on the provider")
    )
    record = json.loads(decide(*asked, "--price", "1,2", "--json")[1])
    assert record["total"]["usd"] == record["usd"] + record["retrieved"]["usd"] > 0
    total = decide(*asked, "--price", "1,2")[1].splitlines()[-1]
    assert f"; {dollars(record['total']['usd'])}, at most ${record['total']['most_usd']:.2f}; minutes unknown" in total


def test_examples_that_can_decide_nothing_are_refused_before_anything_is_sent(exits, tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_text("".join(f'{{"input": "a{n}", "output": "b"}}\n' for n in range(12)), encoding="utf-8")
    status, _, said = exits("decide", str(few), "-m", "simulated/rising", "--out", str(tmp_path / "out"))
    assert status == 1
    assert "stop: " in said
    assert not (tmp_path / "out").exists()


def test_a_cap_over_all_steps_ends_it_with_a_report_of_what_there_is(decide, tmp_path):
    status, printed, said = decide("--max-calls", "40")
    assert status == 4
    assert "in 40 calls" in printed
    assert "finish with: curvefit decide" in said
    assert (tmp_path / "out" / "study.json").exists()


def test_minutes_are_summed_over_starts_and_not_known_of_those_that_kept_none(decide, tmp_path, exits, monkeypatch):
    clock = SimpleNamespace(monotonic=iter(range(0, 1000, 60)).__next__)  # a minute at a look
    monkeypatch.setattr("curvefit.cli.decide.time", clock)

    def took():
        return next((step.calls, step.seconds) for step in read_study(tmp_path / "out").steps if step.code == "measure")

    assert decide("--max-calls", "100")[0] == 4
    assert took() == (100, 60.0)
    assert decide()[0] == 0
    calls, seconds = took()
    assert (calls > 100, seconds) == (True, 120.0)
    assert decide()[0] == 0
    assert took() == (calls, 180.0), "which asked nothing"
    assert exits("run", str(tmp_path / "mail.jsonl"), *SMALL, "--out", str(tmp_path / "out"))[0] == 0
    assert decide()[0] == 0
    assert took() == (calls, None)


def test_it_says_what_takes_long_before_a_training(decide, monkeypatch):
    def settle(study, task, model, asking, criteria, notify):
        asking.say("Converting the weights of local/x, once: about a minute")
        return iter(())

    monkeypatch.setattr("curvefit.workflows.settle.settle", settle)
    assert "Converting the weights of local/x, once: about a minute\n" in decide()[2]


def test_what_a_validated_model_decides_is_not_looked_for_again(decide, tmp_path, monkeypatch):
    decide()
    study = read_study(tmp_path / "out")
    tuned = Measurement(np.array([0]), np.zeros((1, 1, 30)), items=study.curve.items, model="mine", form="chat")
    write_validation(conclude_validation(study, tuned), tmp_path / "out")
    asked = []

    def settle(study, *_):
        asked.append(study.advice.training)
        return iter(())

    monkeypatch.setattr("curvefit.workflows.settle.settle", settle)
    printed = json.loads(decide("--json")[1])
    assert asked == [printed["advice"]["training"]] == ["does not pay"] != [study.advice.training]
    assert printed["steps"][-1]["said"] == ship_sentence(study), "which is what measuring prompts said"


def test_the_same_command_again_goes_on_from_a_larger_study_and_keeps_what_it_was_told(exits, tmp_path):
    """It fell back to its own items, and advised again what had been done."""
    rows = [{"input": f"{word} {n}", "output": kind} for n in range(60) for word, kind in MAIL.items()]
    path, out = tmp_path / "mail.jsonl", tmp_path / "out"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    asked = [str(path), "-m", "simulated/flat", "--out", str(out)]
    wide = ["--items", "60", "--draws", "6", "--shots", "0,1,2,4,8,16,32,47", "--margin", "0.09"]
    assert exits("run", *asked, *wide)[0] == 0
    (tmp_path / "costs.yaml").write_text("calls_per_month: 1000\ntraining_usd: 30\n")
    assert exits("report", str(out), "--costs", str(tmp_path / "costs.yaml"), "--n-train", "70")[0] == 0
    before = read_study(out)

    def design():
        made = read_study(out).curve.design
        return made.shots, made.draws, made.items

    status, _, said = exits("decide", *asked, "--items", "20")
    first_design = (before.curve.design.shots, 6, 20)
    assert (status, design()) == (0, first_design), "what is stated holds"
    assert "holds a larger study, and will be replaced" in said
    assert "goes on from the larger study" in said
    assert read_study(out).margin == 0.09
    assert exits("run", *asked, *wide)[0] == 0
    status, printed, said = exits("decide", *asked, "--json")
    assert (status, design()) == (0, (before.curve.design.shots, 6, before.curve.design.items))
    assert "will be replaced" not in said
    kept = read_study(out)
    assert (kept.costs, kept.n_train, kept.margin) == (before.costs, 70, 0.09)
    command = " ".join(json.loads(printed)["measurement"]["command"])
    assert command.endswith("--shots 0,1,2,4,8,16,32,47 --draws 6"), "so that steps go on from there"


def test_commands_of_its_steps_state_what_it_measured_besides_what_it_was_asked(monkeypatch):
    from curvefit.cli.decide import _run_command
    from curvefit.trials.design import Design

    monkeypatch.setattr("sys.argv", ["curvefit", "decide", "data.jsonl"])
    asked = Design((0, 1, 2), 2, 30)
    assert "--items" not in _run_command((1,), asked, asked)
    words = _run_command((1,), asked, Design((0, 1, 2, 4), 3, 60))
    assert " ".join(words[-6:]) == "--shots 0,1,2,4 --draws 3 --items 60"
