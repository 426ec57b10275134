"""The command that takes a step. Lives here: command lines made of what a study knows; nothing is run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from curvefit.curves.reason import Reason
from curvefit.study import Study

__all__ = ["command_for", "next_command", "run_command"]

_RETRIEVED = "1,4,16"
_MARGIN, _LEVEL = 0.02, 0.9  # of `curvefit run` where none is stated


def next_command(study: Study, folder: str = "", again: Sequence[str] = ()) -> str | None:
    """Return the command of the first of a study's next steps that has one; None where none has."""
    commands = (command_for(step, study, folder, again) for step in study.advice.next_steps)
    return next((command for command in commands if command is not None), None)


def command_for(step: Reason, study: Study, folder: str = "", again: Sequence[str] = ()) -> str | None:
    """Return the whole command that takes a step, or None where no command does or the task has too little for it.

    Parameters
    ----------
    step : Reason
        Of `Advice.next_steps`.
    study : Study
        Whose.
    folder : str
        Where the study is kept; empty where that is not known.
    again : sequence of str
        The command that made the study, by which steps that measure on go; by default made of what the study knows.
    """
    v = step.values
    run = list(again) or run_command(study, folder)
    task = study.curve.path
    if step.code == "same-again":
        return shlex.join(run) if run else None
    if step.code == "measure-retrieved":
        return shlex.join(_with(run, "--retrieved", _RETRIEVED)) if run else None
    if step.code in ("more-shots", "past-classes", "see-fall", "see-rise", "narrow"):
        return _measure_on(step, study, run)
    if step.code == "probe" and task:
        local = ["-m", study.curve.model] if study.curve.model.startswith("local") else []
        local += ["--study", folder] if local and folder else []
        return shlex.join(["curvefit", "probe", task, *local])
    if step.code == "fine-tune" and task:
        n, pool = v["n_train"], v["pool"]
        some = ["--n", str(n)] if isinstance(n, int) and isinstance(pool, int) and n < pool else []
        return shlex.join(["curvefit", "pool", task, "--study", folder or "STUDY", *some, "--out", "train.jsonl"])
    return None


def run_command(study: Study, folder: str = "") -> list[str]:
    """Return the `curvefit run` that made a study, as words; empty for one measured elsewhere.

    What a study does not know is not in it: the address of a server, the caps, a price.
    """
    curve, design = study.curve, study.curve.design
    if design is None or not curve.path:
        return []
    words = ["curvefit", "run", curve.path, "-m", curve.model, "--shots", ",".join(map(str, design.shots))]
    words += ["--draws", str(design.draws), "--items", str(design.items)]
    if design.seed:
        words += ["--seed", str(design.seed)]
    if design.selection == "balanced":
        words += ["--selection", "balanced"]
    if curve.retrieved is not None:
        words += ["--retrieved", ",".join(map(str, curve.retrieved.shots.tolist()))]
    if study.margin != _MARGIN:
        words += ["--margin", f"{study.margin:g}"]
    if study.level != _LEVEL and study.looks is None:
        words += ["--level", f"{study.level:g}"]
    if study.looks is not None:
        words += ["--until-decided"]
    return [*words, "--out", folder] if folder else words


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
    kept, skip = list[str](), False
    for word in words:
        if skip or word == option or word.startswith(f"{option}="):
            skip = not skip and word == option
            continue
        kept.append(word)
    return [*kept, option, value]
