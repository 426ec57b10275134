#!/bin/sh
# srsly reads the 0.7 of a JSON Lines file as 0.7000000000000001, and one in seven of all rates with three decimals as
# another number.
#
# spaCy and Prodigy read and write their files by it. It brings a ujson of 2016, which adds a number up from its digits,
# so that the last of 53 bits is often wrong. From the same file, json reads the nearest number there is. Written, every
# number has ten decimals at most: 1.2e-11 becomes 0.0. For learning curves: a target that was read so equals no right
# reply, since the reply 0.7 is read as 0.7. With a rate of three decimals among the fields, a seventh of all objects is
# wrong at every number of examples: no model gets past that ceiling. Written as text into a prompt or a training file,
# the target is 0.7000000000000001 itself, which is what the model learns to say. Read such files with json, or keep
# such values as text.
#
# Seen with srsly 2.5.6: of the numbers with one, two, three and four decimals below 1, 3 of 10, 10 of 100, 144 of 1,000
# and 3,241 of 10,000 are read as others, and none by json; a prompt made from the file has 144 targets of 17 digits.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check srsly==2.5.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import sys
from importlib.metadata import version
from pathlib import Path

import srsly

file = Path(sys.argv[1])


def rows(decimals):
    """A file with each number of so many decimals below 1, read by srsly and by json."""
    count = 10**decimals
    file.write_text("".join(f'{{"target": {n / count:.{decimals}f}}}\n' for n in range(count)))
    return list(srsly.read_jsonl(file)), [json.loads(line) for line in file.read_text().splitlines()]


print(f"srsly {version('srsly')}: numbers below 1 that are read as another one than by json")
seen = {}
for decimals in (1, 2, 3, 4):
    by_srsly, by_json = rows(decimals)
    assert [row["target"] for row in by_json] == [float(f"{n / 10**decimals:.{decimals}f}") for n in range(10**decimals)]
    other = [(right["target"], read["target"]) for read, right in zip(by_srsly, by_json) if read != right]
    seen[decimals] = len(other)
    print(f"  {decimals} decimals: {len(other)} of {len(by_srsly)}; {other[-1][0]} as {other[-1][1]}")
long = sum(len(json.dumps(row["target"])) > 10 for row in rows(3)[0])
written = srsly.json_dumps({"probability": 1.2e-11, "mean": 2 / 3})
print(f"  0.7 as {srsly.json_loads('0.7')}; targets that json.dumps then writes with more than ten signs: {long} of 1000")
print(f"  1.2e-11 and 2/3 are written as {written}")
assert seen == {1: 3, 2: 10, 3: 144, 4: 3241} and long == 144, "the behaviour has changed"
assert srsly.json_loads("0.7") != 0.7 and json.loads(written)["probability"] == 0, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/rows.jsonl" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
