"""How time and memory grow with items, shots, draws, labels, pool and length of a prompt. Prints tables as Markdown.

Run: OMP_NUM_THREADS=1 python -m benchmarks.growth.sizes [DIMENSION ...]

Each dimension is measured at 1, 4 and 16 times a small study, all else alike, in a process of its own, with the
simulated model; what is imported when first used is imported before. The exponent is the slope of log time over
log size from 4 to 16 times. 1: twice as much takes twice as long. 2: four times as long.
"""

from __future__ import annotations

import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import curvefit as cf
from curvefit.measurement.measure import plan_measurement
from curvefit.tasks.duplicates import duplicate_groups

T = TypeVar("T")
SMALL: Final = {"items": 50, "shots": 8, "draws": 2, "labels": 4, "pool": 250, "length": 100}
TIMES: Final = (1, 4, 16)
WORDS: Final = [f"{a}{b}{c}" for a in "bdfglmnprst" for b in "aeiou" for c in ("l", "n", "r", "s", "t", "x")]


def main() -> None:
    """Print a table of time and one of memory for each dimension."""
    if sys.argv[1:2] == ["--study"]:
        print(json.dumps(study(json.loads(sys.argv[2]))))
        return
    for dimension in sys.argv[1:] or SMALL:
        rows = [measured({**SMALL, dimension: times * SMALL[dimension]}) for times in TIMES]
        print(f"\n| {dimension} | {' | '.join(f'{times * SMALL[dimension]:,}' for times in TIMES)} | exponent |")
        print("|---|" + "---:|" * (len(TIMES) + 1))
        for name in rows[0]:
            values = [row[name] for row in rows]
            unit = "MB" if name.startswith("memory") else "s"
            slope = math.log(max(values[-1], 1e-3) / max(values[-2], 1e-3)) / math.log(TIMES[-1] / TIMES[-2])
            print(f"| {name}, {unit} | {' | '.join(f'{value:.3f}' for value in values)} | {slope:.2f} |", flush=True)


def measured(size: dict[str, int]) -> dict[str, float]:
    """Return seconds of processor time of each step of a study, and the memory it takes above that of the start."""
    command = [sys.executable, "-m", "benchmarks.growth.sizes", "--study", json.dumps(size)]
    answer: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer


def records(size: dict[str, int], count: int, seed: int) -> list[dict[str, str]]:
    """Return random texts with labels."""
    rng = random.Random(seed)
    texts = (" ".join(rng.choices(WORDS, k=max(size["length"] // 4, 4))) for _ in range(count))
    return [{"input": text, "output": f"label {i % size['labels']}"} for i, text in enumerate(texts)]


def study(size: dict[str, int]) -> dict[str, float]:
    """Make a task, plan, ask, resume, conclude and report it."""
    spent: dict[str, float] = {}

    def timed(name: str, act: Callable[[], T]) -> T:
        start = time.process_time()
        value = act()
        spent[name] = time.process_time() - start
        return value

    warnings.simplefilter("ignore")
    tiny = cf.Task.from_records(records({**SMALL, "labels": 2}, 60, 0), name="tiny")  # what is imported when used
    model = replace(cf.resolve("simulated/rising"), concurrency=16, keeps_prefix=False)
    with tempfile.TemporaryDirectory() as folder:
        cf.write_report(cf.analyze(cf.measure(tiny, cf.Design((0, 1, 2), 2, 10), model), n_train=100), folder)
        plan_measurement(tiny, cf.Design((1,), 1, 5, selection="similar"), model)
        start = _peak()
        made = records(size, size["pool"] + size["items"], 1)
        pool, items = made[: size["pool"]], made[size["pool"] :]
        rows = [{**row, "split": name} for part, name in ((pool, "train"), (items, "test")) for row in part]
        task = timed("reading the task", lambda: cf.Task.from_records(rows, name="grown"))
        timed("duplicates in the pool", lambda: duplicate_groups(task.pool))
        shots = (0, *(2**n for n in range(size["shots"].bit_length())))
        design = cf.Design(shots=shots, draws=size["draws"], items=size["items"])
        journal = Path(folder, "j.sqlite")
        plan = timed("planning", lambda: plan_measurement(task, design, model))
        similar = cf.Design(shots=(1, 2, 4, 8), draws=1, items=size["items"], selection="similar")
        timed("planning with retrieved examples", lambda: plan_measurement(task, similar, model))
        timed("asking", lambda: cf.measure(task, plan, model, journal=journal))
        curve = timed("resuming, all replies there", lambda: cf.measure(task, plan, model, journal=journal))
        concluded = timed("concluding", lambda: cf.analyze(curve, n_train=200))
        timed("report", lambda: cf.write_report(concluded, folder))
        spent["memory above that of the start"] = _peak() - start
    return spent


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
