#!/bin/sh
# mlx-lm trains the rows of a file in fours, each with the same neighbours in every pass, and the rows left over never.
#
# It sorts the rows by length first, to pad little. But it takes the length of the row as it was read, which is its
# number of keys: one for every row with "messages" alone, so that the order of the file stays. Batches are cut from
# that once, and only their sequence is shuffled; what does not fill one is left out of all passes, and of the
# validation and test loss too. A file that is sorted, by label or by date, therefore gives steps of one label each, and
# its last rows are not learned; rows with one key more ("tools") all count as last. For learning curves: of 10, 22 and
# 46 examples 8, 20 and 44 are trained, and the order of the file decides which; two trainings on the same examples
# differ by that order, though the seed is the same. Shuffle the file, and write a multiple of the batch size.
#
# Seen with mlx-lm 0.32.2 and mlx 0.32.4, batches of 4: in 20 passes over 38 rows, 9 batches of 4 rows that stand
# together, and two rows never; of 40 rows sorted by two labels, no batch has both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  mlx-lm==0.32.2 "mlx[cpu]==0.32.4" transformers==5.24.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import itertools
import os
import sys
from importlib.metadata import version
from types import SimpleNamespace

os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=sys.argv[1])
import numpy as np  # noqa: E402 (after its settings)
from mlx_lm.tuner.datasets import CacheDataset, create_dataset  # noqa: E402
from mlx_lm.tuner.trainer import iterate_batches  # noqa: E402

PASSES, SIZE = 20, 4


class Numbers:
    """A tokenizer: the row's number first, and then more tokens, of very different length."""

    def apply_chat_template(self, messages, **settings):
        number = int(messages[0]["content"].split()[-1])
        return [1000 + number] + [1] * (5 + number * 7 % 31)


def batches(rows):
    """The rows of each batch in so many passes, as the trainer gets them."""
    labelled = [
        {"messages": [{"role": "user", "content": f"letter {n}"}, {"role": "assistant", "content": "late"}]}
        for n in range(rows)
    ]
    dataset = CacheDataset(create_dataset(labelled, Numbers(), SimpleNamespace()))
    np.random.seed(0)  # as its command does
    every = iterate_batches(dataset, SIZE, 2048, loop=True)
    some = itertools.islice(every, PASSES * (rows // SIZE))
    return [tuple(token - 1000 for token in batch[:, 0].tolist()) for batch, _ in some]


seen = batches(38)
never = sorted(set(range(38)) - {row for batch in seen for row in batch})
print(f"mlx-lm {version('mlx-lm')}: {PASSES} passes over 38 rows: batches {sorted(set(seen))}, never {never}")
mixed = [batch for batch in set(batches(40)) if min(batch) < 20 <= max(batch)]
print(f"40 rows, the first 20 of one label: {len(mixed)} batches have both")
trained = {rows: len({row for batch in batches(rows) for row in batch}) for rows in (10, 22, 46)}
print(f"trained of 10, 22 and 46 rows: {list(trained.values())}")
assert set(seen) == {tuple(range(n, n + 4)) for n in range(0, 36, 4)} and never == [36, 37] and not mixed, \
    "the behaviour has changed"
assert trained == {10: 8, 22: 20, 46: 44}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/cache"
