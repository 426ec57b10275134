"""SIGKILL at random points, the same command again: nothing repeated, nothing lost, the same study."""

import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from . import interrupted

pytestmark = pytest.mark.slow

TICKETS = Path(__file__).parents[2] / "sample_tasks" / "tickets"


# The embedded model takes a tenth of a second a call and more, so it gets a smaller design, and a task of short texts.
SIZE = {"simulated/rising": ("3", "8"), "local/gemma3-270m": ("1", "2")}


def run(model: str, folder: Path, kill_after: int | None = None, task: Path = TICKETS) -> bool:
    """Run to the end, here, or in a process that is killed after that many progress lines; return whether it was."""
    arguments = model, str(task), str(folder), *SIZE[model]
    if kill_after is None:
        interrupted.main(*arguments)
        return False
    command = [sys.executable, interrupted.__file__, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        for line, _ in enumerate(child.stdout):
            if line == kill_after:
                child.kill()
                return True
        assert child.wait() == 0, child.stderr.read()
    return False


def journalled(folder: Path) -> set[str]:
    db = sqlite3.connect(folder / "journal.sqlite")
    try:
        return {digest for (digest,) in db.execute("SELECT request FROM replies")}
    finally:
        db.close()


def study(folder: Path) -> dict:
    record = json.loads((folder / "study.json").read_text())
    del record["usage"]["seconds"]
    for step in record["advice"]["next_steps"]:  # which say where the study is kept, and how long it takes
        del step["command"], step["minutes"]
    for usage in record["measurement"]["usage_by_shots"]:
        del usage["seconds"]
    del record["measurement"]["seconds_by_shots"]
    for candidate in record["candidates"]:
        del candidate["seconds_p50"], candidate["seconds_p95"], candidate["frontier"]
    return record


def logged_requests(folder: Path) -> list[str]:
    log = folder / "asked.log"
    return log.read_text().split() if log.exists() else []


def test_a_run_killed_again_and_again_ends_as_an_undisturbed_one(tmp_path):
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    calm.mkdir(), rough.mkdir()
    assert not run("simulated/rising", calm)
    rng, kills = random.Random(2), 0
    while True:
        before, n_logged = journalled(rough) if kills else set(), len(logged_requests(rough))
        killed = run("simulated/rising", rough, kill_after=rng.randrange(1, 9) if kills < 12 else None)
        assert before.isdisjoint(logged_requests(rough)[n_logged:]), "a reply already on disk was asked for again"
        if not killed:
            break
        kills += 1
        assert journalled(rough) >= before
    assert kills == 12
    assert len(logged_requests(rough)) - len(set(logged_requests(rough))) <= kills, (
        "more than the one request in flight was repeated"
    )
    assert study(rough) == study(calm)


def test_the_embedded_model_resumes_to_the_same_study_and_token_account(tmp_path):
    pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    calm.mkdir(), rough.mkdir()
    rows = [json.dumps({"input": f"question {i}", "output": f"label-{i % 3}"}) for i in range(20)]
    (tmp_path / "pool.jsonl").write_text("\n".join(rows[:10]))
    (tmp_path / "items.jsonl").write_text("\n".join(rows[10:]))
    task = tmp_path / "task.yaml"
    task.write_text("name: short\nkind: classification\nscorer: label\npool: pool.jsonl\nitems: items.jsonl\n")
    assert not run("local/gemma3-270m", calm, task=task)
    assert run("local/gemma3-270m", rough, kill_after=4, task=task)
    assert not run("local/gemma3-270m", rough, task=task)
    assert study(rough) == study(calm)
    assert study(calm)["usage"]["cached_tokens"] > 0, "an account of no cached tokens proves nothing"
    assert study(calm)["measurement"]["choices"]
