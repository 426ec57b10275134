#!/bin/sh
# judgy gives 7 right of 10 replies a 95% interval from 70% to 70%, where its judge made no mistake on the labelled ones.
#
# A judge that is a model is tried on replies with known labels, then counts the right ones among many without. judgy takes
# the judge's mistakes off that count and gives an interval by a bootstrap. It draws the labelled replies anew and leaves
# the others as they are, so that the interval holds what is unsure of the judge and nothing of what is unsure because
# few replies were judged. The more labels, or the better the judge, the narrower it gets, whatever the number of items:
# with a judge that is always right, one item is as sure as ten thousand. For "fine-tune, or keep prompting?": at each
# number of examples the share of right replies comes with an interval that is far too narrow, neighbouring points seem
# surely apart, and a gain of fine-tuning that is chance looks proven, above all for those who took care of their judge.
# Draw both anew, or compare the two models on the same items.
#
# Seen with judgy 0.1.0 and numpy 2.4.6: 70% to 70% for 7 of 10; with 100 items of which 70% are right, the interval holds
# the truth in 12% of 200 draws for a judge without mistakes, in 40% for one that is right in 95% of 200 labelled replies,
# and in 22% for one of 90% and 2,000 labels; with both drawn anew, in 90% to 96%.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check judgy==0.1.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import numpy as np
from judgy import estimate_success_rate

TRUTH, ITEMS, DRAWS, RESAMPLES = 0.7, 100, 200, 200


def judged(right, skill, random):
    """What a judge says that errs alike on right and on wrong replies."""
    return np.where(random.random(len(right)) < skill, right, 1 - right)


def both_drawn_anew(labels, said, others, random):
    shares = []
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(labels), len(labels))
        hits, misses = said[rows][labels[rows] == 1].mean(), said[rows][labels[rows] == 0].mean()
        shares.append((random.choice(others, len(others)).mean() - misses) / (hits - misses))
    return np.percentile(np.clip(shares, 0, 1), (2.5, 97.5))


def held(skill, labelled):
    """How often judgy's interval holds the truth, and how often one does for which both are drawn anew."""
    random, count = np.random.default_rng(0), np.zeros(2)
    np.random.seed(0)
    for _ in range(DRAWS):
        labels = np.arange(labelled) % 2
        said = judged(labels, skill, random)
        others = judged((random.random(ITEMS) < TRUTH).astype(int), skill, random)
        _, low, high = estimate_success_rate(labels, said, others, bootstrap_iterations=RESAMPLES)
        count += low <= TRUTH <= high, np.prod(both_drawn_anew(labels, said, others, random) - TRUTH) <= 0
    return tuple(float(share) for share in count / DRAWS)


print(f"judgy {version('judgy')}, numpy {version('numpy')}")
labels = [1] * 20 + [0] * 20
few = estimate_success_rate(labels, labels, [1] * 7 + [0] * 3)
print("  7 right of 10, no mistake in 40 labelled replies: {:.0%}, from {:.0%} to {:.0%}".format(*few))
assert np.allclose(few, 0.7), "the behaviour has changed"
print(f"of {DRAWS} draws of {ITEMS} items, how many intervals hold the truth; and with both drawn anew")
seen = {}
for skill, labelled in ((1.0, 100), (0.95, 200), (0.9, 2000)):
    seen[skill] = held(skill, labelled)
    print("  judge right in {:.0%}, {:,} labelled replies: {:.0%}; {:.0%}".format(skill, labelled, *seen[skill]))
assert seen[1.0][0] < 0.2 and seen[0.95][0] < 0.6 and seen[0.9][0] < 0.4, "the behaviour has changed"
assert min(anew for _, anew in seen.values()) > 0.85, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
