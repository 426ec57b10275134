"""What a plain classifier learns, in words. Lives here: lines for the terminal; nothing is trained."""

from __future__ import annotations

import shlex

from curvefit.plain_text import clean
from curvefit.report.wording import accuracy_text, counted, percent, span, sure, wrapped
from curvefit.training.text_classifier import Baseline

__all__ = ["baseline_sentence", "baseline_summary"]

_LEVEL = 0.9


def baseline_sentence(baseline: Baseline) -> str:
    """Return in one sentence what it reaches with the most examples."""
    most = baseline.points(_LEVEL)[-1]
    return (
        f"A plain classifier trained on {counted(most.shots, 'example')} of the pool gets"
        f" {accuracy_text(most.accuracy)} of the items right; for fewer examples: curvefit baseline."
    )


def baseline_summary(baseline: Baseline, *, path: str = "TASK", width: int = 80) -> list[str]:
    """Return lines for the terminal: what it reaches with the most examples, and a table over numbers of them."""
    points = baseline.points(_LEVEL)
    most = points[-1]
    head = (
        f"{clean(baseline.task)}: a plain classifier reaches {percent(most.accuracy.value)} with"
        f" {counted(most.shots, 'training example')}."
    )
    return [
        *wrapped(head, width),
        "",
        f"  examples  accuracy  {sure(_LEVEL):>4} interval  items × subsets",
        *(
            f"  {point.shots:>8,}  {percent(point.accuracy.value):>8}  {span(point.accuracy):>13}"
            f"  {f'{point.n_items:,} × {point.n_draws}':>15}"
            for point in points
        ),
        "",
        *wrapped(
            "A fine-tuned model often ends near that with a few hundred examples; with few it can be far better, since"
            " it knows the language. To have it predicted for your model:",
            width,
        ),
        f"  {shlex.join(['curvefit', 'decide', path])} -m MODEL",
    ]
