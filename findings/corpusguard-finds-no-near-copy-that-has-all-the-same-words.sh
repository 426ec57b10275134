#!/bin/sh
# corpusguard finds texts that share 95% of their words, and none that share all of them: a training file that has each example
# twice, the second time with another sign at the end, gets the grade A.
#
# Near copies are pairs whose words are the same by 92% or more, and less than 100%: the rest is left to the search for exact
# copies, which compares the texts with all their signs. Two texts with the same words and another comma, another sign at the
# end, quotation marks, or their sentences in another order are neither. Between training and test (--compare) only exact
# copies are looked for. For learning curves and fine-tuning: the usual copies, those that an export, an editor or a second
# annotator makes, are the ones that pass. "200 examples" are 100, held-out rows were trained on, and accuracy after
# training is memory. Take the signs out of the texts before the check.
#
# Seen with corpusguard-audit 0.1.0, for 40 letters of 30 words twice: no copy and grade A where the second has another sign
# at the end, and 40 near copies where it has a word more; with --compare, none of the 40 is found in either case.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check corpusguard-audit==0.1.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import random
import sys
from importlib.metadata import version
from itertools import product
from pathlib import Path

from corpusguard.audit import audit_dataset

WORDS = ["".join(parts) for parts in product(
    "ba co di fu ge ho ki lu".split(), "rn st mp ll nd sk".split(), "er y ing ed le o".split())]
draw = random.Random(3)
letters = [" ".join(draw.sample(WORDS, 30)) for _ in range(40)]


def write(name, texts):
    rows = [{"prompt": text, "completion": "Please forward it to the claims department."} for text in texts]
    file = Path(sys.argv[1], name)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def audit(once, again):
    """Exact copies, near copies and grade of a file that has both, and how many of one are found in the other."""
    report = audit_dataset(write("both.jsonl", [*once, *again]))
    leak = audit_dataset(write("train.jsonl", once), write("test.jsonl", again)).metrics.leakage_matches
    return report.metrics.exact_duplicate_rows, report.metrics.near_duplicate_pairs, report.grade, leak


ended = [letter + "." for letter in letters]
seen = {
    "the same": audit(ended, ended),
    "another sign": audit(ended, [letter + "!" for letter in letters]),
    "a word more": audit(ended, [letter + " today." for letter in letters]),
}
print(f"corpusguard-audit {version('corpusguard-audit')}, 40 letters twice; exact and near copies, grade, found in the test file:",
      seen)
assert seen["another sign"] == (0, 0, "A", 0), "the behaviour has changed"
assert seen["a word more"][:2] == (0, 40) and seen["the same"][0] == seen["the same"][3] == 40, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
