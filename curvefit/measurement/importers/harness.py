"""Results of lm-evaluation-harness: ``results_*.json`` and ``samples_*.jsonl``. Lives here: what is where in them.

As written by its ``EvaluationTracker`` (version 0.4.13; older ones name some fields otherwise). Shots are ``n-shot``.
A draw is a ``fewshot_seed`` at one number of shots: the harness seeds one generator and takes new examples from it for
every item, so that from the second item on the examples at 4 shots do not begin with those at 2. Only tasks whose
sampler is ``first_n`` show the same first examples. With ``--log_samples`` there is a file of samples a task beside the
results, and items are told by ``doc_id`` and ``doc_hash``; without, there are means and standard errors.

A task that takes its examples from the split that it scores may show an item itself, with its answer, and the more
examples the likelier (findings/lm-eval-shows-an-item-its-own-answer.sh). Such a score is of copying, and counts as
missing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.measurement.importers.fields import Fields, Scale
from curvefit.measurement.importers.files import json_lines
from curvefit.measurement.importers.result import (
    SCORES_MISSING,
    Mean,
    Result,
    ScoreSheet,
    Setting,
    counted_shots,
    noted,
)
from curvefit.measurement.measurement import Note

__all__ = ["claims", "read"]

_ERROR: Final = "_stderr"
_LISTED: Final = 6  # tasks in a note


def claims(document: Any) -> bool:
    """Whether this is such a file."""
    return isinstance(document, dict) and {"results", "config", "versions"} <= document.keys()


def read(document: Fields) -> list[Result]:
    """Read every metric of every task and group; those where less is better are left out.

    So is a group whose tasks were shown different numbers of shots, as where one pins its own; its tasks say so.
    """
    tasks = list(document.inner("results").values)
    mixed = [task for task in tasks if _members(document, task) and _shots(document, task) is None]
    results = [result for task in tasks for result in _of_task(document, task)]
    if mixed and not results:
        raise document.inner("n-shot").fault(mixed[0], _mixed(document, mixed[0]))
    notes = {task: group for group in mixed for task in _members(document, group)}
    return [
        replace(result, notes=(*result.notes, noted(_mixed(document, notes[result.setting.task]))))
        if result.setting.task in notes
        else result
        for result in results
    ]


def _mixed(document: Fields, group: str) -> str:
    """Name what a group's tasks were shown, where that differs."""
    shots = [f"{task} {_shots(document, task)}" for task in _members(document, group)]
    listed = ", ".join(sorted(shots)[:_LISTED]) + (" ..." if len(shots) > _LISTED else "")
    differ = f"its tasks were shown different numbers of examples ({listed})"
    return f"{group} is left out: {differ}; num_fewshot: 0 in a task's yaml overrules --num_fewshot"


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
    shots = _shots(document, task)
    if shots is None:
        return
    draw, own_examples = _draw(document, task, shots)
    notes = (_OWN_EXAMPLES,) if own_examples else ()
    model = document.text("model_name", "") or config.text("model", "")
    file = _samples_file(document.file, task)
    samples = _samples(file, document.scale, document.inner("configs").inner(task)) if file else []
    for name in metrics:
        metric, _, chosen = name.partition(",")
        setting = Setting(shots, task, model, metric if chosen in ("", "none") else name, draw)
        result = _scores(file, samples, setting, metric, chosen) if file else ""
        mean = _mean(document, row, task, name)
        if not isinstance(result, Result):
            result = Result(document.file, setting, mean, unread=result)
        yield replace(
            result,
            notes=(*notes, *result.notes, *_lost(document, task, result)),
            repeated=_PINNED if shots == 0 else _TWO_DRAWS,
            own_examples=own_examples,
            mean=mean,
            single_scores="samples_*.jsonl beside them (--log_samples)",
        )


# A task whose own file says num_fewshot: 0 keeps that, whatever the command line says; others follow the command line.
_PINNED: Final = (
    "a task whose yaml says num_fewshot: 0 is never shown examples, whatever --num_fewshot says: take that line out and"
    " run it again"
)
_TWO_DRAWS: Final = "for two draws, run each with a --seed of its own"
_OWN_EXAMPLES: Final = noted(
    "lm-evaluation-harness shows every item examples of its own: which ones they are is in the spread of the items, and"
    " is not counted again as one between draws"
)


def _draw(document: Fields, task: str, shots: int) -> tuple[str, bool]:
    """Return the name of a draw, and whether its examples are others for every item."""
    seed = document.inner("config").text("fewshot_seed", "")
    examples = document.inner("configs").inner(task).values.get("fewshot_config")
    if isinstance(examples, Mapping) and examples.get("sampler") == "first_n":
        return "first examples", False
    # The examples at 4 shots do not begin with those at 2, so that draws have nothing in common over shots.
    return (f"{seed} at {shots} shots", True) if shots else (seed, False)


def _lost(document: Fields, task: str, result: Result) -> Iterator[Note]:
    """Say so where fewer samples were written than scored."""
    scored = document.inner("n-samples").inner(task).n_items("effective")
    if isinstance(result.scores, Mean) or not len(result.scores) < scored:
        return
    lost = f"{scored - len(result.scores):.0f}"
    where = f"{counted_shots(result.setting.shots)} ({result.file.name})"
    text = f"{lost} of {scored:.0f} samples {'is' if lost == '1' else 'are'} not in the file at {where}"
    yield noted(text, SCORES_MISSING)


def _is_metric(name: str) -> bool:
    return name not in ("alias", "name", "sample_len", "sample_count") and _ERROR not in name


def _shots(document: Fields, task: str) -> int | None:
    """Return the number of shots of a task, or that of all the tasks of a group; None where these differ."""
    for place in (document.inner("n-shot"), document.inner("configs").inner(task), document.inner("config")):
        for name in (task, "num_fewshot"):
            if isinstance(place.values.get(name), int | float):
                return place.shots(name)
    members = _members(document, task)
    shots = {_shots(document, member) for member in members}
    if not shots and document.scale.unstated_shots is not None:
        return document.scale.unstated_shots
    if not shots:
        raise document.inner("n-shot").fault(task, "does not say one number of shots")
    return shots.pop() if len(shots) == 1 else None


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
    error = row.number(beside) / row.scale.width if isinstance(row.values.get(beside), float | int) else math.nan
    return Mean(row.mean(name), error, document.inner("n-samples").inner(task).n_items("effective"))


def _samples_file(results: Path, task: str) -> Path | None:
    """Return where the samples of a task are, where they were kept beside the results."""
    name = f"samples_{task}_{results.stem.removeprefix('results_')}.jsonl"
    # The task's name comes from the file: only what really lies beside it is opened.
    return next((file for file in results.parent.iterdir() if file.name == name), None)


def _samples(file: Path, scale: Scale, config: Fields) -> list[Fields]:
    between = config.text("fewshot_delimiter", "") or "\n\n"
    before = config.text("target_delimiter", " ")
    description = config.text("description", "")
    samples, askers = [], defaultdict[str, set[str]](set)
    for line, sample in json_lines(file):
        if not isinstance(sample, dict):
            raise InputError("is no object", file=file, line=line)
        *examples, question = _prompt(sample).removeprefix(description).split(between)
        askers[question].add(str(sample.get("doc_id")))
        # The prompts and replies are most of it, and are not needed.
        kept = {k: v for k, v in sample.items() if k not in _LARGE}
        kept[_ITSELF] = question if any(example.startswith(question + before) for example in examples) else ""
        samples.append((line, kept))
    # Where questions hold what stands between examples, many prompts end alike, and the end tells no item.
    return [
        Fields({**kept, _ITSELF: kept[_ITSELF] != "" and len(askers[kept[_ITSELF]]) == 1}, file, line, scale=scale)
        for line, kept in samples
    ]


_LARGE: Final = ("doc", "arguments", "resps", "filtered_resps", "target")
_ITSELF: Final = "curvefit: among its own examples"


def _prompt(sample: Mapping[str, Any]) -> str:
    """Return what was sent for an item, as far as it is one text."""
    match sample.get("arguments"):
        case {"gen_args_0": {"arg_0": str(prompt)}}:
            return prompt
    return ""


def _scores(file: Path, samples: list[Fields], setting: Setting, metric: str, chosen: str) -> Result | str:
    """Return a metric's score of each item, or why there are none, as for F1 over all of them.

    A row without the metric, or with null, is a missing score, unless all are.
    """
    rows = [sample for sample in samples if not chosen or sample.text("filter", chosen) == chosen]
    if all(row.values.get(metric) is None for row in rows):
        return f"no row of {file.name} has {metric}"
    sheet = ScoreSheet()
    for row in rows:
        digest = row.text("doc_hash", "")
        item = row.text("doc_id") + (f":{digest[:8]}" if digest else "")
        if digest:
            sheet.name(item, "lm-eval", [digest, row.text("target_hash", "")])
        try:
            score = math.nan if row.values.get(metric) is None or row.values[_ITSELF] else row.score(metric)
        except InputError as error:
            return f"{file.name}:{row.line}: {metric}: {error.problem}"
        sheet.add_once(setting, item, score, row, metric)
    (result,) = sheet.results(file)
    itself = {row.text("doc_id") for row in rows if row.values[_ITSELF]}
    if not itself:
        return result
    count = f"{len(itself)} of {len({row.text('doc_id') for row in rows})} items"
    shown = "was shown its own answer" if len(itself) == 1 else "were shown their own answers"
    note = noted(
        f"{count} {shown} at {counted_shots(setting.shots)} ({file.name}), and count as missing: give examples a split"
        " of their own (fewshot_split), and run it again",
        "some items were shown their own answers",
    )
    return replace(result, alarms=(note,))
