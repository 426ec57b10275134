"""Fine-tunings side by side. Lives here: which is trained when and by which trainer; what is kept of each.

A fine-tuning is the same whichever trained it and beside whatever. The longest begins first, so that cores end at about
the same time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from curvefit.errors import InputError
from curvefit.models import store
from curvefit.training.adapter import write_adapter
from curvefit.training.cluster_trainer import ClusterTrainer
from curvefit.training.fine_tuning_plan import FineTuning, FineTuningPlan
from curvefit.training.folder_model import keep_adapter
from curvefit.training.trainer import Trainer

__all__ = ["READ_BACK", "train_units"]

READ_BACK: Final = "adapter.npz"  # the same as adapter.gguf, for `FolderModel`


class _Stopped(Exception):
    """Another fine-tuning failed, or who waits for them left."""


@contextmanager
def train_units(
    work: FineTuningPlan,
    trainer: Trainer | ClusterTrainer,
    out: Path,
    units: Sequence[tuple[int, int]],
    progress: Callable[[int, int], object] | None = None,
) -> Iterator[Iterator[FineTuning]]:
    """Begin to train units, and give an iterator of them: each comes when it is whole on disk.

    Units, as (n_train, seed), live under `out`. The trainer's twins train too: so many side by side as it has lanes.
    `progress` gets (steps done, steps at most) of all of them, from one thread at a time.

    Raises
    ------
    CurvefitError
        As `Trainer.train` does, from the iterator. Whatever ends this, the others stop after the step they are at, and
        keep their passes.
    """
    stop, lock, steps = threading.Event(), threading.Lock(), dict[tuple[int, int], int]()
    most = sum(work.recipe.steps(n) for n, _ in units)
    count = min(len(units), trainer.lanes)
    free: SimpleQueue[Trainer | ClusterTrainer] = SimpleQueue()
    for each in (trainer, *(trainer.twin() for _ in range(count - 1))):
        free.put(each)

    def train(which: tuple[int, int]) -> FineTuning:
        def watch(done: int, _: int) -> None:
            if stop.is_set():
                raise _Stopped
            with lock:
                steps[which] = done
                if progress is not None:
                    progress(sum(steps.values()), most)

        if stop.is_set():
            raise _Stopped
        mine = free.get()
        try:
            unit = _train(work, mine, out, which, watch)
        except BaseException:
            stop.set()
            raise
        finally:
            free.put(mine)
        steps[which] = work.recipe.steps(which[0])  # it may have ended early
        return unit

    longest_first = sorted(units, key=lambda which: -work.recipe.steps(which[0]))
    with ThreadPoolExecutor(count, thread_name_prefix="training") as pool:
        try:
            ends = as_completed([pool.submit(train, which) for which in longest_first])
            yield (done.result() for done in ends if not isinstance(done.exception(), _Stopped))
        finally:
            stop.set()


def _train(
    work: FineTuningPlan,
    trainer: Trainer | ClusterTrainer,
    out: Path,
    which: tuple[int, int],
    watch: Callable[[int, int], None],
) -> FineTuning:
    n, seed = which
    folder = work.folder(out, n, seed)
    examples, checkpoint, adapter = work.orders[seed][:n], folder / "checkpoint.pt", folder / "adapter.gguf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = trainer.train(examples, work.held_out, seed=seed, checkpoint=checkpoint, progress=watch)
        keep_adapter(folder / READ_BACK, done.adapter)
        write_adapter(adapter, done.adapter, done.architecture)
    except OSError as error:
        raise InputError(f"{error.strerror or error}; make room, or use another --out", file=folder) from error
    unit = FineTuning(n, seed, done.checks, store.sha256(adapter), done.precision, done.device, done.seconds)
    work.finish(out, unit)
    return unit
