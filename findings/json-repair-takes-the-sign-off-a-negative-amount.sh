#!/bin/sh
# json-repair reads −12.50, with the minus sign of Unicode, as 12.5, and so it does (12.50), <5 and ±2; 12:30 is 12, and
# 1.5 million is 1.5.
#
# Where the value of a field begins with a sign that it does not know, the sign is skipped up to the first digit, and
# what is a number from there on is the value, as a number. The minus sign of Unicode (U+2212), the dash that many texts
# have in its place, the brackets of bookkeeping, "less than" and "not equal" go that way; only the hyphen is a sign.
# After the digits, what can't belong to a number is skipped too, with the rest of the value. Nothing is raised, and the
# log that can be asked for has no entry for any of the lost signs. For learning curves on letters, accounts and lab
# reports: a model that copies the amount as the text has it, without quotation marks, is wrong by the sign and scores
# 0, until examples show it the hyphen; and one that writes −12.50 where 12.50 is right scores 1. Sums and means over
# what was read have the wrong sign, as have the targets of a training file that was read in this way. Ask for such a
# field as a string, or count a reply as unreadable that json.loads refuses.
#
# Seen with json-repair 0.64.6: six amounts that say less than zero, about, or a bound are all the bare number, with an
# empty log; of a span of time, an amount in millions and a choice of two, the first number is left. With a hyphen,
# -12.50 is what it is.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check json-repair==0.64.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
from importlib.metadata import version

import json_repair

SIGNED = ["\u221212.50", "\u201312.50", "(12.50)", "<12.50", "\u226012.50", "\u00b112.50"]
LONGER = ["12:30", "1.5 million", "5 or 6", "1 250.00"]


def read(written):
    """What json-repair reads as the field's value, and how many entries its log has."""
    text = '{"amount": %s, "label": "open"}' % written
    try:
        json.loads(text)
    except ValueError:
        pass
    else:
        raise SystemExit(f"{text} is JSON")
    plain, log = json_repair.loads(text, logging=True)
    assert plain == json_repair.loads(text) and plain["label"] == "open", "the behaviour has changed"
    return plain["amount"], len(log)


signed = {written: read(written) for written in SIGNED}
longer = {written: read(written)[0] for written in LONGER}
print(f"json-repair {version('json-repair')}, value and entries of the log: {signed}")
print(f"and {longer}; with a hyphen {json_repair.loads('{amount: -12.50}')}")
assert set(signed.values()) == {(12.5, 0)}, "the behaviour has changed"
assert list(longer.values()) == [12, 1.5, 5, 1], "the behaviour has changed"
assert json_repair.loads("{amount: -12.50}") == {"amount": -12.5}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
