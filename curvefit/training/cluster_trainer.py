"""Fine-tuning on the workers of a cluster. Lives here: what goes there and comes back; plan and files stay here.

A worker loads the model by its name, as every node has it, and trains one fine-tuning at a time, as `Trainer` does.
After each pass its state comes back, and is kept here: where the worker dies, or this process, training goes on there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Final

from curvefit.errors import CurvefitError, ModelUnavailable
from curvefit.models.cluster import Cluster, WorkerLost, to_stderr
from curvefit.own_files import write_whole
from curvefit.training.schedule import Example
from curvefit.training.trainer import Trainer, TrainingResult

__all__ = ["ClusterTrainer", "trained_there"]

Event = tuple[int, int] | bytes | TrainingResult | CurvefitError

_MOST_LOST: Final = 3  # workers, in one fine-tuning, after which it is given up


class ClusterTrainer:
    """Trains on a cluster as `Trainer` does here; on as many workers at once as the cluster has.

    Parameters
    ----------
    load : callable
        Loads the trainer on a worker, and makes sure that it is of the model meant. It is sent there.
    cluster : Cluster
        Where.
    say : callable, optional
        Gets a line when a worker died; by default it goes to stderr.
    """

    def __init__(self, load: Callable[[], Trainer], cluster: Cluster, say: Callable[[str], None] = to_stderr) -> None:
        self._load, self._cluster, self._say = load, cluster, say

    @property
    def lanes(self) -> int:
        """How many may train side by side: one a worker."""
        return self._cluster.size

    def twin(self) -> ClusterTrainer:
        """Return itself: each fine-tuning has a worker of its own."""
        return self

    def train(
        self,
        examples: Sequence[Example],
        held_out: Sequence[Example],
        seed: int,
        checkpoint: Path,
        progress: Callable[[int, int], None] | None = None,
    ) -> TrainingResult:
        """Fine-tune on a worker; parameters are as of `Trainer.train`.

        Raises
        ------
        InputError
            The state cannot be kept.
        ModelUnavailable
            Workers would train another model, or none is left.
        """
        lost = 0
        while True:
            try:
                return self._train(examples, held_out, seed, checkpoint, progress)
            except WorkerLost as error:
                lost += 1
                if lost == _MOST_LOST:
                    raise ModelUnavailable(f"{lost} workers died over one fine-tuning: {error}") from None
                self._say(
                    f"a worker died; training on {len(examples):,} examples goes on from its last pass on another one"
                )

    def _train(
        self,
        examples: Sequence[Example],
        held_out: Sequence[Example],
        seed: int,
        checkpoint: Path,
        progress: Callable[[int, int], None] | None,
    ) -> TrainingResult:
        kept = checkpoint.read_bytes() if checkpoint.is_file() else b""
        sent = (self._load, tuple(examples), tuple(held_out), seed, kept)
        found: TrainingResult | None = None
        with closing(self._cluster.stream(trained_there, *sent)) as events:
            for event in events:
                if isinstance(event, CurvefitError):
                    raise event
                if isinstance(event, TrainingResult):
                    found = event  # not returned at once, which would end a worker that is about to be free
                elif isinstance(event, bytes):
                    with write_whole(checkpoint) as scratch:
                        scratch.write_bytes(event)
                elif progress is not None:
                    progress(*event)
        if found is None:
            raise WorkerLost("it ended without a result")
        return found


def trained_there(
    load: Callable[[], Trainer], examples: Sequence[Example], held_out: Sequence[Example], seed: int, kept: bytes
) -> Iterator[Event]:
    """Train on this worker, and yield the steps done, the state after each pass, and at last the result or why not.

    `kept` is the state to go on from; empty: from the start.
    """
    steps: SimpleQueue[tuple[int, int] | TrainingResult | BaseException] = SimpleQueue()

    def train(checkpoint: Path) -> None:
        try:
            done = load().train(examples, held_out, seed, checkpoint, lambda step, most: steps.put((step, most)))
            steps.put(done)
        except BaseException as error:  # for who waits below
            steps.put(error)

    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a worker that is ending may still write there
        checkpoint = Path(folder) / "checkpoint.pt"
        if kept:
            checkpoint.write_bytes(kept)
        sent = _written(checkpoint)
        threading.Thread(target=train, args=(checkpoint,), daemon=True).start()
        while True:
            event = steps.get()
            if (now := _written(checkpoint)) != sent:
                sent = now
                yield checkpoint.read_bytes()
            if isinstance(event, BaseException) and not isinstance(event, CurvefitError):
                raise event
            yield event
            if not isinstance(event, tuple):
                return


def _written(path: Path) -> int:
    """Return which version of a file is there; 0 for none."""
    return path.stat().st_mtime_ns if path.is_file() else 0
