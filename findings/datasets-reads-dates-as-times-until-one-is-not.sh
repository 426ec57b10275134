#!/bin/sh
# datasets turns the targets of a JSON Lines file into times as long as all of them look like one, and else leaves them.
#
# The type of a column is guessed from the rows that there are. Strings such as "2026-01-02" become times, with an hour
# that nobody wrote; "2026-01-02T10:00:00+02:00" loses its offset and comes back as 08:00. One row with "unknown" more,
# and all rows of the same file are the strings they are. What is trained on, and compared with a reply, is then another
# text. For learning curves: the first 32 rows of a pool and all its rows can differ in every target, so that the step
# between two sizes measures a change of format; and an exact match calls each right reply wrong. Name the types when
# loading (features=), or read the lines with a JSON parser.
#
# Seen with datasets 5.2.0 and pyarrow 26.0.1: 32 of 32 targets are other texts, of the same rows with one more none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  datasets==5.2.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=str(folder / "cache"))
import datasets  # noqa: E402 (after its settings)

datasets.disable_progress_bars()


def targets(name, outputs):
    """Return the targets of a file, read back as text."""
    file = folder / f"{name}.jsonl"
    file.write_text("\n".join(json.dumps({"input": f"letter {n}", "output": o}) for n, o in enumerate(outputs)))
    return [str(target) for target in datasets.load_dataset("json", data_files=str(file), split="train")["output"]]


dates = [f"2026-01-{day:02d}" for day in range(1, 32)] + ["2026-02-01"]
few = targets("few", dates)
more = targets("more", [*dates, "unknown"])
(offset,) = targets("offset", ["2026-01-02T10:00:00+02:00"])
changed = sum(a != b for a, b in zip(few, more))
print(f"datasets {version('datasets')}, pyarrow {version('pyarrow')}: {dates[0]!r} is read as {few[0]!r} among "
      f"{len(dates)} dates, and as {more[0]!r} with 'unknown' behind them; {changed} of {len(dates)} differ")
print(f"'2026-01-02T10:00:00+02:00' is read as {offset!r}")
assert (few[0], more[:32], changed) == ("2026-01-01 00:00:00", dates, 32), "the behaviour has changed"
assert offset == "2026-01-02 08:00:00", "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
