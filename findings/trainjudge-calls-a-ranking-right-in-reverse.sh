#!/bin/sh
# TrainJudge calls a ranking from the bottom up right where one from the top down is asked for, if what is ranked by is a count
# or a sum.
#
# It runs a reply's query and the right one, and compares rows. By its description their order counts where the right query
# ends with ORDER BY. That is looked for by a pattern that allows no brackets after these words, so that none is found in
# "ORDER BY COUNT(*) DESC" or "ORDER BY SUM(amount)", the usual form of "which sell best". Any order then is right. With a name
# for the sum, "ORDER BY best DESC", the order counts. For "fine-tune, or keep prompting?", which is what the tool
# decides: a base model that leaves the order out, or turns it round, is right on all such items. Nothing is left to gain on
# them, and a fine-tuning that taught it to sort is rejected for having improved nothing. Name what is ranked by in the right
# query, or end it with LIMIT, where the rows differ too.
#
# Seen with trainjudge 0.3.1 and the SQLite of Python: for four rankings by an aggregate, the reverse and no order at all have
# accuracy 1; with a name for what is ranked by, both have 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check trainjudge==0.3.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

from trainjudge.eval_sql import Database, evaluate

tables = Path(sys.argv[1], "shop.sql")
sales = [(city, amount) for place, city in enumerate(["Rome", "Oslo", "Bern", "Lima"]) for amount in range(1, 4 + 2 * place)]
tables.write_text("CREATE TABLE sales (city TEXT, amount REAL);" + "".join(
    f"INSERT INTO sales VALUES ('{city}', {amount});" for city, amount in sales))
database = Database(tables)


def accuracy(reply, right):
    rows = [{"prompt": f"Which cities sell best? ({n})", "completion": query} for n, query in enumerate(right)]
    return evaluate(database, rows, [reply(query) for query in right]).accuracy


BY = ["COUNT(*)", "SUM(amount)", "MAX(amount)", "ROUND(AVG(amount), 1)"]
bare = [f"SELECT city FROM sales GROUP BY city ORDER BY {what} DESC" for what in BY]
named = [f"SELECT city, {what} AS best FROM sales GROUP BY city ORDER BY best DESC" for what in BY]
replies = {
    "as asked": lambda query: query,
    "reversed": lambda query: query.replace(" DESC", " ASC"),
    "unordered": lambda query: query[: query.index(" ORDER BY")],
}
seen = {name: (accuracy(reply, bare), accuracy(reply, named)) for name, reply in replies.items()}
print(f"trainjudge {version('trainjudge')}, accuracy on {len(BY)} rankings by an aggregate, and with a name for it: {seen}")
assert seen == {"as asked": (1, 1), "reversed": (1, 0), "unordered": (1, 0)}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
