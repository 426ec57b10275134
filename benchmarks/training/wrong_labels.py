"""How many wrong labels `curvefit check` finds, and how often it cries wolf: planted errors, and none.

Run from the root: python -m benchmarks.training.wrong_labels [REPEATS]

Of each task with labels, n examples are drawn, and a share of them is given another label at random. What is flagged is
counted, and how much of it was planted. With none planted all flags count as false alarms, though real data (banking77,
pubmedqa) may hold errors of its own. Processor time is for one check of one draw.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.paths import DATA, ROOT
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item, Task
from curvefit.workflows.label_check import doubtful_targets, surely_wrong

SIZES: Final = (100, 200, 400, 1_000)
SHARES: Final = (0.0, 0.02, 0.05)


def planted(task: Task, examples: Sequence[Item], share: float, seed: int) -> tuple[Task, set[str]]:
    """Return the task of these examples with that share of wrong labels, and whose they are."""
    rng = np.random.default_rng(seed)
    chosen = set(rng.choice(len(examples), round(share * len(examples)), replace=False).tolist())
    wrong = [
        replace(each, target=str(rng.choice([name for name in task.labels if name != each.target.strip()])))
        if place in chosen
        else each
        for place, each in enumerate(examples)
    ]
    half = len(wrong) // 2
    return replace(task, pool=tuple(wrong[:half]), items=tuple(wrong[half:])), {wrong[place].id for place in chosen}


def of_page(seeds: int = 3, share: float = 0.05) -> tuple[int, int, int]:
    """Return how many targets were planted in whole tasks, found, and named in all: a row of docs/errors.md."""
    counts = np.zeros(3, dtype=int)
    for name in ("tickets", "reviews"):
        task = load_task(ROOT / "sample_tasks" / name)
        for seed in range(seeds):
            tried, wrong = planted(task, (*task.pool, *task.items), share, seed)
            named = {one.example.id for one in surely_wrong(tried)}
            counts += (len(wrong), len(named & wrong), len(named))
    made, found, named_in_all = map(int, counts)
    return made, found, named_in_all


def main(repeats: int = 4) -> None:
    """Print the row of the page, then a row for each task, size and share."""
    print("tickets and reviews, whole: planted {}, found {}, named in all {}".format(*of_page()), flush=True)
    paths = [path.parent for path in sorted((ROOT / "sample_tasks").glob("*/task.yaml"))]
    paths += [DATA / "tasks" / f"{name}.jsonl" for name in ("banking77", "pubmedqa")]
    print("| task | labels | examples | planted | flagged | of these planted | processor seconds |")
    print("|---|---|---|---|---|---|---|")
    for path in paths:
        task = load_task(path, run_code=False) if path.exists() else None
        if task is None or not task.labels:
            continue
        whole = (*task.pool, *task.items)
        for n in (size for size in SIZES if size <= len(whole)):
            for share in SHARES:
                counts, began = np.zeros(3), time.process_time()
                for seed in range(repeats):
                    part = [whole[i] for i in np.random.default_rng(seed).permutation(len(whole))[:n]]
                    tried, wrong = planted(task, part, share, seed)
                    rows = {row for found in doubtful_targets(tried) for row in found.values["rows"]}  # type: ignore[union-attr]
                    counts += (len(wrong), len(rows), len(rows & wrong))
                made, flagged, right = counts / repeats
                spent = (time.process_time() - began) / repeats
                print(
                    f"| {task.name} | {len(task.labels)} | {n} | {made:.1f} | {flagged:.1f} | {right:.1f} |"
                    f" {spent:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
