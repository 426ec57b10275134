#!/bin/sh
# Polars calls poor the best grade and fair the worst in a column that pandas has in the order poor, fair, good; where
# that is a bar, it counts all replies as "fair or better".
#
# An ordered category of pandas knows that poor is less than fair. Polars makes a Categorical of it, by from_pandas and
# from the Parquet file that pandas wrote, and that has no order but the alphabet: in sort, min, max and comparisons. It
# has a type with an order, Enum, which it reads from a file that it wrote itself, and which pandas reads in its order;
# so the way there keeps the grades, and the way back loses them. Nothing is said. DuckDB keeps the order of the same
# column for ORDER BY, min and max, and compares it with a grade in the query as two texts, so that one query sorts by
# grades and filters by the alphabet. For "fine-tune, or keep prompting?": the share of replies that a judge calls fair
# or better is a number to decide by. It is 100% for each model, so that a better one cannot show, and the worst grade
# of a run is said to be fair. Cast to pl.Enum with the grades in their order; in DuckDB write g >= 'fair'::grades.
#
# Seen with Polars 2.1.0, DuckDB 2.0.1, pandas 3.1.1 and pyarrow 26.0.1: of 10 replies poor, 30 fair and 60 good, 90 are
# fair or better by pandas, by Polars' own Enum and by DuckDB with the type written out, and 100 by Polars from pandas
# and by DuckDB.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import sys
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl

GRADES = ["poor", "fair", "good"]
replies = ["poor"] * 10 + ["fair"] * 30 + ["good"] * 60
table = pd.DataFrame({"grade": pd.Categorical(replies, categories=GRADES, ordered=True)})
table.to_parquet(sys.argv[1])
own = pl.DataFrame({"grade": replies}, schema={"grade": pl.Enum(GRADES)})
database = duckdb.connect()
database.register("replies", table)
database.sql("create type grades as enum ('poor', 'fair', 'good')")


def by_duckdb(fair):
    ((count,),) = database.sql(f"select count(*) from replies where grade >= {fair}").fetchall()
    order = [grade for (grade,) in database.sql("select distinct grade from replies order by grade").fetchall()]
    return count, order, database.sql("select min(grade), max(grade) from replies").fetchall()[0]


def by_polars(rows):
    return rows.filter(pl.col("grade") >= "fair").height, rows["grade"].unique().sort().to_list(), (rows["grade"].min(), rows["grade"].max())


print(", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "pandas")), "replies that are fair or better, of 100:")
seen = {
    "pandas": (int((table["grade"] >= "fair").sum()), list(table["grade"].sort_values().unique()), (table["grade"].min(), table["grade"].max())),
    "Polars, its own Enum": by_polars(own),
    "DuckDB, the type written out": by_duckdb("'fair'::grades"),
    "DuckDB": by_duckdb("'fair'"),
    "Polars from pandas": by_polars(pl.from_pandas(table)),
    "Polars from pandas' Parquet file": by_polars(pl.read_parquet(sys.argv[1])),
}
for name, (count, order, (least, most)) in seen.items():
    print(f"  {name}: {count}; sorted {', '.join(order)}; from {least} to {most}")
right = GRADES, ("poor", "good")
assert all(seen[name] == (90, *right) for name in list(seen)[:3]) and seen["DuckDB"] == (100, *right), "the behaviour has changed"
assert all(seen[name] == (100, sorted(GRADES), ("fair", "poor")) for name in list(seen)[4:]), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/replies.parquet"
