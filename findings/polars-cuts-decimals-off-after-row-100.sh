#!/bin/sh
# polars cuts the decimals off targets that come after the hundredth row, where those before are whole numbers, and drops
# fields that only later rows have.
#
# Made from a list of rows, a table takes the types of its columns from the first 100. A number that does not fit later on
# is made to fit: 2.5 becomes 2, -0.5 becomes 0, and true or false where those before are so. A field that begins later
# is left out, at the top and within messages. strict is on by default, and said to raise where a value does not match;
# the same values given as a column do raise, and so does a text. For learning curves: from 100 examples on each further
# one can be wrong in its target or lack its context, so that the curve falls, or flattens, where data is added; a reply
# that is right is then scored as wrong. "weight": 0, which marks what is not to be learned, is lost from a training
# file the same way. Give infer_schema_length=None, or a schema.
#
# Seen with polars 2.1.0: of 150 targets, the last 30 of which have decimals, 30 are other numbers, also within objects,
# and none with infer_schema_length=None; 30 contexts and 30 weights are lost.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check polars==2.1.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import polars


def row(n):
    late = n >= 120
    target = n + 0.5 if late else n
    said = [{"role": "assistant", "content": "ok", **({"weight": 0} if late else {})}]
    return {"input": f"question {n}", "target": target, "answer": {"total": target}, "messages": said,
            **({"context": "a document"} if late else {})}


ROWS = [row(n) for n in range(150)]


def lost(**settings):
    """How many targets, answers, contexts and weights are not those of the rows."""
    read = polars.DataFrame(ROWS, strict=True, **settings).to_dicts()
    pairs = list(zip(ROWS, read, strict=True))
    return {
        **{field: sum(was[field] != now[field] for was, now in pairs) for field in ("target", "answer")},
        "context": sum(was.get("context") != now.get("context") for was, now in pairs),
        "weight": sum(was["messages"][0].get("weight") != now["messages"][0].get("weight") for was, now in pairs),
    }


try:
    polars.DataFrame({"target": [row["target"] for row in ROWS]})
    as_a_column = "taken"
except TypeError:
    as_a_column = "refused"
seen, all_rows = lost(), lost(infer_schema_length=None)
print(f"polars {version('polars')}, of {len(ROWS)} rows changed: {seen}; by all rows {all_rows}; as a column {as_a_column}")
assert set(seen.values()) == {30} and set(all_rows.values()) == {0}, "the behaviour has changed"
assert as_a_column == "refused", "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
