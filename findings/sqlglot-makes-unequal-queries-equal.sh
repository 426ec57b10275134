#!/bin/sh
# sqlglot's optimizer writes different queries, with different results, as one and the same text.
#
# A mark of the rows that have a partner (LEFT JOIN with a constant column, where it is NULL for the others) is
# replaced by the constant, so that each row has it, and the usual search for rows without a partner comes back empty.
# A value looked up by a subquery (in SQLite the first row found) becomes the greatest one, as if MAX had been written.
# Both happen with the default rules and a full schema, without an error. For evals of text to SQL: "equal after
# optimizing" is not proof that a reply is right, and running the optimized text in place of the reply gives it other
# rows. A reply is to be run as it was written, and to be compared by its rows.
#
# Seen with sqlglot 30.30.0 and the SQLite of Python: two pairs equal as text, with unequal rows; a search for two
# orders finds none once optimized.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps sqlglot==30.30.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import sqlite3
from importlib.metadata import version

from sqlglot.optimizer import optimize

SCHEMA = {"orders": {"id": "INT", "customer": "INT"}, "refunds": {"id": "INT", "part": "INT"},
          "vip": {"customer": "INT"}}
MARK = "FROM orders AS o LEFT JOIN (SELECT customer, 1 AS yes FROM vip) AS v ON v.customer = o.customer"
PAIRS = {
    "a mark": (f"SELECT o.id, v.yes {MARK}",
               "SELECT o.id, 1 AS yes FROM orders AS o LEFT JOIN vip ON vip.customer = o.customer"),
    "a value": ("SELECT id, (SELECT part FROM refunds AS r WHERE r.id = o.id) AS part FROM orders AS o",
                "SELECT id, (SELECT MAX(part) AS part FROM refunds AS r WHERE r.id = o.id) AS part FROM orders AS o"),
}
database = sqlite3.connect(":memory:")
database.executescript(
    "CREATE TABLE orders (id INT, customer INT); INSERT INTO orders VALUES (1, 7), (2, 8), (3, 9);"
    "CREATE TABLE vip (customer INT); INSERT INTO vip VALUES (7);"
    "CREATE TABLE refunds (id INT, part INT); INSERT INTO refunds VALUES (1, 5), (1, 9);"
)


def optimized(query):
    return optimize(query, schema=SCHEMA, dialect="sqlite").sql("sqlite")


def rows(query):
    return sorted(database.execute(query).fetchall())


print(f"sqlglot {version('sqlglot')}, SQLite {sqlite3.sqlite_version}")
for name, (one, other) in PAIRS.items():
    same, unlike = optimized(one) == optimized(other), rows(one) != rows(other)
    print(f"{name}: equal text {same}; rows {rows(one)} and {rows(other)}")
    assert same and unlike, "the behaviour has changed"
lost = f"SELECT o.id {MARK} WHERE v.yes IS NULL"
print(f"orders without a partner: {rows(lost)} as written, {rows(optimized(lost))} optimized")
assert rows(lost) == [(2,), (3,)] and rows(optimized(lost)) == [], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
