#!/bin/sh
# unitxt's CloseTextSampler finds the example that shares half its words with a question while both are short; from 200
# letters on, it mostly finds another.
#
# Closeness is counted letter by letter with Python's difflib. That drops, in a text of 200 letters or more, each letter
# that makes up more than 1% of it, so that ordinary writing keeps its rare letters alone, and a ratio of nearly nothing
# decides. Longer texts have more in common to be found by; here they are found less. For learning curves on letters,
# tickets and documents: "similar examples do not help" is measured with examples that are hardly similar, and retrieval
# looks little better than random ones where it would not. A task with texts on both sides of the limit mixes the two.
# Which of the k is closest is lost as well, since they are shuffled. Choose the examples by words or by embeddings
# elsewhere, and look at what was chosen.
#
# Seen with unitxt 1.26.10: of 30 texts, 30, 14 and 13 are found at 133, 269 and 537 letters on average; with difflib's
# autojunk off, all 30.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  unitxt==1.26.10 datasets==5.2.0 evaluate==0.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import difflib
import os
import random
import sys
from importlib.metadata import version

os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=sys.argv[1])
from unitxt.splitters import CloseTextSampler  # noqa: E402 (after its settings)

WORDS = """order parcel refund invoice card account address driver window monday morning kitchen table broken late again
please never before after today because without between another something nothing wrong right small large green paper
metal wooden plastic lid box cable screen button battery manual shop street number letter phone answer asked told sent
paid waited found opened closed returned promised signed missing second third always""".split()
PLAIN = difflib.SequenceMatcher


def found(length):
    """How many of 30 texts are the closest to themselves with every second word, by chance, another one."""
    random.seed(1)
    texts = [" ".join(random.choices(WORDS, k=length)) for _ in range(30)]
    pool = [{"input_fields": {"letter": text}, "reference_fields": {}} for text in texts]
    hits = 0
    for text in texts:
        other = " ".join(random.choice(WORDS) if random.random() < 0.5 else word for word in text.split())
        best = CloseTextSampler(field="letter").sample(1, pool, {"input_fields": {"letter": other}})
        hits += best[0]["input_fields"]["letter"] == text
    return round(sum(map(len, texts)) / len(texts)), hits


seen = [found(length) for length in (20, 40, 80)]
difflib.SequenceMatcher = lambda: PLAIN(autojunk=False)
whole = [found(length) for length in (20, 40, 80)]
print(f"unitxt {version('unitxt')}; letters on average, and how many of 30 texts are found: {seen}")
print(f"the same with all letters counted: {whole}")
(_, short), (_, long), (_, longer) = seen
assert short > 26 and long < 20 and longer < 15, "the behaviour has changed"
assert min(hits for _, hits in whole) > 26, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/cache"
