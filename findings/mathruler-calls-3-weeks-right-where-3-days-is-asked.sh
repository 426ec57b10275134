#!/bin/sh
# MathRuler calls 3 weeks right where 3 days is asked for, 5 miles where it is 5 cm, Mon where it is Monday, and a reply without an
# answer where the answer is None.
#
# Units are taken out of both answers before they are compared, wherever the letters stand: not to ask for "cm" where the
# number is right, but a unit that is there on both sides is not compared either. An answer that is only a unit is empty, and
# all of them are equal; a word that has one in it loses that part. $ and % go too, so that $5 is 5%. A reply without a
# box is the text None, by which the answer "None" is right. The same number in another unit, 72 hours for 3 days, is wrong.
# For learning curves, and for training by reward, which it is made for: on questions of durations, periods and lengths a model
# is right that knows the number and guesses the unit; of a classifier by weekday or period every reply is right, or the one
# that says nothing. The curve is at the ceiling from no example on, and nothing is left for fine-tuning to gain. Keep
# units out of the target, or compare them by themselves.
#
# Seen with mathruler 0.1.0, sympy 1.14.0 and pylatexenc 2.11: eight of eight answers in another unit are right, and 72 hours is
# not; "per day" is "per year", "Mon" is "Monday", and a reply without a box is right where the answer is None.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check mathruler==0.1.0 sympy==1.14.0 \
  pylatexenc==2.11 tqdm==4.70.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from mathruler.grader import extract_boxed_content, grade_answer

WRONG = {"3 weeks": "3 days", "5 miles": "5 cm", "2 hours": "2 minutes", "10 years": "10 months", "week": "day",
         "per year": "per day", "Mon": "Monday", "$5": "5%"}
boxed = {said: grade_answer(extract_boxed_content(rf"It is \boxed{{{said}}}."), asked) for said, asked in WRONG.items()}
silent = grade_answer(extract_boxed_content("I would need to see the contract first."), "None")
same, number = grade_answer("72 hours", "3 days"), grade_answer("4 days", "3 days")
print(f"mathruler {version('mathruler')}: right where {list(WRONG.values())} are asked for: {boxed}")
print(f"no answer for None: {silent}; 72 hours for 3 days: {same}; 4 days for 3 days: {number}")
assert all(boxed.values()) and silent, "the behaviour has changed"
assert not same and not number, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
