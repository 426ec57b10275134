#!/bin/sh
# csvkit's csvjson, which makes JSON Lines of a table, reads the label Today as 0001-01-01, May as 0001-05-01, "5 m" as
# 0:05:00 and 12,50 as 1250.
#
# It guesses a type for each column. One whose texts can all be read by its parser of English dates becomes a column of
# dates, where today, tomorrow and the names of months count from the year 1. "5 m" is a span of time, the sign of
# percent is dropped, and a comma is one of thousands wherever it stands. "none" becomes null. What is guessed hangs on
# all rows, so that one label more changes the targets of the others. Nothing is said. For learning curves on deadlines,
# amounts and short labels: replies are compared with targets that nobody wrote, and a model that is right scores 0
# until examples show it that spelling; a model that is fine-tuned on the file learns it. Pass -I and --blanks: the
# first alone leaves "none" null.
#
# Seen with csvkit 2.2.0 and agate 1.14.2: of ten columns of labels none is as written, and with both switches all ten
# are. With the label Later in one row, Today is Today.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  csvkit==2.2.0 agate==1.14.2 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import csv
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

folder, tool = Path(sys.argv[1]), Path(sys.executable).with_name("csvjson")
COLUMNS = {
    "deadline": ["Today", "Tomorrow"], "month": ["May", "March"], "duration": ["1 h", "2 days"], "length": ["5 m", "10 m"],
    "amount": ["12,50", "0,5"], "share": ["50%", "5%"], "answer": ["yes", "no"], "reason": ["none", "late"],
    "code": ["007", "010"], "version": ["1.10", "1.9"],
}


def converted(labels, *switches):
    """The labels after a table was written as CSV, read by csvjson and written as JSON Lines."""
    table = folder / "table.csv"
    with table.open("w", newline="") as written:
        csv.writer(written).writerows([["id", "text", "label"], *([n, f"letter {n}", label] for n, label in enumerate(labels))])
    out = subprocess.run([tool, "--stream", *switches, table], check=True, capture_output=True, text=True)
    assert not out.stderr, out.stderr
    return [json.loads(line)["label"] for line in out.stdout.splitlines()]


print(f"csvkit {version('csvkit')}, agate {version('agate')}: labels, and what csvjson makes of them")
changed = 0
for name, labels in COLUMNS.items():
    after = converted(labels)
    changed += after != labels
    print(f"  {name}: {labels} -> {after}")
    assert converted(labels, "-I", "--blanks") == labels, "the behaviour has changed"
more = converted(["Today", "Tomorrow", "Later"])
print("with a third:", more)
assert changed == len(COLUMNS) and more == ["Today", "Tomorrow", "Later"], "the behaviour has changed"
assert converted(COLUMNS["deadline"]) == ["0001-01-01", "0001-01-02"], "the behaviour has changed"
assert converted(COLUMNS["amount"]) == [1250.0, 5.0], "the behaviour has changed"
assert converted(COLUMNS["reason"], "-I") == [None, "late"], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
