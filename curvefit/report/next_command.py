"""The command that takes a step. Lives here: command lines of what a study knows; nothing is run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING, Final

from curvefit.command_words import option_values, with_option
from curvefit.curves.reason import Reason
from curvefit.decision.listed_costs import unlisted_training
from curvefit.decision.next_steps import PROMPT_STEPS, NextStep, retrieved_shots, wider
from curvefit.models.base import ENGINE
from curvefit.models.redaction import without_keys
from curvefit.models.simulated import is_made_up
from curvefit.report.answer_text import trains_instead
from curvefit.study import Study, outline_probe
from curvefit.trials.spending_limits import whole_cents

if TYPE_CHECKING:
    from curvefit.training.fine_tuning_plan import ProbeDesign

__all__ = [
    "check_command",
    "command_for",
    "errors_command",
    "first_steps",
    "fit_command",
    "probe_command",
    "report_command",
    "run_command",
]

_OF_ONE: Final = ("--batch", "--until-decided", "--fail-on")  # options of `curvefit run` for one candidate
_LEVEL = 0.9  # of `curvefit run` where none is stated


def command_for(step: Reason, study: Study, folder: str = "") -> str | None:
    """Return the whole command that takes a step, or None where no command does or the task has too little for it.

    `folder` is where the study is kept; empty where that is not known.
    """
    words = _with_room(_words_for(step, study, folder), step)
    # A path that drives a terminal, or breaks a line, is no command to paste.
    return shlex.join(words) if words and all(map(str.isprintable, words)) else None


_SLACK: Final = 1.25  # of what a step is expected to take


def _with_room(words: Sequence[str], step: Reason) -> Sequence[str]:
    """Return a command line whose caps are not lower than what the step takes: they were meant for what came before."""
    if not isinstance(step, NextStep) or step.code == "same-again":
        return words
    for option, needed in (("--max-usd", step.usd), ("--max-calls", step.calls), ("--max-minutes", step.minutes)):
        stated = option_values(words, option)[-1:]
        if stated and needed and _SLACK * needed > float(stated[0]):
            most = whole_cents(_SLACK * needed) if option == "--max-usd" else math.ceil(_SLACK * needed)
            words = with_option(words, option, f"{most:g}")
    return words


def first_steps(study: Study, folder: str = "") -> list[tuple[str, NextStep, str | None]]:
    """Return the first step with a heading and its command; where none takes it, also the first step that one takes.

    Where the answer is to use a prompt and neither says which, the command that prints it stands last.
    """
    steps = [(step, command_for(step, study, folder)) for step in study.advice.next_steps]
    shown = [("Next", *first) for first in steps[:1]]
    if steps and (
        steps[0][1] is None or steps[0][0].code in ("improve-prompt", *PROMPT_STEPS)
    ):  # which only show something
        shown += [("Then", step, command) for step, command in steps[1:] if command is not None][:1]
    advice = study.advice
    named = advice.action == "retrieve" or any(step.code in PROMPT_STEPS for _, step, _ in shown)
    if advice.ships == "prompt" and not (named or trains_instead(study)):
        use = NextStep("use-for-now")
        command = command_for(use, study, folder)
        shown += [("Meanwhile", use, command)] if command is not None else []
    return shown


def _words_for(step: Reason, study: Study, folder: str) -> list[str]:
    task, run, known = study.curve.path, run_command(study, folder), study.curve.command
    if step.code == "same-again":
        return run if known else []
    if step.values.get("fitted"):
        return fit_command(study, folder)
    if step.code in ("see-errors", "rework-prompt", "improve-prompt"):
        return errors_command(study, folder)
    if step.code == "use-classifier":  # which shows what it learns, of a task that is read as it stands
        return ["curvefit", "baseline", task, *_seed(study)] if task and not _overrides(study) else []
    if step.code in (*PROMPT_STEPS, "use-for-now"):
        return ["curvefit", "prompt", folder] if folder and task and study.curve.design is not None else []
    if step.code == "raise-reply-tokens":
        return with_option(run, "--reply-tokens", str(step.values["tokens"])) if run else []
    if step.code == "measure-retrieved":
        shots = ",".join(map(str, retrieved_shots(study.curve)))
        return with_option(run, "--retrieved", shots) if run and shots else []
    if step.code == "retrieve-facts":
        return _with_documents(run) if step.values.get("documents") and run else []
    if step.code == "state-error-usd" and study.costs is not None:
        return list(study.costs.command)
    if step.code == "probe" and task:
        return ["curvefit", "probe", task, *_overrides(study), *_of_local_study(study, folder), *_sizes(study)]
    if step.code == "probe-elsewhere" and task and run:
        base = [word for option in ("--api-base", "--price") for word in _option_of(run, option)]
        kept = ["--study", folder] if folder else []
        usd = "3" if is_made_up(study.curve.model) else "USD"  # at rehearsal prices
        slot = ["--usd-per-million-trained", usd] if unlisted_training(study.curve) else []
        return [
            "curvefit",
            "probe",
            task,
            *_overrides(study),
            "-m",
            study.curve.model,
            *base,
            *kept,
            *_sizes(study),
            *slot,
            "--dry-run",
        ]
    if step.code == "fine-tune" and task:
        n, pool = step.values["n_train"], step.values["pool"]
        some = ["--n", str(n)] if isinstance(n, int) and isinstance(pool, int) and n < pool else []
        return ["curvefit", "pool", task, "--study", folder or "STUDY", *some, "--out", "train.jsonl"]
    return _measure_on(step, study, run)


def errors_command(study: Study, folder: str) -> list[str]:
    """Return the command that shows what a study's prompt gets wrong, as words; empty where its replies are gone."""
    curve = study.curve
    if curve.design is None or not folder or not Path(folder, "journal.sqlite").is_file():
        return []
    is_code = any(name.startswith("python:") for name in (curve.scorer, curve.also_scored_by))  # which is run if named
    return ["curvefit", "errors", folder, *(["--task", curve.path] if is_code and curve.path else [])]


def _sizes(study: Study) -> list[str]:
    outline = outline_probe(study.curve)
    return ["--n", ",".join(map(str, outline.sizes))] if outline is not None else []


def _of_local_study(study: Study, folder: str) -> list[str]:
    """Return what makes a probe one of the study's own model; another model has to be measured by itself."""
    if not study.curve.model.startswith(ENGINE):
        return []
    return ["-m", study.curve.model, *(["--study", folder] if folder else [])]


def _overrides(study: Study) -> list[str]:
    """Return the options that say of a task's file what was said when it was measured, in the words it was said in."""
    words: list[str] = []
    for name, value in study.curve.overrides:
        stated = option_values(study.curve.command, f"--{name}")[-1:]
        words += [f"--{name}", *(stated or [without_keys(value)])]
    return words


def run_command(study: Study, folder: str = "") -> list[str]:
    """Return the `curvefit run` that made a study, as words; empty where that is not known, or no run made it.

    A study that is kept in another folder than it was made in is measured on where it is.
    Of a study that does not say it (made from Python, or by an earlier version) it is made of what the study knows, if
    its model runs here: of another it does not know at which address that was asked, nor what was to be spent at most.
    """
    curve, design = study.curve, study.curve.design
    if curve.command and not curve.by_fit:
        return _kept_in(curve.command, folder)
    if design is None or not curve.path or not curve.unpriced:
        return []
    words = [
        "curvefit",
        "run",
        curve.path,
        *_overrides(study),
        "-m",
        curve.model,
        "--shots",
        ",".join(map(str, design.shots)),
    ]
    words += ["--draws", str(design.draws), "--items", str(design.items)]
    if design.seed:
        words += ["--seed", str(design.seed)]
    if design.selection == "balanced":
        words += ["--selection", "balanced"]
    if design.reply_tokens is not None:
        words += ["--reply-tokens", str(design.reply_tokens)]
    if curve.form == "chat":
        words += ["--form", "chat"]
    if curve.retrieved is not None:
        words += ["--retrieved", ",".join(map(str, curve.retrieved.shots.tolist()))]
    words += ["--margin", repr(study.margin)]
    if study.looks is not None:
        words += ["--until-decided"]
    elif study.level != _LEVEL:
        words += ["--level", repr(study.level)]
    return [*words, "--out", folder] if folder else words


def _kept_in(words: Sequence[str], folder: str) -> list[str]:
    """Return a command line that writes where its study is by now."""
    stated = option_values(words, "--out")[-1:]
    moved = bool(folder and stated) and normpath(stated[0]) != normpath(folder)
    return with_option(words, "--out", folder) if moved else list(words)


def fit_command(study: Study, folder: str = "") -> list[str]:
    """Return the `curvefit fit` that judges results as a study of them does, as words; empty of another study."""
    if not study.curve.by_fit:
        return []
    words = _kept_in(study.curve.command, folder)
    for option, value in (("--margin", study.margin), ("--n-train", study.n_train)):
        if value is not None and list(map(float, option_values(words, option)[-1:])) != [value]:
            words = with_option(words, option, repr(value))
    return words


def check_command(study: Study, task: str = "") -> str:
    """Return the command that looks at the examples of a study's task, split as they were for it.

    The task is where it is now; by default where the study read it.
    """
    return shlex.join(["curvefit", "check", task or study.curve.path, *_seed(study), *_overrides(study)])


def _seed(study: Study) -> list[str]:
    """Return the option by which a task is split as it was for a study, as words."""
    design = study.curve.design
    return ["--seed", str(design.seed)] if design is not None and design.seed else []


def report_command(study: str, probe: str) -> str:
    """Return the command that takes a probe into a study's prediction; both as paths."""
    return shlex.join(["curvefit", "report", study, "--probe", probe])


def probe_command(study: Study, wanted: ProbeDesign, folder: str = "", kept: str = "") -> list[str]:
    """Return the `curvefit probe` that trains a study's model so, as words; empty where its task is not known.

    `folder` is where the probe is kept, and `kept` where the study is.
    """
    curve = study.curve
    if not curve.path or not curve.design:
        return []
    run = run_command(study)
    base = [word for option in ("--api-base", "--price") for word in _option_of(run, option)]
    words = ["curvefit", "probe", curve.path, *_overrides(study), "-m", curve.model, *base]
    words += ["--n", ",".join(map(str, wanted.sizes)), "--seeds", str(wanted.seeds), "--items", str(wanted.items)]
    words += ["--seed", str(wanted.seed)] if wanted.seed else []
    words += ["--study", kept] if kept and normpath(kept) != normpath(folder) else []
    return [*words, "--out", folder] if folder else words


def _with_documents(run: Sequence[str]) -> list[str]:
    """Return the run with documents in prompts, beside the one without; alone where its command takes one choice."""
    if list(run[:2]) == ["curvefit", "run"] and not any(word.partition("=")[0] in _OF_ONE for word in run):
        return with_option(run, "--context", "none,retrieved")
    stated = option_values(run, "--out")[-1:]
    words = with_option(run, "--context", "retrieved")
    return with_option(words, "--out", f"{stated[0].rstrip('/')}-retrieved") if stated else words


def _measure_on(step: Reason, study: Study, run: Sequence[str]) -> list[str]:
    """Return the run with more shots, items or draws; what is as it was is not repeated."""
    all_of_it, curve = wider(step, study.curve), study.curve
    if all_of_it is None or not run:
        return []
    words = list(run)
    if not option_values(words, "--margin"):  # else more items would be held to another
        words = with_option(words, "--margin", repr(study.margin))
    if all_of_it.shots != tuple(curve.shots.tolist()):
        words = with_option(words, "--shots", ",".join(map(str, all_of_it.shots)))
    for option, name in (("--items", "items"), ("--draws", "draws")):
        if step.values.get(name) is not None:
            words = with_option(words, option, str(getattr(all_of_it, name)))
    return words


def _option_of(words: Sequence[str], option: str) -> list[str]:
    """Return an option of a command line with what it is set to, as words; none where it is not set."""
    return [word for value in option_values(words, option)[-1:] for word in (option, value)]
