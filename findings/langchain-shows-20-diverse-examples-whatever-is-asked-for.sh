#!/bin/sh
# LangChain's MaxMarginalRelevanceExampleSelector(k=32) returns 20 examples, and the more of them it is asked for the
# less it chooses.
#
# It fetches the fetch_k nearest examples, 20 unless that is given too, and picks k of those so that they differ from
# each other. Nothing is said where k is more than that. SemanticSimilarityExampleSelector, which it can stand in for
# with the same settings, returns the k that were asked for. At k=20 all that were fetched are taken, so that the
# diverse examples are the nearest ones. For learning curves: from 20 on it is the same prompt, and the curve is flat to
# the last item, without any noise: a plateau that nobody measured. Below 20, each step goes from diverse to near as
# well as from few to many. Give fetch_k as a multiple of the largest k, for all sizes alike, and count what is in the
# prompt.
#
# Seen with langchain-core 1.8.3, its vector store in memory and 200 examples: 4, 8, 16, 20 and 20 for k = 4, 8, 16, 32
# and 64; 32 by similarity, and 32 with fetch_k=128; at k=20 the same examples as by similarity.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  langchain-core==1.8.3 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.example_selectors import MaxMarginalRelevanceExampleSelector, SemanticSimilarityExampleSelector
from langchain_core.vectorstores import InMemoryVectorStore

EXAMPLES = [{"question": f"question {n}", "answer": f"answer {n}"} for n in range(200)]


def shown(selector, k, **settings):
    """The examples that are chosen for one question."""
    chosen = selector.from_examples(
        EXAMPLES, DeterministicFakeEmbedding(size=16), InMemoryVectorStore, k=k, input_keys=["question"], **settings
    ).select_examples({"question": "question 5"})
    return {example["question"] for example in chosen}


diverse = {k: shown(MaxMarginalRelevanceExampleSelector, k) for k in (4, 8, 16, 20, 32, 64)}
nearest = {k: shown(SemanticSimilarityExampleSelector, k) for k in diverse}
wider = shown(MaxMarginalRelevanceExampleSelector, 32, fetch_k=128)
counts = {k: len(examples) for k, examples in diverse.items()}
print(f"langchain-core {version('langchain-core')}: examples by what was asked for: {counts}")
print(f"by similarity {len(nearest[32])} for 32; with fetch_k=128 {len(wider)}")
print(f"64 are the same as 32: {diverse[64] == diverse[32]}; 20 are the nearest 20: {diverse[20] == nearest[20]}; "
      f"of 8, {len(diverse[8] & nearest[8])} are of the nearest 8")
assert list(counts.values()) == [4, 8, 16, 20, 20, 20], "the behaviour has changed"
assert len(nearest[32]) == len(wider) == 32, "the behaviour has changed"
assert diverse[64] == diverse[32] == diverse[20] == nearest[20], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
