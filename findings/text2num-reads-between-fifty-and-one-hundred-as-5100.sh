#!/bin/sh
# text2num makes "between 5100" of "between fifty and one hundred", "between 102 100 euros" of "between one hundred and two hundred
# euros", and "2.5 1000000" of "two point five million"; number-parser does too.
#
# "and" is a part of numbers, as in one hundred and five, and so what follows it is taken for the end of the number before it as
# long as it fits there: of "two hundred" the two goes to the number before, and "hundred" is left as 100. Fifty takes "one
# hundred" whole. A number with a point ends where a word of size follows. It is a plain text that comes out, with digits in it, and
# nothing doubtful is said. French has the first too. For learning curves on letters and calls: numbers in replies and targets are often
# brought to digits before they are compared, and transcripts before they are trained on. Of every range a right reply in
# digits is wrong, until examples show words; amounts in millions are two numbers; what is trained on names sums that nobody wrote.
# Convert one number at a time, and leave out texts with "and" between two of them.
#
# Seen with text2num 3.1.0 and number-parser 0.3.2: of six ranges joined by "and", five are other numbers by both, and with "to"
# in its place all six are right; "2,5000000" for two and a half million in Spanish, and 102 100 for 100 to 200 in French.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check text2num==3.1.0 number-parser==0.3.2 \
  >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from number_parser import parse
from text_to_num import alpha2digit

RANGES = {
    "between twenty {} thirty": "between 20 {} 30",
    "between fifty {} one hundred": "between 50 {} 100",
    "between one hundred {} two hundred euros": "between 100 {} 200 euros",
    "between two hundred {} three hundred": "between 200 {} 300",
    "between five hundred {} one thousand": "between 500 {} 1000",
    "between one thousand {} two thousand": "between 1000 {} 2000",
}
READERS = {"text2num": lambda text: alpha2digit(text, "en"), "number-parser": parse}
for name, read in READERS.items():
    joined = [read(text.format("and")) for text in RANGES]
    right = sum(read(text.format("and")) == digits.format("and") for text, digits in RANGES.items())
    apart = sum(read(text.format("to")) == digits.format("to") for text, digits in RANGES.items())
    print(f"{name} {version(name)}: {joined}, {right} of 6 right; {apart} of 6 with to; {read('two point five million')!r}")
    assert right == 1 and apart == 6 and "between 5100" in joined, "the behaviour has changed"
    assert "between 102 100 euros" in joined, "the behaviour has changed"
millions = alpha2digit("two point five million", "en"), alpha2digit("dos coma cinco millones", "es")
french = alpha2digit("entre cent et deux cents euros", "fr")
print(f"text2num: {millions}, {french!r}")
assert millions == ("2.5 1000000", "2,5000000") and french == "entre 102 100 euros", "the behaviour has changed"
assert parse("two point five million") == "2 point 5000000", "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
