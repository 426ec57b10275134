#!/bin/sh
# regressgate reads "25 m" as 25 million, "5 t" as 5 trillion and "300 K" as 300,000, so that a right length, weight or
# temperature is wrong.
#
# Its check "number" takes m, b, t and k behind a number, with a space or without, in capitals or not, for million, billion,
# trillion and thousand. It asks for no sign of money before them, and no setting turns it off: its unit is $, % or none. 25
# metres and 25 minutes ("25 m"), 5 tonnes and 300 kelvin are read so; "25 metres" and "25 min" are 25. And .5 is read as 5.
# For learning curves: examples show how an answer is written, and many write a unit short. A model that wrote "25 metres"
# without examples, and was right, is wrong as soon as it has learned "25 m". The curve falls as the model gets better, and
# fine-tuning on the same rows makes it fail the gate. Use the check "regex" or "equals" where units are short.
#
# Seen with regressgate 0.1.0: of six right replies with a short unit none passes, and with the unit in full all six; where
# 0.5 is asked for, the reply ".5" fails, and it passes where 5 is.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check regressgate==0.1.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from regressgate import TargetResult
from regressgate.checks import get_check

SHORT = {"25 m": 25, "The pool is 25m long.": 25, "It weighs 5 t.": 5, "300 K": 300, "2.5 m": 2.5, "400 m hurdles": 400}
FULL = {"25 metres": 25, "The pool is 25 metres long.": 25, "It weighs 5 tonnes.": 5, "300 kelvin": 300, "2.5 minutes": 2.5,
        "400 metres hurdles": 400}


def verdict(reply, value):
    return get_check("number")(TargetResult(output=reply), {"value": value, "abs_tol": 0.001})


def passed(replies):
    return sum(verdict(reply, value).passed for reply, value in replies.items())


read = {reply: verdict(reply, value * scale).detail for reply, value, scale in
        [("25 m", 25, 1e6), ("It weighs 5 t.", 5, 1e12), ("300 K", 300, 1e3)]}
point = verdict(".5", 0.5).passed, verdict(".5", 5).passed
print(f"regressgate {version('regressgate')}, right replies that pass: {passed(SHORT)} of {len(SHORT)} with a short unit, "
      f"{passed(FULL)} in full; read as: {read}; '.5' passes for 0.5 and 5: {point}")
assert (passed(SHORT), passed(FULL)) == (0, 6) and point == (False, True), "the behaviour has changed"
assert read == {"25 m": "found 2.5e+07", "It weighs 5 t.": "found 5e+12", "300 K": "found 300000"}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
