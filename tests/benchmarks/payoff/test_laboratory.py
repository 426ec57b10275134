"""How the laboratory measures: what is resumable, and in what order."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from types import SimpleNamespace

import pytest

from benchmarks.payoff import laboratory
from benchmarks.payoff.tasks import EXTERNAL, POOL
from curvefit.errors import PromptTooLong
from curvefit.models.simulated import parse


@pytest.fixture
def payoff():
    return laboratory


@pytest.mark.parametrize(
    ("pool", "wanted"), [(600, (32, 128, 512)), (640, (32, 128, 512)), (340, (32, 128, 256)), (150, (32, 64, 128))]
)
def test_training_sizes_are_what_the_pool_carries(pool, wanted):
    assert laboratory.sizes(pool) == wanted


@pytest.mark.parametrize(("context", "shots"), [(4000, [1, 4, 16]), (150, [1, 4]), (60, [1])])
def test_retrieved_demonstrations_are_as_many_as_the_context_holds(make_task, tmp_path, context, shots):
    model = replace(parse("simulated/plateau"), context=context)
    found = laboratory.retrieved(make_task(pool=40, items=20), model, tmp_path)
    assert found["shots"] == shots
    assert [len(row[0]) for row in found["scores"]] == [20] * len(shots)


def test_a_prompt_too_long_without_any_demonstration_ends_the_piece(make_task, tmp_path):
    with pytest.raises(PromptTooLong):
        laboratory.retrieved(make_task(), replace(parse("simulated/plateau"), context=10), tmp_path)


@pytest.fixture
def walked(monkeypatch, tmp_path):
    """Walk a queue with pieces that succeed unless named; return what was run, in order."""

    def walk(lines, failing=(), done=()):
        queue, out, ran = tmp_path / "queue", tmp_path / "out", []
        queue.write_text("\n".join(lines))

        def finish(name, model, piece):
            folder = out / name / model.rpartition("/")[2]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{piece}.json").write_text("{}")

        def run(command, **_):
            line = " ".join(command[-3:])
            ran.append(line)
            if line not in failing:
                finish(*command[-3:])
            return SimpleNamespace(returncode=int(line in failing))

        for line in done:
            finish(*line.split())
        monkeypatch.setattr(subprocess, "run", run)
        laboratory.walk(out, queue)
        return ran

    return walk


def test_a_queue_is_walked_in_order_and_what_is_done_is_passed_over(walked):
    lines = ["a local/m tuned-1", "a local/m context-2", "# later", "b local/m tuned-1  # dear"]
    assert walked(lines, done=lines[1:2]) == ["a local/m tuned-1", "b local/m tuned-1"]


def test_a_piece_that_fails_is_tried_again_but_not_for_ever(walked):
    lines = ["a local/m tuned-1", "b local/m tuned-1"]
    assert walked(lines, failing=lines[:1]) == [lines[0]] * laboratory.TRIES + lines[1:]


def test_a_unit_another_walker_is_at_is_left_to_it(walked, tmp_path):
    with laboratory._held(tmp_path / "out" / "a" / "m") as ours:
        assert ours is not None
        assert walked(["a local/m tuned-1", "b local/m tuned-1"]) == ["b local/m tuned-1"]


def test_tasks_made_of_data_sets_share_no_example_and_hold_enough(shared_data):
    for name in EXTERNAL:
        task = laboratory.task_of(name)  # which proves pool and items disjoint
        assert len(task.items) >= laboratory.ITEMS, name
        assert 300 <= len(task.pool) <= POOL, name
