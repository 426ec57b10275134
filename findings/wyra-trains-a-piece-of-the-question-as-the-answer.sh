#!/bin/sh
# wyra writes a piece of the question in place of the answer into a training file, for each row of a CSV file whose question
# holds a quotation with a comma.
#
# It asks Python's csv.Sniffer how a table is written, by the first 4,096 letters. In CSV a quotation mark within a text is
# written twice. The sniffer looks for such a pair in texts without a comma; where it finds none, it says that there are none.
# A pair then ends its text, and the next comma within begins the next column: the question stops there, what follows it is
# taken for the answer, and the answer is dropped as a column too many. Nothing is said. The rows have a question and an
# answer, and pass the checks. For learning curves and fine-tuning: letters and tickets quote, so that a share of the rows
# teaches a model to go on with the question, and more rows may teach less. Its accuracy is held against that of a prompt
# with the table's own answers. Give wyra JSON Lines.
#
# Seen with wyra 0.2.0 and CPython 3.11, for 100 letters in a file by Python's csv module, 40 of them with a quotation: 60 rows
# of the training file are as written, and 40 have a piece of their question as the answer; with a row that has a
# quotation and no comma before all others, and as JSON Lines, all rows are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# Its converter of tables needs none of the packages that its local model does.
"$folder/venv/bin/pip" install --quiet --no-compile --no-deps --disable-pip-version-check wyra==0.2.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import csv
import json
import sys
from importlib.metadata import version
from pathlib import Path

from wyra import build_dataset

PLAIN = ("Letter {}: my roof, my cellar and my car were damaged, what now?", "Send form {}, please, and photographs.")
QUOTING = ('Letter {}: your clerk said "no, never", and hung up, what now?', 'Write "sorry, we will pay", and send form {}.')
SHORT = ('Who is "the insured" in letter {}?', "Whoever is named in form {}.")
LETTERS = [[part.format(n) for part in (PLAIN if n < 60 else QUOTING)] for n in range(100)]


def written(name, rows):
    """How many rows of the training file are as in the table, and how many have a piece of a question as the answer."""
    table = Path(sys.argv[1], name)
    with table.open("w", newline="", encoding="utf-8") as file:
        if table.suffix == ".csv":
            csv.writer(file).writerows([["question", "answer"], *rows])
        else:
            file.writelines(json.dumps(dict(zip(["question", "answer"], row))) + "\n" for row in rows)
    build_dataset(table, table.with_suffix(""))
    lines = [line for file in table.with_suffix("").glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    turns = [[message["content"] for message in json.loads(line)["messages"]] for line in lines]
    pieces = sum(any(answer.strip('"') in question for question, _ in rows) for _, answer in turns)
    return sum(turn in rows for turn in turns), pieces


first = [part.format(100) for part in SHORT]
seen = [written("letters.csv", LETTERS), written("first.csv", [first, *LETTERS]), written("lines.jsonl", LETTERS)]
print(f"wyra {version('wyra')}, rows as in the table, and with a piece of a question as the answer: {seen[0]} of 100; with another "
      f"first row {seen[1]}; of JSON Lines {seen[2]}")
assert seen == [(60, 40), (101, 0), (100, 0)], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
