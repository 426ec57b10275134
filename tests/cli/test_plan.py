"""`curvefit plan`: what it costs where a provider caches what prompts share."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from curvefit.models.batches import BatchModel
from curvefit.models.gguf import Header
from curvefit.models.hosted import HostedModel
from curvefit.models.local import LocalModel
from curvefit.report.wording import dollars

ROOT = Path(__file__).parents[2]
MINI = ["-m", "openai/gpt-4o-mini", "--shots", "0,1,16", "--draws", "2", "--items", "20"]
SHARED = "where the provider caches the shared part"


@pytest.fixture
def planned(tmp_path, exits):
    """Plan examples of so many words; return what is printed, and the record."""

    def made(words, *more, command="plan"):
        rows = [{"input": f"{'word ' * words}{n}", "output": f"label-{n % 2}"} for n in range(80)]
        path = tmp_path / "data.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        asked = [command, str(path), *(more or MINI), *(["--dry-run"] if command == "decide" else [])]
        return exits(*asked)[1], json.loads(exits(*asked, "--json")[1])

    return made


def test_what_prompts_share_is_priced_as_cached_and_the_most_stays_the_most(planned):
    printed, record = planned(150)
    calls, sent, cached = (record[name] for name in ("calls", "prompt_tokens", "cached_tokens"))
    assert 0 < cached < sent - record["fresh_tokens"], "one example is shorter than a provider caches"
    each = HostedModel("openai/gpt-4o-mini").cached_usd(
        *(math.ceil(count / calls) for count in (sent, cached, record["completion_tokens"]))
    )
    assert record["cached_usd"] == pytest.approx(each * calls)
    assert record["cached_usd"] < 0.7 * record["usd"] < record["most_usd"]
    assert record["total"]["usd"] == record["usd"], "of one part too: who reads the total needs not know"
    assert f"at most; {sent - cached:,} of them new {SHARED}\n" in printed, "as many as its price counts"
    said = f"at most ${math.ceil(100 * record['most_usd']) / 100:.2f}; about {dollars(record['cached_usd'])} {SHARED}\n"
    assert f"{dollars(record['usd'])}   with replies as long as targets; {said}" in printed


def test_a_dry_run_of_decide_says_it_of_the_whole(planned):
    printed, record = planned(150, command="decide")
    total = record["total"]
    assert total["cached_usd"] == pytest.approx(record["cached_usd"] + record["retrieved"]["usd"])
    most = math.ceil(100 * total["most_usd"]) / 100  # an upper bound is never rounded down
    assert f"at most ${most:.2f}; about {dollars(total['cached_usd'])} {SHARED};" in printed.splitlines()[-1]


def test_a_dry_run_fits_a_narrow_terminal(planned, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("curvefit.cli.plan.width", lambda: 60)
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    printed, _ = planned(20, command="decide")
    assert max(map(len, printed.splitlines())) <= 60
    assert "with replies as long as targets" in " ".join(printed.split())


def test_a_plan_says_in_three_lines_at_most_what_is_wrong_with_the_examples(tmp_path, exits):
    rows = [{"input": f"text {n} of {n * 7}", "output": f"label-{n % 2}"} for n in range(80)]
    path = tmp_path / "data.jsonl"

    def said(more):
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + more, encoding="utf-8")
        status, printed, told = exits("plan", str(path), "-m", "simulated/rising")
        assert status == 0
        assert printed.startswith("data on simulated/rising: shots")
        assert json.loads(exits("plan", str(path), "-m", "simulated/rising", "--json")[1])["task"] == "data"
        return told.splitlines()

    others = [json.dumps({**row, "output": "label-0"}) for row in rows[1:21:2]]
    good, bad = said(""), said("\n".join([*others, '{"input": "no answer"}']))
    assert [text.partition(": ")[2].partition(":")[0] for text in good] == ["note"] * len(good)
    assert len(bad) == 3
    assert re.match(r"data: warn: \d of \d+ items duplicate another", bad[0])
    assert re.match(r"data: warn: \d item inputs with more than one target \(first: data\.jsonl:\d+ and ", bad[1])
    assert re.fullmatch(r"data: and \d more: curvefit check says all of it", bad[2])


def test_a_plan_says_which_study_is_there_and_which_command_goes_on_from_a_larger_one(tmp_path, exits, monkeypatch):
    (tmp_path / "sample_tasks").symlink_to(ROOT / "sample_tasks")
    monkeypatch.chdir(tmp_path)
    asked = ["sample_tasks/tickets", "-m", "simulated/rising", "--shots", "0,4"]
    there = "study.json is there, of 20 items, 2 draws, up to 4 shots; "
    assert "is there" not in exits("plan", *asked, "--items", "8")[2]
    for out in ([], ["--out", "s"]):
        assert exits("run", *asked, "--items", "20", "--draws", "2", *out)[0] == 0
        told = exits("plan", *asked, "--items", "8", *out)[2]
        assert f"{there}larger than this: a run replaces it and keeps its replies; curvefit decide goes on" in told
        told = exits("plan", *asked, "--items", "30", "--draws", "2", *out)[2]
        assert f"{there}requests in the same words are not sent again" in told
        assert "is there" not in exits("plan", *asked, "--json", *out)[2]


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (20, ["-m", "openai/gpt-4o-mini"]),  # 16 examples are shorter than what is cached
        (150, ["-m", "openai/gpt-4o-mini", "--batch"]),
        (150, ["-m", "azure_ai/claude-haiku-4-5"]),  # is not told what to cache
        (150, ["-m", "openai/gpt-4"]),  # has no price of its own for cached tokens
    ],
)
def test_where_nothing_is_cached_or_it_costs_no_less_nothing_is_said(planned, words, more):
    printed, record = planned(words, *more, *MINI[2:])
    assert (record["cached_tokens"], record["cached_usd"]) == (0, None)
    assert SHARED not in printed
    assert "with replies as long as targets, nothing cached; at most $" in printed
    assert f"{record['prompt_tokens']:,}   at most\n" in printed


def test_the_least_that_is_cached_is_the_provider_s_own():
    assert HostedModel("openai/gpt-4o-mini").caches_from == math.ceil(1024 * 1.2)
    assert HostedModel("anthropic/claude-haiku-4-5").caches_from == math.ceil(4096 * 1.2)
    assert BatchModel("openai/gpt-4o-mini").caches_from is None


@pytest.fixture
def timed(planned, monkeypatch):
    """Plan calls of a local model on two cores at a load; return what is printed of time, and the seconds."""

    def made(load, command="plan"):
        monkeypatch.setattr(LocalModel, "count_tokens", lambda self, text: len(text))
        monkeypatch.setattr("curvefit.models.local.engine.lanes_for", lambda size: 2)
        monkeypatch.setattr("os.cpu_count", lambda: 2)
        monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0), raising=False)
        more = ["-m", "local/gemma3-270m", "--shots", "0,1", "--draws", "1", "--items", "20"]
        printed, record = planned(20, *more, command=command)
        said = printed.splitlines()
        times, totals = ([text for text in said if text.startswith(start)] for start in ("  time ", "total"))
        return times, *totals, record

    return made


def ranged(least, most):
    """So many seconds, as a range."""
    said = f"{least:.0f} to {most:.0f} s" if most < 90 else f"{least / 60:.0f} to {most / 60:.0f} min"
    return re.sub("^0 to", "up to", said)


@pytest.mark.parametrize("command", ["plan", "decide"])
def test_how_long_a_local_model_takes_is_said_of_the_machine_as_busy_as_it_is_now(timed, command):
    (idle, *totals, idle_record), (busy, *more, busy_record) = (timed(load, command) for load in (0.0, 6.0))
    totals += more
    assert busy_record["seconds"] == pytest.approx(4 * idle_record["seconds"]), "8 that run share two cores"
    if command == "decide":
        assert busy_record["total"]["seconds"] == pytest.approx(4 * idle_record["total"]["seconds"])
    parts = [idle_record, *([idle_record["retrieved"]] if command == "decide" else [])]
    assert len(idle) == len(busy) == len(parts)
    for one, other, part in zip(idle, busy, parts, strict=True):
        assert one.endswith("   if this machine stays as idle as it is now")
        least, most = part["seconds"], 7 * part["seconds"]  # of 14 that run on two cores
        lasting = ranged(least, most)
        assert other.endswith(f" {lasting}   from this machine idle to twice as busy as it is now")
    if command == "decide":
        assert re.search(r"; \d+ to \d+ min$", totals[1])
        assert " to " not in totals[0].rpartition(";")[2]


def test_what_others_answer_does_not_take_longer_where_this_machine_is_busy(planned, monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (999.0, 0.0, 0.0), raising=False)
    assert "busy" not in planned(20)[0]
    printed, record = planned(20, "-m", "simulated/rising")
    assert record["seconds"] == 0.0
    assert "busy" not in printed
    assert "idle" not in printed


def test_a_model_file_of_the_user_s_depends_on_no_provider_and_its_tokens_are_counted_exactly(
    planned, monkeypatch, tmp_path
):
    header = Header(context=8192, chat=False)
    monkeypatch.setattr("curvefit.models.gguf.read_header", lambda path: header)
    monkeypatch.setattr("curvefit.models.store.sha256", lambda path: "0" * 64)
    monkeypatch.setattr(LocalModel, "count_tokens", lambda self, text: len(text))
    own = tmp_path / "own.gguf"
    own.touch()
    printed, record = planned(20, "-m", f"local:{own}", "--shots", "0,1", "--draws", "1", "--items", "20")
    assert record["seconds"] is None
    assert "  time               unknown   no pace is known of this model\n" in printed
    assert f"; {record['fresh_tokens']:,} of them new, the others shared\n" in printed
    assert "provider" not in printed
    assert "litellm" not in printed
