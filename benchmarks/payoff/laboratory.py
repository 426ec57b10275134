"""The laboratory: prompted and fine-tuned accuracy of the same model on the same task, measured here.

A unit is a task and a model; each has pieces, and each piece is one command that can be killed and run again.

Run: python -m benchmarks.payoff.laboratory COMMAND, where COMMAND is one of::

    measure OUT TASK MODEL context-5      in context, demonstrations at random, 5 draws
    measure OUT TASK MODEL retrieved      demonstrations retrieved by BM25, same items
    measure OUT TASK MODEL tuned-2        fine-tuned as by `curvefit probe`, 2 seeds
    measure OUT TASK MODEL margin         how far apart the labels are, of tasks that have them
    walk OUT QUEUE                        every piece of a queue, in turn
    tables OUT                            reports/payoff/laboratory.csv and .md
    evidence                              units of laboratory.csv into the shipped evidence

Replies are journalled (but not for a margin, which is begun again), training goes on from its last pass, and what a
piece found is kept as figures in OUT/TASK/MODEL/PIECE.json. What is cut short, as context-2 and tuned-1-128 (1 seed, to
128 examples), is the first part of the whole. Several processes may walk one queue, a file with a line
`TASK MODEL PIECE` for every piece: a unit that another one is at is passed over. `predictors` compares what predicts
the gains of laboratory.csv.
Needs pip install 'curvefit[probe]'; data: $CURVEFIT_DATA or ../shared/data.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import fill
from typing import Any, Final

import numpy as np

from benchmarks.paths import REPORTS, ROOT
from benchmarks.payoff.cases import add_evidence
from benchmarks.payoff.label_margins import FirstTokens, margins
from benchmarks.payoff.noise import between_seeds, luck
from benchmarks.payoff.table import gather, in_full, merged, read, table, write
from benchmarks.payoff.tasks import EXTERNAL, SHOTS, task_of
from curvefit.errors import InputError, PromptTooLong
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement
from curvefit.models.local import LocalModel
from curvefit.report.probe_report import unit_sentence
from curvefit.tasks.task import Task
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.trials import selection
from curvefit.trials.design import Design
from curvefit.workflows.local_probe import LocalRun, fine_tune

ITEMS: Final = 100
OF_LAB: Final = Design(items=ITEMS, ordered_by="place")  # so that pieces measured later are of the items of the first
RETRIEVED: Final = (1, 4, 16)
TRIES: Final = 3

Figures = dict[str, Any]


def in_context(task: Task, model: LocalModel, folder: Path, draws: int) -> Figures:
    """Measure with random demonstrations, at as many as the context holds."""
    told = EXTERNAL.get(task.name)
    return fitting(task, replace(OF_LAB, shots=told.shots if told else SHOTS, draws=draws), model, folder)


def fitting(task: Task, design: Design, model: LocalModel, folder: Path) -> Figures:
    """Measure a design, without its largest numbers of shots where those do not fit the context."""
    while True:
        try:
            return _figures(measure(task, design, model, journal=folder / "journal.sqlite"))
        except PromptTooLong:
            if len(design.shots) < 2:
                raise
            design = replace(design, shots=design.shots[:-1])


def tuned(task: Task, model: LocalModel, folder: Path, seeds: int, most: int = 512) -> Figures:
    """Fine-tune and measure without demonstrations; `shots` are numbers of training examples."""
    wanted = tuple(n for n in sizes(len(task.pool)) if n <= most)
    work = plan_fine_tuning(task, model, ProbeDesign(wanted, seeds, ITEMS, ordered_by=OF_LAB.ordered_by))
    model.close()
    run = LocalRun(lambda scored: print(unit_sentence(scored), flush=True))
    curve, units, *_ = fine_tune(task, model, work, folder / "probe", run)
    trained = [{**asdict(unit), "chosen": asdict(unit.chosen)} for unit in units]
    return {**_figures(curve), "units": trained, "held_out": len(work.held_out)}


def sizes(pool: int) -> tuple[int, ...]:
    """Return numbers of training examples: 32, 128 and the most that a pool carries beside its held-out part, to 512.

    Of a pool too small for that, 32, 64 and 128.
    """
    room = pool - min(max(round(0.1 * pool), 8), 64)
    most = next(n for n in (512, 448, 384, 320, 256, 192, 128) if n <= room)
    return (32, 128, most) if most > 128 else (32, 64, 128)


def retrieved(task: Task, model: LocalModel, folder: Path) -> Figures:
    """Measure with the demonstrations most similar to each item, at as many as the context holds."""
    told = EXTERNAL.get(task.name)
    shots = told.retrieved if told else RETRIEVED
    return fitting(task, replace(OF_LAB, shots=shots, draws=1, selection="similar"), model, folder)


def _figures(curve: Measurement) -> Figures:
    return {
        "shots": curve.shots.tolist(),
        "items": list(curve.items),
        "scores": _listed(curve.scores),
        "readable": None if curve.readable is None else _listed(curve.readable),
        "choices": None if curve.choices is None else _listed(curve.choices),
        "notes": [note.text for note in curve.notes],
        "replies": curve.usage.calls,
        "seconds": curve.usage.seconds,
    }


def _listed(values: np.ndarray) -> list[Any]:
    """Return nested lists, with None for what was not observed: JSON knows no NaN."""
    listed: list[Any] = np.where(np.isnan(values), None, np.round(np.nan_to_num(values), 6)).tolist()
    return listed


def measure_piece(out: Path, name: str, model_name: str, piece: str) -> Path:
    """Measure one piece, or go on with it, and keep its figures."""
    folder = out / name / model_name.rpartition("/")[2]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{piece}.json"
    task = task_of(name)
    model = LocalModel(model_name, lanes=1, form="plain")
    began = time.process_time()
    try:
        match piece.split("-"):
            case ["context", draws]:
                found = in_context(task, model, folder, int(draws))
            case ["tuned", *counts]:
                found = tuned(task, model, folder, *map(int, counts))
            case ["retrieved"]:
                found = retrieved(task, model, folder)
            case ["margin"]:
                found = margins(task, FirstTokens(model), selection.choose_items(task.items, OF_LAB))
            case _:
                raise ValueError(f"{piece!r} is none of context-DRAWS, retrieved, tuned-SEEDS[-MOST] and margin")
    finally:
        model.close()
        with (folder / "spent.csv").open("a", encoding="utf-8") as spent:
            spent.write(f"{piece},{time.process_time() - began:.1f}\n")
    told = {"task": name, "kind": task.kind, "metric": task.scorer.name, "model": model_name}
    told |= {"classes": len(task.labels), "pool": len(task.pool)}
    scratch = file.with_suffix(".part")
    scratch.write_text(json.dumps({**told, **found}, allow_nan=False), encoding="utf-8")
    scratch.replace(file)
    return file


def walk(out: Path, queue: Path) -> None:
    """Measure every piece of the queue that is not there yet, each in a process of its own, until none is left.

    A line is ``TASK MODEL PIECE``; the file is read again before each step, so that lines may be added or moved.
    """
    failed: dict[str, int] = {}
    while True:
        for line in _lines(queue):
            name, model, piece = line.split()
            folder = out / name / model.rpartition("/")[2]
            if (folder / f"{piece}.json").is_file() or failed.get(line, 0) >= TRIES:
                continue
            with _held(folder) as held:
                if held is None:
                    continue
                began = time.time()
                command = [sys.executable, "-m", "benchmarks.payoff.laboratory", "measure", str(out), *line.split()]
                # A piece keeps the lock: one whose walker was killed goes on, and is not begun a second time.
                code = subprocess.run(command, check=False, pass_fds=[held])
                failed[line] = failed.get(line, 0) + bool(code.returncode)
                print(f"{line}: {code.returncode or 'done'} after {time.time() - began:.0f} s", flush=True)
                break
        else:
            return


def _lines(queue: Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in queue.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


@contextmanager
def _held(folder: Path) -> Iterator[int | None]:
    """Hold a unit against other walkers, and yield its lock; None where another has it. Ends with who holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "walked.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file.fileno()


def tables(out: Path) -> None:
    """Write the laboratory's figures, with those of units that were measured elsewhere, and their table."""
    file = REPORTS / "payoff" / "laboratory.csv"
    write(merged(read(file) if file.is_file() else [], gather(out)), file)
    rows = read(file)
    parts = [_HEAD, table(rows), fill(_LEGEND.format(lost=-100 * luck()), 120), fill(between_seeds(rows), 120)]
    if whole := in_full(rows):
        parts += [_FULL, whole]
    text = "\n\n".join(parts)
    (REPORTS / "payoff" / "laboratory.md").write_text(f"{text}\n", encoding="utf-8")


_HEAD: Final = "# Prompted and fine-tuned accuracy, measured here"
_LEGEND: Final = """\
Percent, on the same items of a task throughout (100, or fewer where the file `laboratory.csv` says so). Columns of
numbers: that many demonstrations at random, mean of the draws; r: retrieved by BM25, the most similar one last. Bold:
the best prompt, which the gain is measured against. Fine-tuned: mean of the seeds, by number of training examples, no
demonstrations in the prompt. Gain: at the largest number, with its 90% interval (items paired, draws and seeds counted;
what one seed cannot show is assumed). The best prompt was chosen on the items it is scored on, so that gains err on the
low side: were every prompt and the fine-tuned model equally good, it would seem to lose {lost:.0f} points (simulated).
`python -m benchmarks.payoff.laboratory tables OUT` made this."""
_FULL: Final = """\
## Units measured in full, and what their first part said

Gain at 128 examples, points. In part: 2 draws of the demonstrations and 1 seed, as the other units are. In full: 5
draws and 2 seeds."""


def main() -> None:
    """Do one of the commands above."""
    match sys.argv[1:]:
        case ["measure", out, name, model, piece]:
            try:
                print(measure_piece(Path(out), name, model, piece))
            except InputError as error:
                raise SystemExit(str(error)) from error
        case ["walk", out, queue]:
            walk(Path(out), Path(queue))
        case ["tables", out]:
            tables(Path(out))
        case ["evidence"]:
            print(
                add_evidence(read(REPORTS / "payoff" / "laboratory.csv"), ROOT / "curvefit" / "payoff" / "evidence.csv")
            )
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
