"""How the laboratory measures: what is resumable, and in what order."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from curvefit.models.base import Completion


@pytest.fixture
def payoff():
    import payoff

    return payoff


@pytest.mark.parametrize(
    ("pool", "wanted"), [(600, (32, 128, 512)), (640, (32, 128, 512)), (340, (32, 128, 256)), (150, (32, 64, 128))]
)
def test_training_sizes_are_what_the_pool_carries(payoff, pool, wanted):
    assert payoff.sizes(pool) == wanted


class Asked:
    """A model that says what its last demonstration said, and keeps what it was asked."""

    name, identity, form, thinking = "local/fake", "fake", "plain", 0

    def __init__(self, fails_after=10**9):
        self.prompts, self.fails_after = [], fails_after

    def count_tokens(self, text):
        return len(text.split())

    def answer(self, request):
        if len(self.prompts) >= self.fails_after:
            raise KeyboardInterrupt
        self.prompts.append(request.prompt)
        return Completion(request.prompt.split("Out: ")[-1].split("\n")[0], None, 1, 0, 1, 0.0, 0.0)


def test_retrieved_demonstrations_are_the_most_similar_with_the_nearest_last(payoff, make_task, tmp_path):
    pytest.importorskip("bm25s")
    task, model = make_task(pool=40, items=20), Asked()
    words = ("red", "blue", "green", "grey")
    told = [payoff.Item(f"p{i}", f"{words[i % 4]} {'thing ' * (i // 4)}", words[i % 4]) for i in range(40)]
    asked = [payoff.Item(f"i{i}", f"{word} x{i}", word) for i, word in enumerate(words)]
    task = payoff.Task(**{**{n: getattr(task, n) for n in ("name", "instruction", "kind", "scorer")},
                          "pool": tuple(told), "items": tuple(asked)})  # fmt: skip
    found = payoff.retrieved(task, model, tmp_path)
    assert found["shots"] == [1, 4, 16]
    assert found["scores"][0] == [[1.0] * 4]  # the nearest is of the item's colour
    nearest = [[told[i].target for i in row] for row in payoff.similar(told, asked, 10)]
    assert nearest == [[word] * 10 for word in words]
    four = [prompt.splitlines() for prompt in model.prompts if prompt.count("Out: ") == 4]
    shown = [[line.removeprefix("In: ").rstrip() for line in lines if line.startswith("In: ")] for lines in four]
    assert sorted(shown, key=lambda inputs: inputs[-1]) == [
        [*(told[i].input.rstrip() for i in reversed(near)), item.input]
        for item, near in sorted(
            zip(asked, payoff.similar(told, asked, 4), strict=True), key=lambda both: both[0].input
        )
    ]


def test_an_interrupted_piece_asks_only_what_it_lacks(payoff, make_task, tmp_path):
    pytest.importorskip("bm25s")
    task = make_task(pool=40, items=20)
    with pytest.raises(KeyboardInterrupt):
        payoff.retrieved(task, Asked(fails_after=25), tmp_path)
    again, once_more = Asked(), Asked()
    found = payoff.retrieved(task, again, tmp_path)
    assert len(again.prompts) == 3 * 20 - 25
    assert payoff.retrieved(task, once_more, tmp_path) == found
    assert once_more.prompts == []


@pytest.fixture
def walked(payoff, monkeypatch, tmp_path):
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
        payoff.walk(out, queue)
        return ran

    return walk


def test_a_queue_is_walked_in_order_and_what_is_done_is_passed_over(walked):
    lines = ["a local/m tuned-1", "a local/m context-2", "# later", "b local/m tuned-1  # dear"]
    assert walked(lines, done=lines[1:2]) == ["a local/m tuned-1", "b local/m tuned-1"]


def test_a_piece_that_fails_is_tried_again_but_not_for_ever(walked, payoff):
    lines = ["a local/m tuned-1", "b local/m tuned-1"]
    assert walked(lines, failing=lines[:1]) == [lines[0]] * payoff.TRIES + lines[1:]


def test_a_unit_another_walker_is_at_is_left_to_it(walked, payoff, tmp_path):
    with payoff._held(tmp_path / "out" / "a" / "m") as ours:
        assert ours is not None
        assert walked(["a local/m tuned-1", "b local/m tuned-1"]) == ["b local/m tuned-1"]


def test_tasks_made_of_data_sets_share_no_example_and_hold_enough(payoff, shared_data):
    from payoff_tasks import EXTERNAL, POOL

    for name in EXTERNAL:
        task = payoff.task_of(name)  # which proves pool and items disjoint
        assert len(task.items) >= payoff.ITEMS, name
        assert 300 <= len(task.pool) <= POOL, name
