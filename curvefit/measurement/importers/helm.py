"""Runs of HELM: folders with ``run_spec.json``, ``stats.json`` and ``per_instance_stats.json``.

Lives here: what is where in them, as written by ``helm-run`` of crfm-helm 0.5.16. Shots are ``max_train_instances``,
and a draw is a ``train_trial_index``: other training instances. Of the statistics only those count that the run spec
names as metrics, on the test split (validation where there is no test), without perturbation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.measurement.importers.fields import Fields, Scale
from curvefit.measurement.importers.files import json_of
from curvefit.measurement.importers.result import Mean, Result, ScoreSheet, Setting, Unfinished, noted
from curvefit.measurement.measurement import Note

__all__ = ["claims", "read"]

# What a run's name says beside the task.
_NOT_TASK: Final = ("model", "model_deployment", "max_train_instances", "num_train_trials", "max_eval_instances")
_EXAMPLES_IN_PROMPT: Final = "num_train_instances"


def claims(document: Any) -> bool:
    """Whether this is the specification of a run."""
    return isinstance(document, dict) and {"adapter_spec", "scenario_spec", "name"} <= document.keys()


def read(spec: Fields) -> list[Result | Unfinished]:
    """Read the run a specification lies beside: each instance's scores, or their means where those were not kept."""
    adapter = spec.inner("adapter_spec")
    model = adapter.text("model_deployment", "") or adapter.text("model", "")
    setting = Setting(adapter.shots("max_train_instances"), _task(spec.text("name")), model)
    if not spec.file.with_name("stats.json").is_file():
        return [Unfinished(spec.file.parent, "no stats.json", setting.shots, setting.task, model)]
    stats, metrics = _stats(spec.file.with_name("stats.json"), spec.scale), _metrics(spec)
    instances = spec.file.with_name("per_instance_stats.json")
    read = (
        _of_instances(instances, spec.scale, setting, metrics)
        if instances.is_file()
        else _means(stats, setting, metrics)
    )
    notes = _cut(stats, setting.shots)
    return [replace(result, notes=(*result.notes, *notes)) for result in read]


def _metrics(spec: Fields) -> set[str]:
    metrics: set[str] = set()
    for metric in spec.each("metric_specs"):
        names = metric.inner("args").values.get("names")
        metrics.update(map(str, names) if isinstance(names, list) else ())
    if not metrics:
        raise spec.fault("metric_specs", "name no metric, such as exact_match, so that it is not known what counts")
    return metrics


def _task(name: str) -> str:
    """Return a run's name without model and shots: ``mmlu:subject=anatomy,model=m`` is ``mmlu:subject=anatomy``."""
    scenario, _, arguments = name.partition(":")
    arguments_of_task = [part for part in arguments.split(",") if part and part.partition("=")[0] not in _NOT_TASK]
    return f"{scenario}:{','.join(arguments_of_task)}" if arguments_of_task else scenario


def _stats(file: Path, scale: Scale) -> list[Fields]:
    document = json_of(file)
    if not isinstance(document, list):
        raise InputError("is no list of statistics", file=file)
    return list(Fields({"stats": document}, file, scale=scale).each("stats"))


def _plain(stats: list[Fields]) -> Iterator[tuple[str, str, Fields]]:
    """Yield name, split and statistic of those that have a value and are of instances as they are."""
    for stat in stats:
        name = stat.inner("name")
        if (
            not name.values.get("perturbation")
            and not name.values.get("sub_split")
            and stat.values.get("mean") is not None
        ):
            yield name.text("name"), name.text("split", ""), stat


def _of_instances(file: Path, scale: Scale, setting: Setting, metrics: set[str]) -> list[Result]:
    sheets: dict[str, ScoreSheet] = {}
    for instance in _stats(file, scale):
        if instance.values.get("perturbation"):
            continue
        for name, split, stat in _plain(list(instance.each("stats"))):
            if name in metrics:
                at = setting._replace(metric=name, draw=instance.text("train_trial_index"))
                sheet = sheets.setdefault(split, ScoreSheet())
                sheet.add_once(at, instance.text("instance_id"), stat.score("mean"), stat, "mean")
    chosen = _split(set(sheets))
    return sheets[chosen].results(file) if chosen is not None else []


def _means(stats: list[Fields], setting: Setting, metrics: set[str]) -> list[Result]:
    stat_of = {(split, name): stat for name, split, stat in _plain(stats)}
    chosen = _split({split for split, name in stat_of if name in metrics})
    instances = stat_of.get((chosen or "", "num_instances"))
    n_items = instances.n_items("mean") if instances else math.nan
    return [
        Result(stat.file, setting._replace(metric=name), Mean(stat.mean("mean"), n_items=n_items))
        for (split, name), stat in stat_of.items()
        if split == chosen and name in metrics
    ]


def _split(splits: set[str]) -> str | None:
    return next((split for split in ("test", "valid", *sorted(splits)) if split in splits), None)


def _cut(stats: list[Fields], shots: int) -> tuple[Note, ...]:
    """Say so where prompts held fewer examples than asked for: HELM leaves out what the context has no room for."""
    examples_in_prompt = [stat.number("mean") for name, _, stat in _plain(stats) if name == _EXAMPLES_IN_PROMPT]
    if not examples_in_prompt or min(examples_in_prompt) >= shots - 1e-9:
        return ()
    text = f"HELM put {min(examples_in_prompt):.1f} examples in the prompt on average where {shots} were asked for"
    return (noted(text, "some prompts held fewer examples than asked for"),)
