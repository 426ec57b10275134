"""Processor time of concluding from what was measured, by two builds in turn. Prints medians and ratios.

Run: python -m benchmarks.startup.concluding OLD NEW [ROUNDS]

OLD and NEW are trees with a `curvefit` in them. Timed, in processes of their own: `curvefit report STUDY --n-train N
--probe P`, start and figures included, and of `curvefit validate STUDY -m MODEL --n-train N` what it takes when all
replies are in the journal. "Concluding" leaves out what both builds do alike: starting, reading the task, collecting
replies, drawing figures.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUN = ["run", "data.jsonl", "-m", "simulated/late", "--items", "100", "--out", "out"]
PROBE = {
    "schema": "curvefit.probe/1", "task": "data", "model": "local/x", "best_prompted": {"accuracy": 0.5},
    "gain": [{"n_train": 128, "value": -0.1, "low": -0.3, "high": 0.1}], "level": 0.9, "measurement": {"items": []},
}  # fmt: skip
COMMANDS = {
    "report --n-train --probe": ["report", "out", "--n-train", "1000", "--probe", "probe.json"],
    "validate --n-train": ["validate", "out", "-m", "simulated/rising", "--n-train", "1000"],
}
# The time a process spends in reading a study, analysing it and what of it is predicted anew; the rest is set apart.
CLOCK = """
import sys, time
sys.path.insert(0, sys.argv.pop(1))
spent, depth = [0.0], [0]
def clocked(function):
    def timed(*arguments, **options):
        began = time.process_time()
        depth[0] += 1
        try:
            return function(*arguments, **options)
        finally:
            depth[0] -= 1
            if not depth[0]:
                spent[0] += time.process_time() - began
    return timed
import curvefit.study
names = ("analyze", "payoff_of", "opened", "open_study", "read_study", "conclude", "conclude_validation")
import importlib, pkgutil, curvefit
known = {}
for module in [importlib.import_module(m.name) for m in pkgutil.walk_packages(curvefit.__path__, "curvefit.")]:
    for name in names:
        value = vars(module).get(name)
        if callable(value):
            setattr(module, name, known.setdefault(value, clocked(value)))
from curvefit.cli.main import cli
cli.main(sys.argv[1:], standalone_mode=False)
print("CONCLUDING", spent[0], file=sys.stderr)
"""
MAIN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from curvefit.cli.main import main; main()"


def seconds(tree: Path, arguments: list[str], folder: Path) -> tuple[float, float]:
    """Return the processor time of a command, and the part of it that concluding takes."""
    env = {**os.environ, "CURVEFIT_LEDGER": str(folder / "ledger.jsonl")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _call([sys.executable, "-P", "-c", MAIN, str(tree), *arguments], folder, env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = _call([sys.executable, "-P", "-c", CLOCK, str(tree), *arguments], folder, env)
    return whole, float(told.rpartition("CONCLUDING ")[2])


def _call(command: list[str], folder: Path, env: dict[str, str]) -> str:
    ended = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(command[3:])} failed:\n{ended.stderr}")
    return ended.stderr


def prepared(tree: Path, where: Path) -> Path:
    """Measure a study with a build, in a folder of its own, and validate it once so that no reply is missing."""
    where.mkdir()
    rows = [{"input": f"message {i} on {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(420)]
    (where / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (where / "probe.json").write_text(json.dumps(PROBE))
    for arguments in (RUN, COMMANDS["validate --n-train"]):
        seconds(tree, arguments, where)
    shutil.copy(where / "out" / "study.json", where / "study.json")
    return where


def main() -> None:
    """Time both builds in turn."""
    trees = [Path(argument).resolve() for argument in sys.argv[1:3]]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as scratch:
        folders = [prepared(tree, Path(scratch, str(i))) for i, tree in enumerate(trees)]
        for name, arguments in COMMANDS.items():
            times: list[list[tuple[float, float]]] = [[], []]
            for _ in range(rounds):
                for tree, folder, kept in zip(trees, folders, times, strict=True):
                    shutil.copy(folder / "study.json", folder / "out" / "study.json")  # as measured
                    kept.append(seconds(tree, arguments, folder))
            for part, label in enumerate(("whole command", "concluding")):
                old, new = (statistics.median(row[part] for row in kept) for kept in times)
                print(f"{name}, {label}: {old:.2f} s, {new:.2f} s, ratio {new / old:.2f}")


if __name__ == "__main__":
    main()
