#!/bin/sh
# LlamaIndex gives an average precision of 1.5 to a search that finds the right document for half of the questions, three pieces of
# it each time, and 0.9 to one that finds it for nine tenths; its NDCG is 0.42 where all five results are right.
#
# Both are at most 1 by definition. A result that is right is counted as often as it comes, while what it is divided by counts
# each right document once. Documents are stored in pieces, and a search that is scored by document returns the same one several
# times. For NDCG the best that could be is taken over all right documents, also those beyond the last result, though its
# description says that the number of results is the place at which it ends: with 20 right documents and 5 results nothing
# reaches 1. Recall and precision of the same module count each document once. For "retrieve, prompt or fine-tune?": smaller
# pieces give more of them from one document, and so a higher score for worse results, and the mean over questions is often between
# 0 and 1, so that it hides where it comes from. rag-eval-lite counts pieces so in its recall and NDCG. Leave out what
# comes twice before scoring, and compare with a recall that counts documents.
#
# Seen with llama-index-core 0.14.25 and rag-eval-lite 0.1.4, for ten questions with one right document: the better search
# has an average precision, NDCG and recall of 0.9, 0.9 and 0.9; the other one of 1.5, 1.07 and 0.5; by rag-eval-lite, NDCG and
# recall are 0.9 and 0.9, and 1.07 and 1.5.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  llama-index-core==0.14.25 rag-eval-lite==0.1.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from llama_index.core.evaluation.retrieval.metrics import NDCG, AveragePrecision, Recall
from rag_eval import QueryResult, RAGEvaluator

ONCE = ["right", "other 1", "other 2", "other 3", "other 4"]
THRICE = ["right", "right", "right", "other 1", "other 2"]
NEVER = ["other 1", "other 2", "other 3", "other 4", "other 5"]
SEARCHES = {"right document once for 9 of 10": [ONCE] * 9 + [NEVER], "three pieces of it for 5 of 10": [THRICE] * 5 + [NEVER] * 5}

print(f"llama-index-core {version('llama-index-core')}, rag-eval-lite {version('rag-eval-lite')}")
seen = {}
for name, results in SEARCHES.items():
    by_llama_index = [
        round(sum(metric().compute(expected_ids=["right"], retrieved_ids=found).score for found in results) / len(results), 2)
        for metric in (AveragePrecision, NDCG, Recall)
    ]
    report = RAGEvaluator(k=5).evaluate([QueryResult(str(n), found, {"right"}) for n, found in enumerate(results)])
    seen[name] = by_llama_index, [round(report.mean_ndcg, 2), round(report.mean_recall, 2)]
    print(f"  {name}: average precision, NDCG and recall {seen[name][0]}; by rag-eval-lite, NDCG and recall {seen[name][1]}")
right = [f"right {n}" for n in range(20)]
full = NDCG().compute(expected_ids=right, retrieved_ids=right[:5]).score
print(f"  five results of 20 right documents, all right: NDCG {full:.2f}")
better, worse = seen.values()
assert better == ([0.9, 0.9, 0.9], [0.9, 0.9]), "the behaviour has changed"
assert worse == ([1.5, 1.07, 0.5], [1.07, 1.5]) and round(full, 2) == 0.42, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
