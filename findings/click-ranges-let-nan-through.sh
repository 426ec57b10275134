#!/bin/sh
# A range of click takes "nan" as a number within it, whatever its ends, also where both are closed.
#
# The check asks whether the number is below the least or above the most; of NaN neither is true. For `--max-usd` or
# `--max-minutes` that is no small thing: every later comparison with the cap is false too, so that a cap of NaN is no
# cap, and a margin of NaN makes every difference "not beyond the margin". The ends that are refused otherwise look
# right in the help ("0<=x<=1") and in tests. Whoever measures with a budget has to refuse NaN by hand.
#
# Seen with click 8.5.1: of -1, 2, nan and -nan, the range from 0 to 1 takes the last two; inf passes a range without
# an upper end, as it may.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check click==8.5.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import click
from click.testing import CliRunner


@click.command()
@click.option("--cap", type=click.FloatRange(0, 1), required=True)
def spend(cap):
    over = 1_000_000 > cap  # what a budget asks before it stops
    click.echo(f"cap {cap}, a million is over it: {over}")


taken = {}
for text in ("-1", "2", "0.5", "nan", "-nan"):
    result = CliRunner().invoke(spend, ["--cap", text])
    taken[text] = result.exit_code == 0
    print(f"click {version('click')}, --cap {text}: {result.output.strip().splitlines()[-1]}")
assert taken == {"-1": False, "2": False, "0.5": True, "nan": True, "-nan": True}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
