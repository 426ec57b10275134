"""A million trials in one journal: planned, resumed and concluded. Prints seconds and memory of each step.

Run: python -m benchmarks.growth.million_trials [THOUSANDS ...]    By default 100 and 1000 thousand trials.

What the simulated model would reply is written straight into the journal, as a run that was interrupted near its end
leaves it; 100 requests are left to ask. Needs half a gigabyte of disk for a million, which is freed at the end.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import curvefit as cf
from curvefit.measurement.measure import plan_measurement
from curvefit.models.base import Completion, Model, Request
from curvefit.models.simulated import SimulatedModel
from curvefit.trials.journal import Journal, Origin
from curvefit.trials.trial_plan import with_targets

T = TypeVar("T")
SHOTS, DRAWS, POOL = (1, 2, 4, 8, 16), 20, 200
LEFT, BATCH, AT_ONCE = 100, 5_000, 32
LABELS = ("billing", "delivery", "refund", "account")


def main() -> None:
    """Measure each size in two processes: one that writes, whose memory does not count, and one that is measured."""
    if sys.argv[1:2] == ["--step"]:
        step = {"write": write, "conclude": conclude}[sys.argv[2]]
        print(json.dumps(step(int(sys.argv[3]), Path(sys.argv[4]))))
        return
    for thousands in [int(a) for a in sys.argv[1:]] or [100, 1000]:
        with tempfile.TemporaryDirectory() as folder:
            steps = [
                json.loads(subprocess.run(
                    [sys.executable, "-m", "benchmarks.growth.million_trials", "--step", step, str(thousands), folder],
                    check=True, capture_output=True, text=True,
                ).stdout)
                for step in ("write", "conclude")
            ]  # fmt: skip
            size = sum(file.stat().st_size for file in Path(folder).glob("j.sqlite*"))
        print(f"{1000 * thousands:,} trials, a journal of {size / 1e6:.0f} MB")
        for name, (seconds, peak) in (item for step in steps for item in step.items()):
            print(f"  {name}: {seconds:.1f} s of processor time, peak {peak:.0f} MB")


def prepared(thousands: int) -> tuple[cf.Task, cf.Design, SimulatedModel]:
    """Return a task of so many items that the design has so many thousand trials."""
    items = 1000 * thousands // (len(SHOTS) * DRAWS)
    examples = [
        cf.Item(f"{i}", f"message {i} on {i * 7919 % 100_003}", LABELS[i * 31 % len(LABELS)])
        for i in range(POOL + items)
    ]
    small = cf.Task.from_records([(example.input, example.target) for example in examples[:400]], name="million")
    task = replace(small, pool=tuple(examples[:POOL]), items=tuple(examples[POOL:]))
    model = replace(cf.resolve("simulated/rising"), keeps_prefix=False, concurrency=AT_ONCE)
    return task, cf.Design(shots=SHOTS, draws=DRAWS, items=items, seed=1), model


def timed(act: Callable[[], T]) -> tuple[T, tuple[float, float]]:
    """Return what comes of it, its processor time and the peak of memory so far, in MB."""
    start = time.process_time()
    value = act()
    return value, (time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def write(thousands: int, folder: Path) -> dict[str, Any]:
    """Write the journal of a run that lacks the last replies."""
    task, design, model = prepared(thousands)
    plan, with_answers = plan_measurement(task, design, model), with_targets(model, task)

    def fill() -> None:
        with Journal(folder / "j.sqlite") as journal:
            rows: list[tuple[str, Completion, Origin]] = []
            for position in range(len(plan) - LEFT):
                trial = plan.trial(position)
                request = plan.request(trial)
                reply = _reply(with_answers, request)
                origin = Origin(task.name, model.name, trial.shots, trial.draw, plan.items[trial.item].id)
                rows.append((request.digest(with_answers.identity), reply, origin))
                if len(rows) == BATCH:
                    journal.record_all(rows)
                    rows = []
            journal.record_all(rows)

    return {"asked and written, one after the other": timed(fill)[1]}


def _reply(model: Model, request: Request) -> Completion:
    try:
        model.complete(request).send(None)  # type: ignore[attr-defined]  # a coroutine, as it is here
    except StopIteration as ended:
        reply: Completion = ended.value
        return reply
    raise AssertionError("the simulated model waits for nothing")


def conclude(thousands: int, folder: Path) -> dict[str, Any]:
    """Plan, resume and conclude in a process of its own."""
    (task, design, model), start = timed(lambda: prepared(thousands))
    steps = {"task made": start}
    journal = folder / "j.sqlite"
    plan, steps["planned"] = timed(lambda: plan_measurement(task, design, model, journal))
    curve, steps[f"resumed: {LEFT} requests asked, all replies scored"] = timed(
        lambda: cf.measure(task, plan, model, journal=journal)
    )
    study, steps["concluded"] = timed(lambda: cf.analyze(curve, n_train=1000))
    _, steps["report written"] = timed(lambda: cf.write_report(study, folder / "out"))
    return steps


if __name__ == "__main__":
    main()
