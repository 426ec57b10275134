"""Results of lm-evaluation-harness: ``results_*.json`` and ``samples_*.jsonl``. Lives here: what is where in them.

As written by its ``EvaluationTracker`` (version 0.4.13; older ones name some fields otherwise). Shots are
``n-shot``, and a draw is a ``fewshot_seed``. With ``--log_samples`` there is a file of samples a task beside the
results, and items are told by ``doc_id`` and ``doc_hash``; without, there are means and standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.measurement.importers.fields import Fields
from curvefit.measurement.importers.files import json_lines
from curvefit.measurement.importers.result import Mean, Result, ScoreSheet, Setting

__all__ = ["claims", "read"]

_ERROR: Final = "_stderr"


def claims(document: Any) -> bool:
    """Whether this is such a file."""
    return isinstance(document, dict) and {"results", "config", "versions"} <= document.keys()


def read(document: Fields) -> list[Result]:
    """Read every metric of every task and group; those where less is better are left out."""
    return [result for task in document.inner("results").values for result in _of_task(document, task)]


def _of_task(document: Fields, task: str) -> Iterator[Result]:
    row = document.inner("results").inner(task)
    better = document.inner("higher_is_better").inner(task).values
    metrics = [
        name
        for name, value in row.values.items()
        if isinstance(value, float | int) and _is_metric(name) and better.get(name.partition(",")[0]) is not False
    ]
    if not metrics:
        return
    config = document.inner("config")
    shots, draw = _shots(document, task), config.text("fewshot_seed", "")
    model = document.text("model_name", "") or config.text("model", "")
    samples = _samples(document.file, task)
    for name in metrics:
        metric, _, chosen = name.partition(",")
        setting = Setting(shots, task, model, metric if chosen in ("", "none") else name, draw)
        yield (samples and _scores(samples, setting, metric, chosen)) or Result(
            document.file, setting, _mean(document, row, task, name)
        )


def _is_metric(name: str) -> bool:
    return name not in ("alias", "name", "sample_len", "sample_count") and _ERROR not in name


def _shots(document: Fields, task: str) -> int:
    """Return the number of shots of a task, or that of all the tasks of a group."""
    for place in (document.inner("n-shot"), document.inner("configs").inner(task), document.inner("config")):
        for name in (task, "num_fewshot"):
            if isinstance(place.values.get(name), int | float):
                return place.shots(name)
    shots = {_shots(document, one) for one in _members(document, task)}
    if len(shots) != 1:
        raise document.inner("n-shot").fault(task, "does not say one number of shots")
    return shots.pop()


def _members(document: Fields, group: str) -> list[str]:
    """Return the tasks in a group and in the groups within it."""
    groups = {
        name: members
        for name, members in document.inner("group_subtasks").values.items()
        if isinstance(members, list) and members
    }
    tasks, queue, visited = [], [group], set()
    while queue:
        name = queue.pop()
        if name in groups and name not in visited:
            queue += map(str, groups[name])
        elif name not in groups:
            tasks.append(name)
        visited.add(name)
    return [] if tasks == [group] else tasks


def _mean(document: Fields, row: Fields, task: str, name: str) -> Mean:
    metric, comma, chosen = name.partition(",")
    beside = f"{metric}{_ERROR}{comma}{chosen}"  # "N/A" where the tool has none
    error = row.number(beside) if isinstance(row.values.get(beside), float | int) else math.nan
    return Mean(row.number(name), error, document.inner("n-samples").inner(task).n_items("effective"))


def _samples(results: Path, task: str) -> list[Fields] | None:
    """Return the samples of a task, where they were kept beside the results."""
    name = f"samples_{task}_{results.stem.removeprefix('results_')}.jsonl"
    # The task's name comes from the file: only what really lies beside it is opened.
    file = next((file for file in results.parent.iterdir() if file.name == name), None)
    if file is None:
        return None
    samples = []
    for line, sample in json_lines(file):
        if not isinstance(sample, dict):
            raise InputError("is no object", file=file, line=line)
        # The prompts and replies are most of it, and are not needed.
        samples.append(Fields({k: v for k, v in sample.items() if k not in _LARGE}, file, line))
    return samples


_LARGE: Final = ("doc", "arguments", "resps", "filtered_resps", "target")


def _scores(samples: list[Fields], setting: Setting, metric: str, chosen: str) -> Result | None:
    """Return a metric's score of each item; None where it has none, as for F1 over all of them."""
    sheet = ScoreSheet()
    for sample in samples:
        if chosen and sample.text("filter", chosen) != chosen:
            continue
        if not isinstance(sample.values.get(metric), float | int):
            return None
        digest = sample.text("doc_hash", "")
        sheet.add(setting, sample.text("doc_id") + (f":{digest[:8]}" if digest else ""), sample.number(metric))
    results = sheet.results(samples[0].file) if samples else []
    return results[0] if results else None
