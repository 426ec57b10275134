"""Fine-tuning on a worker: what comes back, what is kept here, and what if a worker dies; nothing is trained."""

import pytest

from curvefit.errors import InputError, ModelUnavailable
from curvefit.models.cluster import WorkerLost
from curvefit.training.adapter import Adapter, Architecture
from curvefit.training.cluster_trainer import ClusterTrainer, trained_there
from curvefit.training.schedule import Example
from curvefit.training.trainer import TrainingResult

RESULT = TrainingResult(Adapter({}, 32.0), (), 1.0, Architecture("llama", 1, 1), "float32", "cpu")
EXAMPLES = [Example((1,), (2,))] * 8


class Passes:
    """A trainer of three passes whose state is how many it has done."""

    def train(self, examples, held_out, seed, checkpoint, progress):
        done = int(checkpoint.read_bytes()) if checkpoint.exists() else 0
        for number in range(done + 1, 4):
            checkpoint.write_bytes(b"%d" % number)
            progress(number, 3)
        return RESULT


class Full:
    def train(self, *_):
        raise InputError("cannot be written; make room", file="units")


class Faulty:
    def train(self, *_):
        raise ZeroDivisionError


class Here:
    """A cluster that runs a function here, and whose worker dies after so many events, one number a worker."""

    size = 2

    def __init__(self, *deaths):
        self.deaths, self.ended = list(deaths), 0

    def stream(self, function, *arguments):
        left = self.deaths.pop(0) if self.deaths else 10**9
        try:
            for event in function(*arguments):
                if not left:
                    raise WorkerLost("killed")
                left -= 1
                yield event
        finally:
            self.ended += 1


def test_a_worker_sends_the_state_after_each_pass_before_its_step_and_the_result_last():
    events = list(trained_there(Passes, EXAMPLES, EXAMPLES, 0, b""))
    assert isinstance(events[0], bytes)
    assert [e for e in events if isinstance(e, bytes)][-1] == b"3"
    assert [e for e in events if isinstance(e, tuple)] == [(1, 3), (2, 3), (3, 3)]
    assert events[-1] is RESULT
    assert list(trained_there(Passes, EXAMPLES, EXAMPLES, 0, b"3")) == [RESULT]


def test_what_training_cannot_do_is_sent_and_a_fault_is_raised():
    (error,) = trained_there(Full, EXAMPLES, EXAMPLES, 0, b"")
    assert isinstance(error, InputError)
    with pytest.raises(ZeroDivisionError):
        list(trained_there(Faulty, EXAMPLES, EXAMPLES, 0, b""))


def test_a_fine_tuning_goes_on_from_its_last_pass_on_another_worker(tmp_path):
    cluster, said, seen = Here(2), [], []
    trainer = ClusterTrainer(Passes, cluster, said.append)
    found = trainer.train(EXAMPLES, EXAMPLES, 0, tmp_path / "state", lambda *step: seen.append(step))
    assert found is RESULT
    assert said == ["a worker died; training on 8 examples goes on from its last pass on another one"]
    assert (tmp_path / "state").read_bytes() == b"3"
    assert cluster.ended == 2
    assert (trainer.lanes, trainer.twin()) == (2, trainer)


def test_a_fine_tuning_that_kills_its_workers_is_given_up(tmp_path):
    said = []
    with pytest.raises(ModelUnavailable, match="3 workers died over one fine-tuning: killed"):
        ClusterTrainer(Passes, Here(0, 0, 0), said.append).train(EXAMPLES, EXAMPLES, 0, tmp_path / "state")
    assert len(said) == 2


def test_what_a_worker_cannot_do_is_raised_here_and_its_stream_is_closed(tmp_path):
    cluster = Here()
    with pytest.raises(InputError, match="make room"):
        ClusterTrainer(Full, cluster).train(EXAMPLES, EXAMPLES, 0, tmp_path / "state")
    assert cluster.ended == 1


def test_who_follows_may_stop_it_which_ends_the_stream(tmp_path):
    cluster = Here()

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ClusterTrainer(Passes, cluster).train(EXAMPLES, EXAMPLES, 0, tmp_path / "state", stop)
    assert cluster.ended == 1
