"""SIGKILL at random points, the same command again: nothing repeated, nothing lost, the same study."""

import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from curvefit.models.base import Model
from curvefit.models.resolve import resolve

from . import interrupted

pytestmark = pytest.mark.slow

# The embedded model takes a tenth of a second a call and more, so it gets a smaller design.
SIZE = {"simulated/rising": ("3", "8"), "local/gemma3-270m": ("1", "2")}


@pytest.fixture(scope="module")
def task(tmp_path_factory) -> Path:
    """A task of short texts."""
    folder = tmp_path_factory.mktemp("task")
    rows = [json.dumps({"input": f"question {i}", "output": ("red", "green", "blue")[i % 3]}) for i in range(20)]
    (folder / "pool.jsonl").write_text("\n".join(rows[:10]))
    (folder / "items.jsonl").write_text("\n".join(rows[10:]))
    (folder / "task.yaml").write_text(
        "name: short\nkind: classification\nscorer: label\npool: pool.jsonl\nitems: items.jsonl\n"
    )
    return folder / "task.yaml"


@pytest.fixture
def calm(tmp_path) -> Path:
    (tmp_path / "calm").mkdir()
    return tmp_path / "calm"


@pytest.fixture
def rough(tmp_path) -> Path:
    (tmp_path / "rough").mkdir()
    return tmp_path / "rough"


def run(model: Model, task: Path, folder: Path, kill_after: int | None = None) -> bool:
    """Run to the end, here, or in a process that is killed after that many progress lines; return whether it was."""
    arguments = str(task), str(folder), *SIZE[model.name]
    if kill_after is None:
        interrupted.study_of(model, *arguments)
        return False
    command = [sys.executable, interrupted.__file__, model.name, *arguments]
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


def test_a_run_killed_again_and_again_ends_as_an_undisturbed_one(task, calm, rough):
    model = resolve("simulated/rising")
    assert not run(model, task, calm)
    rng, kills = random.Random(2), 0
    while True:
        before, n_logged = journalled(rough) if kills else set(), len(logged_requests(rough))
        killed = run(model, task, rough, kill_after=rng.randrange(1, 17) if kills < 6 else None)
        assert before.isdisjoint(logged_requests(rough)[n_logged:]), "a reply already on disk was asked for again"
        if not killed:
            break
        kills += 1
        assert journalled(rough) >= before
    assert kills == 6
    assert len(logged_requests(rough)) - len(set(logged_requests(rough))) <= kills, (
        "more than the one request in flight was repeated"
    )
    assert study(rough) == study(calm)


def test_the_embedded_model_resumes_to_the_same_study_and_token_account(gemma, task, calm, rough):
    assert not run(gemma, task, calm)
    assert run(gemma, task, rough, kill_after=4)
    assert not run(gemma, task, rough)
    assert study(rough) == study(calm)
    assert study(calm)["usage"]["cached_tokens"] > 0, "an account of no cached tokens proves nothing"
    assert study(calm)["measurement"]["choices"]
