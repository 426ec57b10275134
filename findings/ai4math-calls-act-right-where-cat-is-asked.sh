#!/bin/sh
# AI4Math calls "act" right where "cat" is asked for, "on" where it is "no", 1000001 where it is 1000000, and 2e-07 where it is 1e-07.
#
# What is not the same text is read as a formula: a word is the product of its letters, so that two words with the same
# letters are equal, and none is asked whether it is a formula. Two numbers are equal if they differ by a millionth, of the larger one or
# of 1. So are all amounts below a millionth, 0 among them, and numbers of seven digits that differ by one: identifiers, article
# numbers and populations. For learning curves: its accuracy takes the answers of a file as they are, words too. A label
# that is an anagram of another one is right for both; small probabilities and prices per token are right whatever they are, so
# that the curve is at the ceiling from no example on, and there is nothing that fine-tuning could gain. Compare words by themselves,
# and numbers with a tolerance that fits them (rel_tol).
#
# Seen with ai4math 0.1.0 and sympy 1.14.0: five of five anagrams are right, as are five wrong numbers; "dog" for "cat" and
# 1000002 for 1000000 are not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check ai4math==0.1.0 sympy==1.14.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from ai4math import verify_equivalence

WORDS = {"act": "cat", "on": "no", "tap": "pat", "tar": "rat", "raw": "war"}
NUMBERS = {"1000001": "1000000", "2e-7": "1e-7", "0": "0.0000005", "-0.0000004": "0.0000004", "4711001": "4711002"}


def right(said, asked):
    result = verify_equivalence(said, asked)
    return bool(getattr(result, "correct", getattr(result, "equivalent", result)))


words = {f"{said} for {asked}": right(said, asked) for said, asked in WORDS.items()}
numbers = {f"{said} for {asked}": right(said, asked) for said, asked in NUMBERS.items()}
others = {"dog for cat": right("dog", "cat"), "1000002 for 1000000": right("1000002", "1000000")}
print(f"ai4math {version('ai4math')}: {words}, {numbers}, {others}")
assert all(words.values()) and all(numbers.values()), "the behaviour has changed"
assert not any(others.values()), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
