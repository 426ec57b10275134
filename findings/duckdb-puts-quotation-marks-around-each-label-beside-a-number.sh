#!/bin/sh
# DuckDB puts quotation marks around every label of a JSON Lines file as soon as one label is a number: claims is read
# as "claims", with the marks, and goes so into Parquet and CSV.
#
# A column that holds texts alone becomes texts. One that holds a text and a number becomes a column of JSON, and the
# value of each row is the JSON of what stood there, marks and escapes included: a line end in a text is a backslash and
# an n. These letters are what Python, pandas and pyarrow get, as plain text, and nothing is said. One row of forty, a 7
# among labels or an amount in a column of answers, so changes the thirty-nine others, and a file that has such a row
# later than another reads otherwise than that. For learning curves: no reply equals its target, at any number of
# examples, until examples show the marks; a model that is fine-tuned on the Parquet file learns to write them, and
# wins. Give columns={'label': 'VARCHAR'}, which reads both as they are.
#
# Seen with duckdb 2.0.1, pandas 3.1.1 and pyarrow 26.0.1, for 40 labels: 40 of 40 are as written where all are texts,
# and none of the 39 texts where one is a number, in Python, in pandas, in Parquet and in CSV; with the type given, all
# 39 are.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  duckdb==2.0.1 pandas==3.1.1 pyarrow==26.0.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import csv
import json
import sys
from importlib.metadata import version

import duckdb
import pyarrow.parquet

folder = sys.argv[1]
LABELS = ["claims", "contracts", "payments", "other\nletters"] * 10


def read(labels, columns=""):
    """The labels of a JSON Lines file, as four readers have them."""
    file = f"{folder}/rows.jsonl"
    with open(file, "w") as written:
        written.writelines(json.dumps({"id": n, "label": label}) + "\n" for n, label in enumerate(labels))
    rows = f"SELECT * FROM read_json('{file}'{columns}) ORDER BY id"
    duckdb.sql(f"COPY ({rows}) TO '{folder}/rows.parquet'")
    duckdb.sql(f"COPY ({rows}) TO '{folder}/rows.csv'")
    with open(f"{folder}/rows.csv", newline="") as written:
        in_csv = [row["label"] for row in csv.DictReader(written)]
    return {
        "Python": [label for _, label in duckdb.sql(rows).fetchall()],
        "pandas": duckdb.sql(rows).df()["label"].tolist(),
        "Parquet": pyarrow.parquet.read_table(f"{folder}/rows.parquet")["label"].to_pylist(),
        "CSV": in_csv,
    }


def kept(labels, columns=""):
    """How many of the texts each reader has as they were written."""
    texts = [n for n, label in enumerate(labels) if isinstance(label, str)]
    return {name: sum(found[n] == labels[n] for n in texts) for name, found in read(labels, columns).items()}


mixed = [*LABELS[:-1], 7]
typed = ", columns={'id': 'BIGINT', 'label': 'VARCHAR'}"
print(f"duckdb {version('duckdb')}: texts that are as written")
seen = {"40 texts": kept(LABELS), "39 texts and a number": kept(mixed), "with the type given": kept(mixed, typed)}
for name, counts in seen.items():
    print(f"  {name}: {counts}")
print("  for example:", read(mixed)["Parquet"][:4])
for counts, expected in zip(seen.values(), (40, 0, 39), strict=True):
    assert set(counts.values()) == {expected}, "the behaviour has changed"
assert read(mixed)["Parquet"][:4] == ['"claims"', '"contracts"', '"payments"', '"other\\nletters"'], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
