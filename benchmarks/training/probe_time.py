"""What the fine-tunings of a probe take: wall, processor time, memory; and how their replies score.

``python -m benchmarks.training.probe_time TASK SIZES [SEEDS]`` runs the build that stands first on ``PYTHONPATH``, so
two builds are compared by running this file under each in turn. Prints one line of JSON: scores of all items by
training examples and seed, for pairing. Memory is the peak of this process, which all trainings share.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import curvefit
from curvefit import load_task
from curvefit.models.local import LocalModel
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.workflows.local_probe import fine_tune

MODEL = "local/gemma3-270m"


def main(name: str, sizes: str, seeds: str = "1") -> None:
    """Train and score once."""
    task = load_task(Path(curvefit.__file__).parents[1] / "sample_tasks" / name)
    model = LocalModel(MODEL)
    work = plan_fine_tuning(task, model, ProbeDesign(tuple(map(int, sizes.split(","))), int(seeds)))
    model.close()
    load, began, before = os.getloadavg()[0], time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as out:
        curve, units, *_ = fine_tune(task, LocalModel(MODEL), work, Path(out))
    found = {
        "task": name,
        "wall": time.perf_counter() - began,
        "processor": time.process_time() - before,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": [load, os.getloadavg()[0]],
        "trainings": [[unit.n_train, unit.seed, unit.seconds, unit.checks[-1].epoch] for unit in units],
        "scores": {
            str(n): curve.scores[i].tolist() if n else curve.scores[i, 0].tolist() for i, n in enumerate(curve.shots)
        },
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
