#!/bin/sh
# With its numba backend, the 4 examples that bm25s finds most similar are not the first 4 of the 8 it finds.
#
# Short texts share whole words or none, so that many have exactly the same score. Which of those are returned, and in
# which order, then depends on how many were asked for, since the backend keeps the best in a heap that it does not
# order any further. The numpy backend, by the same index and scores, has no such fault here; BM25(backend="auto") takes
# numba as soon as it is installed, so that a package that something else brings in changes what a prompt shows. For
# learning curves: 4 retrieved examples and 8 are then two different prompts and not one and its continuation. A step
# from 4 to 8 mixes "more" with "others", a provider's cache of the common beginning is not hit, and the same command
# on another machine shows other examples. Take all scores and sort them, ties by the number of the row.
#
# Seen with bm25s 0.3.16, numba 0.68.1 and numpy 2.4.6: of 100 questions to 600 texts of four words, the first 4 of 8
# are the 4 for 100 with numpy and for 3 with numba; without ties for all 100 with both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  bm25s==0.3.16 numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import random
from importlib.metadata import version

import bm25s

PLAIN = ["late", "refund", "card", "order", "lost", "broken", "when", "where"]
random.seed(1)
texts = [" ".join(random.choices(PLAIN, k=4)) for _ in range(600)]
questions = [" ".join(random.choices(PLAIN, k=3)) for _ in range(100)]


def prefixes(texts, backend):
    """Count the questions for which the 4 best texts are the first 4 of the 8 best."""
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
    asked = bm25s.tokenize(questions, show_progress=False)
    four, eight = (
        index.retrieve(asked, k=k, show_progress=False, backend_selection=backend) for k in (4, 8)
    )
    assert (four.scores == eight.scores[:, :4]).all(), "these are the best scores, whichever the texts"
    return sum(bool((a == b[:4]).all()) for a, b in zip(four.documents, eight.documents))


# The same texts, each a word longer than the last, so that hardly two have the same score.
distinct = [text + " x0" * n for n, text in enumerate(texts)]
seen = {name: [prefixes(them, backend) for backend in ("numpy", "numba")]
        for name, them in (("with ties", texts), ("without", distinct))}
packages = ", ".join(f"{name} {version(name)}" for name in ("bm25s", "numba", "numpy"))
print(f"{packages}: the 4 most similar texts are the first 4 of 8, of 100 questions, by numpy and by numba: {seen}")
chosen = bm25s.BM25(backend="auto").backend
print(f"backend 'auto' is {chosen!r} here")
assert seen == {"with ties": [100, 3], "without": [100, 100]} and chosen == "numba", "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
