#!/bin/sh
# fastparquet, and pandas by it, reads the first rows of a column of lists of texts right and gives None for all after
# them; of a file by DuckDB or Polars it gives None for every row, and of a column of chat messages too.
#
# Parquet may write each different text once and then its number, or the texts themselves. pyarrow begins with numbers,
# and goes over to texts when a megabyte of different ones is reached. For texts in a list, fastparquet knows the
# numbers alone: what is written otherwise becomes None, without a warning. DuckDB and Polars write texts that do not
# repeat as they are. Lists of numbers, and plain columns of text, are read right. Lists of objects, as the messages of
# a chat are, are None by anybody's file. The number of rows is right, and a column with some None looks like one in
# which some had nothing. For learning curves and retrieval: the passages that were found, accepted answers and choices
# are such lists. Rows without any are scored as found nothing, or dropped by dropna(), and only those from the later
# part of the file: accuracy falls with the length of the file, and a trial on its first rows shows nothing. Read such
# files by pyarrow.
#
# Seen with fastparquet 2026.9.0, pandas 3.1.1, pyarrow 26.0.1, DuckDB 2.0.1 and Polars 2.1.0: of 4,000 rows with three
# passages of 200 letters by pyarrow, 2,052 are right and the other 1,948 None, by pandas'
# read_parquet(engine="fastparquet") as well; of 50 rows by DuckDB and by Polars, all 50; of 50 chats by pyarrow, all
# 50.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.1 polars==2.1.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import random
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
from fastparquet import ParquetFile
from pyarrow import parquet

warnings.simplefilter("ignore")
folder, chance = Path(sys.argv[1]), random.Random(0)
passages = [["".join(chance.choices("abcdefgh ", k=200)) for _ in range(3)] for _ in range(4000)]
numbers = [[chance.random() for _ in range(3)] for _ in range(100_000)]
chats = [[{"role": "user", "content": f"question {i}"}, {"role": "assistant", "content": "yes"}] for i in range(50)]
parquet.write_table(pa.table({"rows": passages}), folder / "pyarrow.parquet")
parquet.write_table(pa.table({"rows": numbers}), folder / "numbers.parquet")
parquet.write_table(pa.table({"rows": chats}), folder / "chats.parquet")
pl.DataFrame({"rows": passages[:50]}).write_parquet(folder / "polars.parquet")
duckdb.sql(f"copy (from '{folder}/pyarrow.parquet' limit 50) to '{folder}/duckdb.parquet'")


def seen(written, read):
    """Rows that are as written, rows that are None, and others; and whether all rows before the first None are right."""

    right = [row is not None and list(row) == list(rows) for row, rows in zip(read, written, strict=True)]
    nothing = [row is None for row in read]
    begins = nothing.index(True) if any(nothing) else len(nothing)
    return sum(right), sum(nothing), len(right) - sum(right) - sum(nothing), all(right[:begins]) and all(nothing[begins:])


def by_fastparquet(name):
    return list(ParquetFile(str(folder / f"{name}.parquet")).to_pandas()["rows"])


print(", ".join(f"{name} {version(name)}" for name in ("fastparquet", "pandas", "pyarrow", "duckdb", "polars")))
results = {
    "passages by pyarrow": seen(passages, by_fastparquet("pyarrow")),
    "the same by pandas": seen(passages, pd.read_parquet(folder / "pyarrow.parquet", engine="fastparquet")["rows"]),
    "50 of them by Polars": seen(passages[:50], by_fastparquet("polars")),
    "50 of them by DuckDB": seen(passages[:50], by_fastparquet("duckdb")),
    "50 chats by pyarrow": seen(chats, by_fastparquet("chats")),
    "numbers by pyarrow": seen(numbers, by_fastparquet("numbers")),
    "passages, read by pyarrow": seen(passages, parquet.read_table(folder / "pyarrow.parquet")["rows"].to_pylist()),
}
for name, (right, nothing, other, in_order) in results.items():
    print(f"  {name}: {right} right, {nothing} None, {other} other; all right ones come first: {in_order}")
right, nothing, other, in_order = results["passages by pyarrow"]
assert right > 500 and nothing > 1000 and other == 0 and in_order, "the behaviour has changed"
assert results["the same by pandas"] == results["passages by pyarrow"], "the behaviour has changed"
assert all(value[:3] == (0, 50, 0) for key, value in results.items() if key.startswith("50 ")), "the behaviour has changed"
assert results["numbers by pyarrow"][0] == len(numbers) and results["passages, read by pyarrow"][0] == 4000, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
