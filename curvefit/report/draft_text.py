"""Drafts of targets, in words. Lives here: what `curvefit draft-pool` says, as text and as a record."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from curvefit.report.wording import accuracy_text, counted
from curvefit.workflows.drafting import Drafts

__all__ = ["draft_lines", "draft_record"]

_POOR: Final = 0.9  # agreement below which drafts teach mistakes often enough to say so


def draft_lines(drafts: Drafts, out: Path, inputs: int, known: int) -> list[str]:
    """Return what was drafted and how far to trust it.

    There were so many `inputs` to draft for, and so many are `known`, which the task had already.
    """
    lines = [
        f"{drafts.by} drafted {counted(len(drafts.examples), 'target')} for {counted(inputs, 'input')}.",
        f"It agreed with the labels of {drafts.checked} items in {accuracy_text(drafts.agreement)}.",
    ]
    if drafts.agreement.low < _POOR:
        lines.append("Read some before you use them: at that rate a good part may be wrong.")
    if drafts.unreadable:
        replies = "1 reply" if len(drafts.unreadable) == 1 else f"{len(drafts.unreadable):,} replies"
        lines.append(f"{replies} had no answer in it; no target is drafted there.")
    if known:
        lines.append(f"{counted(known, 'input')} left out: the task has {'it' if known == 1 else 'them'} already.")
    return [*lines, f"{out}: append its lines to the pool; they are never scored."]


def draft_record(drafts: Drafts, out: Path, inputs: int, known: int) -> dict[str, Any]:
    """Return the same as a record for programs."""
    return {
        "by": drafts.by, "file": str(out), "inputs": inputs, "known": known, "drafts": len(drafts.examples),
        "unreadable": list(drafts.unreadable), "checked": drafts.checked,
        "agreement": asdict(drafts.agreement),
        "usage": {"calls": drafts.usage.calls, "usd": drafts.usage.usd},
    }  # fmt: skip
