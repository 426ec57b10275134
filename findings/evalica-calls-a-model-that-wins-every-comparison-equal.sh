#!/bin/sh
# evalica gives a model that wins all of 100 comparisons the same Bradley-Terry score as the one that loses them all, 0.000001, and
# a chance of 50% to win the next; by Newman's ranking, 99 of 100 and 60 of 100 are a tie too.
#
# With no loss there is no finite Bradley-Terry score: it is divided by 0, the mean that all scores are normed by is not a number
# then, and neither is any score. Each is replaced by the tolerance, one in a million, and the iteration ends as if it had
# converged, without a warning. pairwise_frame makes 0.5 of it for each pair. One undefeated model is enough, also among
# three. Newman's, with two models and no ties, goes back and forth between two values, and stops where it began, at 1 and 1. For
# "fine-tune, or keep prompting?": the clearest gain there can be, every reply of the fine-tuned model preferred, is read as no
# difference; with one lost comparison of 100 it is 9.95 against 0.1. Undefeated models are common with tens of items. Look at
# average_win_rate first.
#
# Seen with evalica 0.4.2: scores of 0.000001 for 100 of 100 by both solvers, and a chance of 0.5; among three models of which one wins
# all 40, 0.5 for each pair; 9.95 and 0.10 for 99 of 100. Newman's scores are 1 and 1 for 99, 75 and 60 of 100.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check evalica==0.4.2 numpy==2.4.6 \
  pandas==3.1.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import warnings
from importlib.metadata import version

import evalica
from evalica import Winner

warnings.simplefilter("error")
LOST, WON = Winner.X, Winner.Y


def two(method, wins, **more):
    winners = [WON] * wins + [LOST] * (100 - wins)
    return getattr(evalica, method)(["prompted"] * 100, ["tuned"] * 100, winners, **more)


def chances(result):
    return evalica.pairwise_frame(result.scores).round(2)


all_won, nearly = two("bradley_terry", 100), two("bradley_terry", 99)
naive = two("bradley_terry", 100, solver="naive")
three = evalica.bradley_terry(
    ["base"] * 40 + ["prompted"] * 20, ["prompted"] * 20 + ["tuned"] * 40, [LOST] * 8 + [WON] * 12 + [WON] * 40
)
newman = {wins: two("newman", wins).scores.round(2).to_dict() for wins in (99, 75, 60)}
print(f"evalica {version('evalica')}: 100 of 100 {all_won.scores.to_dict()} after {all_won.iterations} iterations, "
      f"chance {chances(all_won).loc['tuned', 'prompted']}; 99 of 100 {nearly.scores.round(2).to_dict()}")
print(f"three models, chances of tuned: {chances(three).loc['tuned'].to_dict()}; Newman by wins {newman}")
assert set(all_won.scores) == set(naive.scores) == {1e-06}, "the behaviour has changed"
assert chances(all_won).loc["tuned", "prompted"] == 0.5 and (chances(three) == 0.5).all().all(), "the behaviour has changed"
assert nearly.scores.round(2).to_dict() == {"tuned": 9.95, "prompted": 0.1}, "the behaviour has changed"
assert all(set(scores.values()) == {1} for scores in newman.values()), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
