#!/bin/sh
# Math-Verify reads the number 1e-05 as 1, and within \boxed{} as Euler's number less five.
#
# It knows no exponent behind an e. In plain text the digits before it are the number; in LaTeX, 1e-05 is e once, less
# 5. Python writes any number below 0.0001 that way without being asked, also in JSON. Such a target is met by "1" and
# by 1e-09, but not by 0.00001. For learning curves on measures, rates and probabilities: without examples a model that
# writes the right decimal scores 0; examples show the spelling, and the curve rises by spelling alone, even for numbers
# of the wrong magnitude. Of targets on either side of 0.0001, those below are scored by another rule than the rest.
# Write targets as 0.00001 or 10^{-5}, which are read as they are meant.
#
# Seen with math-verify 0.9.0: of five small targets as Python writes them, none equals its own value as a decimal and
# each equals its leading digits; as decimals, or as a power of ten, they equal their values.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  math-verify==0.9.0 latex2sympy2_extended==1.11.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
from importlib.metadata import version

from math_verify import parse, verify

VALUES = (0.00001, 0.00002, 0.000015, 0.00007, 0.0000032)


def equal(target, reply):
    return verify(parse(target), parse(reply))


seen = {"its value": 0, "its leading digits": 0, "another magnitude": 0}
for value in VALUES:
    target = json.dumps(value)  # as any file of targets has it
    digits = target.partition("e")[0]
    decimal = f"{value:.8f}".rstrip("0")
    seen["its value"] += equal(target, decimal)
    seen["its leading digits"] += equal(target, digits)
    seen["another magnitude"] += equal(target, f"{digits}e-09")
    print(f"math-verify {version('math-verify')}: target {target}, read as {parse(target)[0]}; "
          f"{decimal}: {equal(target, decimal)}, {digits}: {equal(target, digits)}")
boxed = parse(r"\boxed{1e-05}")[0], equal(r"\boxed{1e-05}", r"\boxed{0.00001}")
clear = [equal(f"{value:.8f}", f"{value:.8f}".rstrip("0")) for value in VALUES] + [equal("$10^{-5}$", "$0.00001$")]
print(f"\\boxed{{1e-05}} is read as {boxed[0]}, 0.00001: {boxed[1]}; decimals and powers equal: {all(clear)}")
assert list(seen.values()) == [0, 5, 5] and str(boxed[0]) == "-5 + 1*E" and not boxed[1] and all(clear), \
    "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
