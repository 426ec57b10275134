"""Which fine-tuning is made when, and what becomes of the others when one fails; nothing is trained."""

import threading
from types import SimpleNamespace

import pytest

from curvefit.errors import InputError
from curvefit.training import training_queue
from curvefit.training.schedule import Recipe
from curvefit.training.training_queue import train_units

UNITS = [(8, 0), (8, 1), (64, 0), (64, 1)]


class Stub:
    lanes = 1

    def twin(self):
        return Stub()


@pytest.fixture
def trained(monkeypatch):
    """Run the queue on so many cores, with what one fine-tuning does instead of training."""

    def run(cores, act, progress=None):
        monkeypatch.setattr(Stub, "lanes", cores)
        monkeypatch.setattr(training_queue, "_train", lambda work, trainer, out, which, watch: act(which, watch))
        with train_units(SimpleNamespace(recipe=Recipe()), Stub(), None, UNITS, progress) as units:
            return list(units)

    return run


def test_the_longest_are_trained_first_and_all_are_returned(trained):
    begun = []

    def act(which, watch):
        begun.append(which)
        return which

    assert sorted(trained(1, act)) == UNITS
    assert [n for n, _ in begun] == [64, 64, 8, 8]


def test_as_many_are_trained_at_once_as_there_are_cores(trained):
    both = threading.Barrier(2, timeout=10)  # broken, and so an error, where they come one after the other

    def act(which, watch):
        both.wait()
        return which

    assert sorted(trained(2, act)) == UNITS


def test_when_one_fails_the_other_stops_at_its_step_and_no_further_one_begins(trained):
    begun, beside, failed = [], threading.Event(), threading.Event()

    def act(which, watch):
        begun.append(which)
        if which == (64, 0):
            assert beside.wait(10)
            failed.set()
            raise InputError("no room")
        beside.set()
        assert failed.wait(10)
        for step in range(10**9):
            watch(step, 10**9)
        return which

    with pytest.raises(InputError, match="no room"):
        trained(2, act)
    assert sorted(begun) == [(64, 0), (64, 1)]


def test_progress_is_of_all_fine_tunings_together(trained):
    seen = []

    def act(which, watch):
        watch(Recipe().steps(which[0]), Recipe().steps(which[0]))
        return which

    trained(1, act, lambda done, most: seen.append((done, most)))
    most = sum(Recipe().steps(n) for n, _ in UNITS)
    assert seen[-1] == (most, most)


def test_an_interruption_while_others_are_scored_stops_them_at_their_step(monkeypatch):
    stopped = []

    def endless(work, trainer, out, which, watch):
        if which == (64, 0):
            return which
        try:
            for step in range(10**9):
                watch(step, 10**9)
        except Exception:
            stopped.append(which)
            raise

    monkeypatch.setattr(Stub, "lanes", 2)
    monkeypatch.setattr(training_queue, "_train", endless)

    def interrupted():
        with train_units(SimpleNamespace(recipe=Recipe()), Stub(), None, UNITS) as units:
            assert next(units) == (64, 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert set(stopped) <= {(64, 1), (8, 0)}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("training")]
