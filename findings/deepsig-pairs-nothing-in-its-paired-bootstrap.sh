#!/bin/sh
# deepsig's paired bootstrap test pairs nothing: it finds 4 of 40 gains of fine-tuning where tests that do pair find 28.
#
# Its documentation calls bootstrap_test the paired bootstrap, and it takes only two lists of one length. Each list is
# then drawn from on its own, so that an item that is hard for both models adds chance to their difference, and the
# order of a list changes nothing. A model and its fine-tuned copy agree on most items, and the few where they do not
# are all that tells them apart: the more they agree, the more is lost. Equal models are told apart no more often than
# they should be, so that a trial with such looks fine. For "fine-tune, or keep prompting?": a gain of five points on
# 200 items, which is sure item by item, is no significant difference here. Neither is any step of the curve: it seems
# to have flattened, and training not to help. Take permutation_test of the same package, or McNemar's exact test.
#
# Seen with deepsig 1.2.8 and numpy 2.4.6, for 200 items of which a model has 75% right and its copy 11 more and one
# less: p is 0.12, and 0.10 with the items of one in another order. It is 0.002 by permutation_test, and 0.004 by a
# bootstrap that draws items with both scores. In 40 draws a copy gains one of five wrong items: p is below 0.05 in 4,
# 28 and 29 by the three tests.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check deepsig==1.2.8 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import numpy as np
from deepsig import bootstrap_test, permutation_test

ITEMS, SAMPLES = 200, 500


def draw(chance, gains=0.2, losses=0.01):
    """Which items a model has right, and which its fine-tuned copy."""
    before = chance.random(ITEMS) < 0.75
    turns = chance.random(ITEMS) < np.where(before, losses, gains)
    return before.astype(float), (before ^ turns).astype(float)


def paired(before, after, chance):
    """The paired bootstrap: items are drawn, each with both of its scores."""
    change = after - before
    means = change[chance.integers(0, ITEMS, (10_000, ITEMS))].mean(axis=1)
    return float(np.mean(means >= 2 * change.mean()))


def p_values(before, after, seed):
    tests = (bootstrap_test, permutation_test)
    ours = paired(before, after, np.random.default_rng(seed))
    return [float(test(after, before, num_samples=SAMPLES, seed=seed)) for test in tests] + [ours]


chance = np.random.default_rng(0)
before = np.arange(ITEMS) < 150
after = before ^ ((np.arange(ITEMS) < 1) | (np.arange(ITEMS) >= ITEMS - 11))
before, after = before.astype(float), after.astype(float)
one = p_values(before, after, 1)
shuffled = p_values(chance.permutation(before), after, 1)
found = np.mean([np.array(p_values(*draw(chance), seed)) < 0.05 for seed in range(40)], axis=0)
print(f"deepsig {version('deepsig')}: bootstrap_test, permutation_test, and items drawn with both scores")
print(f"  p for {before.mean():.1%} and {after.mean():.1%} right: {one}; items of one in another order: {shuffled}")
print(f"  p below 0.05 in 40 draws: {np.rint(40 * found).astype(int).tolist()}")
assert one[0] > 0.05 and max(one[1:]) < 0.01 and abs(one[0] - shuffled[0]) < 0.05 < shuffled[1], "the behaviour has changed"
assert found[0] < 0.2 and min(found[1:]) > 0.6, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
