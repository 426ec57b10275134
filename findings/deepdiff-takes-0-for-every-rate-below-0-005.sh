#!/bin/sh
# deepdiff takes 0 for every rate below 0.005, and 0.011 for 0.012, where it is told to compare three digits in
# scientific notation.
#
# significant_digits=2 means two places behind the point, by its documentation, and number_format_notation="e" is for
# numbers of all sizes: 0.0012 is 1.20e-03 then, and two digits behind the first one count. But the number is rounded to
# two places behind its own point before it is written in that way, so that 0.0012 is 0.00e+00, and 1.234e-05 is too.
# Large numbers are compared as asked for. Decimal and Fraction are rounded as well. For learning curves on replies in
# JSON, whose numbers are compared with a tolerance: a model that says 0 for each rate, probability or price per token is
# right, and with it one that is wrong by a factor of ten. The curve starts at the ceiling, nothing is left for
# examples or fine-tuning, and what was compared is whether there is a number. Use math.isclose with rel_tol.
#
# Seen with deepdiff 9.1.0, for 40 rates from 0.0001 to 0.004: replies of 0, of half and a tenth of the rate and of 1%
# more are all equal to it; for rates a million times as large none is.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check deepdiff==9.1.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from decimal import Decimal
from importlib.metadata import version

from deepdiff import DeepDiff

RATES = [n / 10_000 for n in range(1, 41)]
REPLIES = {
    "the rate": lambda rate: rate,
    "0": lambda rate: 0.0,
    "half": lambda rate: rate / 2,
    "a tenth": lambda rate: rate / 10,
    "1% more": lambda rate: rate * 1.01,
}


def equal(reply, target):
    """Whether a reply is its target to three digits in scientific notation, by deepdiff."""
    return not DeepDiff({"rate": target}, {"rate": reply}, significant_digits=2, number_format_notation="e")


print(f"deepdiff {version('deepdiff')}: equal of 40 rates below 0.005, and of 40 a million times as large")
seen = {}
for name, reply in REPLIES.items():
    seen[name] = [sum(equal(reply(rate * size), rate * size) for rate in RATES) for size in (1, 10**6)]
    same = sum(f"{reply(rate):.2e}" == f"{rate:.2e}" for rate in RATES)
    print(f"  {name}: {seen[name]}; {same} by Python's own scientific notation")
    assert same == (40 if name == "the rate" else 0), "the behaviour has changed"
assert seen.pop("the rate") == [40, 40] and all(counts == [40, 0] for counts in seen.values()), "the behaviour has changed"
assert equal(0.011, 0.012) and equal(Decimal("0"), Decimal("0.0012")), "the behaviour has changed"
assert not equal(11.0, 12.0) and not equal(12_300.0, 12_400.0), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
