#!/bin/sh
# evalica's eigenvalue ranking has the worst of four models first and the best last, and calls two models equal of which
# one wins 99 of 100.
#
# A row of its matrix has the wins of a model over the others. Scores are taken from the columns, which are the losses,
# so that a model's score is the higher the more it lost to those that lost. The result is sorted from the top and named
# eigen, beside bradley_terry and elo, which rank the same comparisons the other way round. With two models the scores
# go back and forth, and are the same where they are left after 100 iterations. For "fine-tune, or keep prompting?":
# where a judge compares replies in pairs, the base model has the top of the table and the fine-tuned one its end, and
# the more surely so the better it is; whoever has only two models sees no difference between them. Take bradley_terry
# or average_win_rate, and look at who wins more.
#
# Seen with evalica 0.4.2 and four models with 20 comparisons of each pair, of which the better one wins 60% to 95%: in
# three shares of wins, each with and without ties, the order is reversed in all six and right by Bradley-Terry, Elo and
# average win rate; both of its solvers do so. Scores are 0.71 and 0.71 for two models with 99 wins and 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check evalica==0.4.2 numpy==2.4.6 \
  pandas==3.1.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import itertools
from importlib.metadata import version

import evalica
from evalica import Winner

MODELS = ["small", "prompted", "tuned", "large"]  # from the worst to the best
SHARES = [{1: 0.6, 2: 0.7, 3: 0.8}, {1: 0.8, 2: 0.9, 3: 0.95}, {1: 0.9, 2: 0.95, 3: 0.95}]  # by places apart


def compared(share, ties):
    rows = []
    for (low, worse), (high, better) in itertools.combinations(enumerate(MODELS), 2):
        wins = round(20 * share[high - low])
        results = [Winner.Y] * wins + [Winner.X] * (20 - wins) + [Winner.Draw] * ties
        rows += [(worse, better, result) for result in results]
    return map(list, zip(*rows, strict=True))


def order(method, share, ties, **more):
    return list(getattr(evalica, method)(*compared(share, ties), **more).scores.index)


METHODS = ("eigen", "bradley_terry", "elo", "average_win_rate")
orders = {method: [order(method, share, ties) for share in SHARES for ties in (0, 5)] for method in METHODS}
naive = [order("eigen", share, ties, solver="naive") for share in SHARES for ties in (0, 5)]
two = evalica.eigen(["prompted"] * 100, ["tuned"] * 100, [Winner.Y] * 99 + [Winner.X]).scores.round(2).to_dict()
print(f"evalica {version('evalica')}, from the top: {({method: seen[0] for method, seen in orders.items()})}")
print(f"99 of 100 won by tuned: {two}")
assert all(seen == MODELS for seen in orders["eigen"] + naive), "the behaviour has changed"
assert all(seen == MODELS[::-1] for method in METHODS[1:] for seen in orders[method]), "the behaviour has changed"
assert two == {"prompted": 0.71, "tuned": 0.71}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
