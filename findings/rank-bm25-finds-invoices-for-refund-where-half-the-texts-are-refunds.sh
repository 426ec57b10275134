#!/bin/sh
# rank-bm25 finds invoices for the question "refund" where half of the texts are about refunds: a word that half the
# texts have counts nothing, and the last rows come first.
#
# A word counts the more the rarer it is, by a logarithm that is 0 at exactly half of the texts and negative above.
# BM25Okapi, the one that LangChain's BM25Retriever and many others take, lifts negative weights to a quarter of the
# mean weight, and leaves 0 as it is. So a word in 60% of the texts counts, a word in 50% does not, and where no word of
# the question counts all scores are 0. get_top_n then returns the last rows of the pool, with no sign that nothing was
# found. For learning curves over retrieved examples: a pool with an even share of two labels, the usual care, or one of
# few texts, is where it happens; the examples are of the other label, so that more of them make a model worse, and
# "similar examples do not help here, fine-tune" is a finding about one weight. With one row more the same search is
# right. Take BM25Plus, or another library, and look at the scores.
#
# Seen with rank-bm25 0.2.2, numpy 2.4.6 and bm25s 0.3.16: of 20 texts 10 are about refunds, and the 4 best for "refund"
# are invoices, with scores of 0; with 11 of 21 or 9 of 19 they are refunds, as they are by bm25s and BM25Plus each
# time.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  rank-bm25==0.2.2 numpy==2.4.6 bm25s==0.3.16 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import bm25s
from rank_bm25 import BM25Okapi, BM25Plus


def pool(refunds, invoices):
    return [f"please refund order {n}" for n in range(refunds)] + [f"where is invoice {n}" for n in range(invoices)]


def best(texts, k=4):
    """How many of the k best texts for "refund" have the word, by three searches, and the highest score of the first."""
    words = [text.split() for text in texts]
    okapi = BM25Okapi(words)
    other = bm25s.BM25()
    other.index(words, show_progress=False)
    found, _ = other.retrieve([["refund"]], k=k, corpus=texts, show_progress=False)
    tops = okapi.get_top_n(["refund"], texts, n=k), BM25Plus(words).get_top_n(["refund"], texts, n=k), list(found[0])
    return [sum("refund" in text for text in top) for top in tops], float(max(okapi.get_scores(["refund"])))


print(f"rank-bm25 {version('rank-bm25')}, bm25s {version('bm25s')}: of the 4 best for refund, those that are refunds,")
print("by BM25Okapi, BM25Plus and bm25s; and BM25Okapi's highest score")
seen = {}
for refunds, invoices in ((9, 10), (10, 10), (11, 10), (50, 50), (60, 40)):
    seen[refunds, invoices] = best(pool(refunds, invoices))
    print(f"  {refunds} refunds, {invoices} invoices: {seen[refunds, invoices][0]}, {seen[refunds, invoices][1]:.3f}")
for (refunds, invoices), (right, highest) in seen.items():
    even = refunds == invoices
    assert right == [0 if even else 4, 4, 4] and (highest == 0) == even, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
