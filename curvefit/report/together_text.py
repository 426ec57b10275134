"""Prompt and weights together: as JSON, as a line of numbers, and in words. Lives here: what is said of `Together`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from curvefit.report import study_record as record
from curvefit.report.payoff_text import examples_in
from curvefit.report.wording import accuracy_line, with_interval
from curvefit.workflows.prompt_and_weights import Together

__all__ = ["together_lines", "together_record", "together_sentences"]


def together_record(together: Together) -> dict[str, Any]:
    """Return it as JSON values."""
    return {
        "shots": together.point.shots,
        "retrieved": together.retrieved,
        **record.counted_record(together.point),
        "gain": record.estimate_record(together.gain),
        "over_weights": record.estimate_record(together.over_weights),
    }


def together_lines(measured: Sequence[Together]) -> Iterator[str]:
    """Return the better one as a line of numbers, where there is one."""
    best = max(measured, key=lambda each: each.point.accuracy.value, default=None)
    if best is not None:
        asked = len(best.curve.items)
        part = f", on {best.point.n_items} of {asked} items" if best.point.n_items < asked else ""
        yield accuracy_line("both", best.point.accuracy, f"accuracy, fine-tuned and shown {examples_in(best)}{part}")


def together_sentences(measured: Sequence[Together]) -> Iterator[str]:
    """Say of each what the examples add to the fine-tuned model, and both to the best prompt."""
    for each in measured:
        yield (
            f"Shown {examples_in(each)}, the fine-tuned model changes by {with_interval(each.over_weights)} against"
            f" itself without them, and by {with_interval(each.gain)} against the best prompt."
        )
