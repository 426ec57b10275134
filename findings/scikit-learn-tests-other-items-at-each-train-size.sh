#!/bin/sh
# scikit-learn's train_test_split tests other items for each train_size where it stratifies, with one random_state and
# one test_size: the items that tested 8 examples are all among the 256 that are trained later.
#
# Without stratify the test items are drawn first, and stay what they are. With it each label's rows are shuffled, the
# first of them are for training and the next for the test, so that the test moves on as the training part grows. A seed
# and a size for the test are taken for the same test. StratifiedShuffleSplit does it too. For learning curves: each
# point is scored on items of its own, so that points cannot be compared item by item, and a step is in part the luck of
# the items; a model that went through 256 examples, or a prompt written with them in sight, has seen the items that the
# smaller sizes are scored on. Split once, stratified, and draw the sizes from the part for training.
#
# Seen with scikit-learn 1.9.1 and numpy 2.4.6, 1,000 rows of four labels in equal parts, test_size=200, random_state=0:
# of the 200 items that test 8 examples, 192, 176, 144, 80 and none test 16 to 256, and 8, 24, 56, 120 and 200 are in
# the part for training there. Without stratify the 200 are the same at each size.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split

SIZES = (8, 16, 32, 64, 128, 256)
rows, labels = np.arange(1000), np.array(["claims", "contracts", "payments", "complaints"] * 250)


def parts(stratify):
    """The rows for training and for the test, for each size."""
    split = (train_test_split(rows, train_size=n, test_size=200, random_state=0, stratify=stratify) for n in SIZES)
    return [(set(train), set(test)) for train, test in split]


def shared(split):
    """How many of the first size's test items test, and train, each other size."""
    first = split[0][1]
    return [len(first & test) for _, test in split[1:]], [len(first & train) for train, _ in split[1:]]


plain, stratified = parts(None), parts(labels)
print(f"scikit-learn {version('scikit-learn')}, of the 200 items that test 8 examples, at {', '.join(map(str, SIZES[1:]))} examples")
for name, split in (("without stratify", plain), ("stratified", stratified)):
    print("  {}: {} test, and {} train".format(name, *shared(split)))
assert shared(plain) == ([200] * 5, [0] * 5), "the behaviour has changed"
assert shared(stratified) == ([192, 176, 144, 80, 0], [8, 24, 56, 120, 200]), "the behaviour has changed"
for n, (train, test) in zip(SIZES, stratified, strict=True):
    splitter = StratifiedShuffleSplit(n_splits=1, train_size=n, test_size=200, random_state=0)
    ((same_train, same_test),) = splitter.split(rows, labels)
    assert (set(same_train), set(same_test)) == (train, test), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
