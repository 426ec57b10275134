#!/bin/sh
# finelint finds all of 40 test items that were trained on in a file of 60 rows, 18 in one of 100, and 1 in one of 1,000, where
# all rows have the same system message.
#
# Its compare looks for texts that are nearly alike on both sides. To be quick it looks only at the 64 that came last of those
# that share one of eight marks (the least hashes of five letters in a row). A system message that is in every row gives most
# of the eight marks, so that all rows share them, and a training row is forgotten after 64 others. Only copies to the letter,
# or in other capitals or spacing, are looked for everywhere. Its description calls this index bounded; the report does not say
# what was not compared. Without a system message it holds longer: 35 of 40 among 1,000 rows. For learning curves and for
# "did fine-tuning help": a file of a few rows, on which one tries the tool, shows that it works. In the file that is trained,
# test items with another sign at the end pass as new, and what the model learned by heart looks like skill. Compare each
# test item with all training rows, without the system message: 40 times 1,000 is nothing.
#
# Seen with finelint 0.2.0, letters of 40 words and a system message of 53: of 40 letters that end in another sign, 40, 18, 12
# and 1 are found in 60, 100, 200 and 1,000 rows; without the message 40, 40, 40 and 35.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check finelint==0.2.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import random
import subprocess
import sys
from importlib.metadata import version
from itertools import product
from pathlib import Path

FOLDER = Path(sys.argv[1])
SYSTEM = (
    "You are the triage desk of a household insurer. Read the letter and name the department that has to answer it: claims, "
    "contracts, billing or complaints. Give the name of the department alone, in lower case, and nothing else. If a letter "
    "concerns two departments, name the one that has to act first."
)
WORDS = ["".join(parts) for parts in product(
    "ba co di fu ge ho ki lu ma ne po ra si tu ve wo za".split(), "rn st mp ll nd sk".split(), "er y ing ed le o".split())]


def write(name, letters, system):
    turns = [{"role": "system", "content": SYSTEM}] if system else []
    reply = {"role": "assistant", "content": "claims"}
    rows = [{"messages": [*turns, {"role": "user", "content": letter}, reply]} for letter in letters]
    (FOLDER / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def found(rows, system):
    """How many of 40 test letters are found in a training file that has each of them, but for the sign at the end."""
    draw = random.Random(1)
    letters = [" ".join(draw.choice(WORDS) for _ in range(40)) for _ in range(rows)]
    write("train.jsonl", [letter + "." for letter in letters], system)
    write("test.jsonl", [letter + "!" for letter in letters[:40]], system)
    command = [Path(sys.executable).with_name("finelint"), "compare", "--split", "train=train.jsonl", "--split", "test=test.jsonl",
               "--report", "report.json", "--affected-records", "rows.json"]
    subprocess.run(command, check=True, capture_output=True, cwd=FOLDER)
    report = json.loads((FOLDER / "report.json").read_text())
    near = [one for one in report["findings"] if one["code"].startswith("CROSS_SPLIT")]
    return len({record["row"] for one in near for record in one["records"] if record["split"] == "test"})


ROWS = (60, 100, 200, 1000)
seen = {system: [found(rows, system) for rows in ROWS] for system in (True, False)}
print(f"finelint {version('finelint')}, of 40 test letters in {ROWS} rows: {seen[True]} with a system message, "
      f"{seen[False]} without")
assert seen == {True: [40, 18, 12, 1], False: [40, 40, 40, 35]}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
