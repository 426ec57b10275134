"""Logs of Inspect, as ``.eval`` or ``.json``. Lives here: what is where in them.

As documented at https://inspect.aisi.org.uk/eval-logs.html and written by inspect-ai 0.3.112 and 0.3.285. Inspect has
no field for the number of shots. It is looked for under the names in `SHOTS`, such as ``fewshot``: in the metadata of
the log and of the eval, in the arguments of the task, and in those of its solvers. So is a draw, under the names in
`DRAWS`, such as ``fewshot_seed``. An epoch repeats the same prompt and is no draw. A log whose status is not
``success`` is left out and named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.measurement.importers.fields import Fields, Scale
from curvefit.measurement.importers.files import json_of_zip
from curvefit.measurement.importers.result import Mean, Result, ScoreSheet, Setting, Unfinished

__all__ = ["claims", "read", "read_archive"]

# As Inspect's own value_to_float counts them.
_WORDS: Final = {"c": 1.0, "p": 0.5, "i": 0.0, "n": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def claims(document: Any) -> bool:
    """Whether this is such a log."""
    return isinstance(document, dict) and {"eval", "status", "plan"} <= document.keys()


def read_archive(path: Path, scale: Scale) -> list[Result | Unfinished]:
    """Read a ``.eval`` archive: its header, and the summaries that hold each sample's scores."""
    header = json_of_zip(path, "header.json")
    if claims(header):
        return read(Fields({**header, "samples": json_of_zip(path, "summaries.json")}, path, scale=scale))
    start = json_of_zip(path, "_journal/start.json")  # still running, or broken off: the header comes last
    if not isinstance(start, dict) or not {"eval", "plan"} <= start.keys():
        return []
    return [_unfinished(Fields({**start, "status": "not finished"}, path))]


def read(log: Fields) -> list[Result | Unfinished]:
    """Read the scores of every sample, or their means where samples were not logged; none of an eval that failed.

    A sample without a score is a missing one, as is one that the log names and lacks.
    """
    if log.values["status"] != "success":
        return [_unfinished(log)]
    setting = _setting(log)
    samples = [(sample, dict(_scores(sample))) for sample in log.each("samples")]
    found = dict.fromkeys(metric for _, scores in samples for metric in scores)
    every = [(metric, score) for _, scores in reversed(samples) for metric, score in scores.items()]
    faults = {metric: score for metric, score in every if isinstance(score, InputError)}  # the first of each
    metrics = [metric for metric in found if metric not in faults]
    sheet = ScoreSheet()
    for sample, _ in samples:
        if sample.values.get("input") is not None:
            # An archive's summaries shorten long texts, so that its names are its own.
            content = [_texts(sample.values["input"]), sample.values.get("target")]
            told_by_id = [sample.text("id")] if log.file.suffix == ".eval" and _is_shortened(content) else []
            sheet.name(sample.text("id"), f"inspect{log.file.suffix}", content + told_by_id)
    for sample, scores in samples:
        for metric in metrics:
            setting_of, score = setting._replace(metric=metric), scores.get(metric, math.nan)
            if not isinstance(score, InputError):
                sheet.add_once(setting_of, sample.text("id"), score, sample, "scores", sample.text("epoch", ""))
    logged = {sample.text("id") for sample, _ in samples}
    for item in _listed(log):
        for metric in metrics if item not in logged else ():
            sheet.add(setting._replace(metric=metric), item, math.nan)
    means = {scorer.text("name", ""): _mean(scorer) for scorer in log.inner("results").each("scores")}
    results = [replace(result, mean=means.get(result.setting.metric)) for result in sheet.results(log.file)] or [
        Result(log.file, setting._replace(metric=name), mean) for name, mean in means.items() if mean is not None
    ]
    no_scores = [Result(log.file, setting._replace(metric=name), Mean(math.nan), fault=faults[name]) for name in faults]
    return [replace(result, repeated=_TWO_DRAWS) for result in (*results, *no_scores)]


_TWO_DRAWS: Final = (
    "where they are two draws, give the task an argument called fewshot_seed, or say it with: inspect eval TASK"
    " --metadata draw=2"
)


def _texts(asked: object) -> object:
    """Return an input without the ids that Inspect gives to the messages of each run."""
    if not isinstance(asked, list):
        return asked
    return [{k: m[k] for k in ("role", "content") if k in m} if isinstance(m, dict) else m for m in asked]


def _is_shortened(content: list[object]) -> bool:
    """Whether a summary may lack a part of a text, or holds words in place of an image: others may begin alike."""
    asked, target = content
    messages = asked if isinstance(asked, list) else [asked]
    texts = [message.get("content") if isinstance(message, dict) else message for message in messages]
    texts += target if isinstance(target, list) else [target]
    return any(not isinstance(text, str) or text.endswith(_SHORTENED) for text in texts)


_SHORTENED: Final = "(content truncated)"


def _setting(log: Fields) -> Setting:
    about = log.inner("eval")
    return Setting(_shots(log), about.text("task"), about.text("model"), draw=_draw(log))


def _unfinished(log: Fields) -> Unfinished:
    about = log.inner("eval")
    try:
        shots = _shots(log)
    except InputError:
        shots = None
    items = _listed(log) or [sample.text("id", "") for sample in log.each("samples")]
    status = {"error": "error", "cancelled": "cancelled"}.get(str(log.values["status"]), "not finished")
    task, model = (about.text(name, "") for name in ("task", "model"))
    return Unfinished(log.file, status, shots, task, model, _draw(log), tuple(dict.fromkeys(items)))


def _listed(log: Fields) -> list[str]:
    """Return the ids of the samples that the eval was to ask, where the log lists them."""
    about = log.inner("eval")
    ids = about.inner("dataset").values.get("sample_ids")
    config = about.inner("config").values
    whole = config.get("limit") is None and config.get("sample_id") is None
    return list(map(str, ids)) if isinstance(ids, list) and whole else []


def _places(log: Fields) -> Iterator[Fields]:
    """Yield where a user may say what a prompt held."""
    about = log.inner("eval")
    yield from (log.inner("metadata"), about.inner("metadata"), about.inner("task_args"))
    yield from (step.inner("params") for step in log.inner("plan").each("steps"))


def _draw(log: Fields) -> str:
    return next(filter(None, (place.named_draw() for place in _places(log))), "")


def _shots(log: Fields) -> int:
    for place in _places(log):
        shots = place.named_shots()
        if shots is not None:
            return shots
    if log.scale.unstated_shots is not None:
        return log.scale.unstated_shots
    raise log.inner("eval").fault(
        "task_args",
        "does not say how many examples the prompt held; give the task an argument called fewshot, or say it with:"
        " inspect eval TASK --metadata fewshot=5",
    )


def _scores(sample: Fields) -> Iterator[tuple[str, float | InputError]]:
    """Yield metric and score; a scorer that gives several values makes a metric of each."""
    for scorer in sample.inner("scores").values:
        scores = sample.inner("scores").inner(scorer)
        if isinstance(scores.values.get("value"), dict):
            values = scores.inner("value")
            yield from ((f"{scorer}/{name}", _value(values, name)) for name in values.values)
        else:
            yield scorer, _value(scores, "value")


def _value(scores: Fields, name: str) -> float | InputError:
    """Return a score, or why it is none: a list or a word of its own, which matters where that scorer is chosen."""
    value = scores.values.get(name)
    if value is None:
        return math.nan  # not scored
    word = _WORDS.get(value.lower()) if isinstance(value, str) else None
    try:
        return scores.score(name) if word is None else word
    except InputError as error:
        return error


def _mean(scorer: Fields) -> Mean | None:
    metrics = scorer.inner("metrics")
    name = next((name for name in ("accuracy", "mean") if name in metrics.values), None)
    if name is None or scorer.values.get("scored_samples") == 0:
        return None
    error = metrics.inner("stderr").known("value") / scorer.scale.width
    return Mean(metrics.inner(name).mean("value"), error, scorer.n_items("scored_samples"))
