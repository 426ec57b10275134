"""The command that takes a step. Lives here: command lines made of what a study knows; nothing is run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from curvefit.curves.reason import Reason
from curvefit.study import Study

__all__ = ["command_for", "next_command", "report_command", "run_command"]

_RETRIEVED = "1,4,16"


def next_command(study: Study, folder: str = "STUDY", again: Sequence[str] = ()) -> str | None:
    """Return the command of the first of a study's next steps that has one; None where none has."""
    commands = (command_for(step, study, folder, again) for step in study.advice.next_steps)
    return next((command for command in commands if command is not None), None)


def command_for(step: Reason, study: Study, folder: str = "STUDY", again: Sequence[str] = ()) -> str | None:
    """Return the whole command that takes a step, or None where no command does or the task has too little for it.

    Parameters
    ----------
    step : Reason
        Of `Advice.next_steps`.
    study : Study
        Whose.
    folder : str
        Where the study is kept.
    again : sequence of str
        The command that made the study, by which steps that measure on go; by default made of what the study knows.
    """
    v = step.values
    run = list(again) or run_command(study)
    task = study.curve.path
    if step.code == "same-again":
        return shlex.join(run) if run else None
    if step.code == "measure-retrieved":
        return shlex.join(_with(run, "--retrieved", _RETRIEVED)) if run else None
    if step.code in ("more-shots", "past-classes", "see-fall", "see-rise", "narrow"):
        return _measure_on(step, study, run)
    if step.code == "probe" and task:
        local = ["-m", study.curve.model] if study.curve.model.startswith("local") else []
        return shlex.join(["curvefit", "probe", task, *local])
    if step.code == "fine-tune" and task:
        n, pool = v["n_train"], v["pool"]
        some = ["--n", str(n)] if isinstance(n, int) and isinstance(pool, int) and n < pool else []
        return shlex.join(["curvefit", "pool", task, "--study", folder, *some, "--out", "train.jsonl"])
    return None


def run_command(study: Study) -> list[str]:
    """Return the `curvefit run` that measures a study again, as words; empty for one measured elsewhere."""
    curve, design = study.curve, study.curve.design
    if design is None or not curve.path:
        return []
    words = ["curvefit", "run", curve.path, "-m", curve.model, "--draws", str(design.draws)]
    words += ["--items", str(design.items), "--seed", str(design.seed)]
    if design.selection == "balanced":
        words += ["--selection", "balanced"]
    if curve.retrieved is not None:
        words += ["--retrieved", ",".join(map(str, curve.retrieved.shots.tolist()))]
    if study.margin != 0.02:
        words += ["--margin", f"{study.margin:g}"]
    return words


def report_command(study: str, probe: str) -> str:
    """Return the command that takes a probe into a study's prediction; both as paths."""
    return shlex.join(["curvefit", "report", study, "--probe", probe])


def _measure_on(step: Reason, study: Study, run: Sequence[str]) -> str | None:
    v = step.values
    if not run or v.get("lacks_examples") or v.get("lacks_items") or step.code == "more-shots":
        return None
    words = list(run)
    shots = v["shots"]
    last = int(study.points[-1].shots)
    if isinstance(shots, int) and shots > last:
        numbers = [int(k) for k in study.curve.shots]
        while 2 * max(numbers[-1], 1) < shots:
            numbers.append(2 * max(numbers[-1], 1))
        words = _with(words, "--shots", ",".join(map(str, [*numbers, shots])))
    for option, name in (("--items", "items"), ("--draws", "draws")):
        if v.get(name) is not None:
            words = _with(words, option, str(v[name]))
    return shlex.join(words)


def _with(words: Sequence[str], option: str, value: str) -> list[str]:
    """Return a command line with an option set, in place of what it was set to."""
    others, skip = list[str](), False
    for word in words:
        if skip or word == option or word.startswith(f"{option}="):
            skip = not skip and word == option
            continue
        others.append(word)
    return [*others, option, value]
