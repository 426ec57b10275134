"""How an answer was found out, in words. Lives here: a line for each thing done, and why others were not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curvefit.report.next_command import command_for
from curvefit.report.sentences import sentence
from curvefit.report.step_text import lasting
from curvefit.report.wording import bullets, clean, counted
from curvefit.study import Study
from curvefit.workflows.settle import Taken

__all__ = ["settle_lines", "settle_record"]


def settle_lines(study: Study, done: Sequence[Taken], *, width: int = 80) -> list[str]:
    """Return lines for the terminal: what was done to find out, and what was not and why."""
    usage = study.curve.usage
    price = "at an unknown price" if usage.usd is None else f"for ${usage.usd:.2f}" if usage.usd else "free of charge"
    did = [f"Measured {counted(study.curve.tried, 'prompt')} in {counted(usage.calls, 'call')}, {price}."]
    if study.baseline is not None:
        did.append("Trained a plain classifier on the examples, free of charge.")
    did += [_taken(taken) for taken in done if not taken.problem]
    left = [f"Not done: {sentence(t.step)} Why: {clean(t.problem, longest=300)}." for t in done if t.problem]
    if study.advice.training == "open" and not left and not study.curve.stopped:
        left = ["The answer is open, and no step is left that this command takes by itself. The next one is yours."]
    return ["How it was found out", *bullets(did, width), *bullets(left, width, "!")]


def _taken(taken: Taken) -> str:
    took = lasting(taken.seconds / 60)
    if taken.probe is None:
        shots, design = taken.study.points[-1].shots, taken.study.curve.design
        drawn = "" if design is None else f", {counted(design.draws, 'draw')} and {counted(design.items, 'item')}"
        return f"Measured up to {counted(shots, 'shot')}{drawn}, in {took}, as the cheapest way to know more."
    sizes = " and ".join(f"{point.shots:,}" for point in taken.probe.points if point.shots)
    return f"Fine-tuned this model on {sizes} examples, here, in {took}, as the cheapest way to know more."


def settle_record(done: Sequence[Taken], folder: str) -> list[dict[str, Any]]:
    """Return steps that were taken, or not, as JSON values."""
    return [
        {
            "code": taken.step.code,
            "command": command_for(taken.step, taken.study, folder),
            "seconds": round(taken.seconds, 1),
            "problem": taken.problem or None,
        }
        for taken in done
    ]
