#!/bin/sh
# gatecheck passes a reply that its judge calls worse than the reference, in both orders, if the judge writes "Answer A" for A.
#
# Its pairwise check shows a judge two texts headed ANSWER A and ANSWER B, twice, the second time exchanged, and asks for
# {"winner": "A"}. Of what comes back the first letter counts: "Answer B" and "answer_b" begin with an a, and are A. Whatever
# the judge says is then A both times, a win for each text, and so a tie, which passes. What cannot be read at all ("Option
# B", no JSON, an empty reply) is a tie as well. The result says "tie vs reference", as for two texts that are equally good.
# With require: win, the same judge lets nothing through, however good. For learning curves and "prompt or fine-tune?": a
# judge that follows the headings it is shown gives everybody full marks, so that the curve is flat at 100% from the first
# example on, and no prompt and no training is better than another. Ask the judge by a schema that allows A, B and tie
# alone, and try the check with a reply that is surely wrong.
#
# Seen with gatecheck 0.1.1 and a judge that is always right: of 40 wrong replies none passes where it writes A or B, and all
# 40 where it writes "Answer A", "answer_a" or "Option A"; of 40 better ones, with require: win, all 40 and none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check gatecheck==0.1.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
from importlib.metadata import version

from gatecheck.graders import run_grader

FORMS = {"A": "{}", "Answer A": "Answer {}", "answer_a": "answer_{}", "Option A": "Option {}"}


def judge(form, better):
    """A judge that names the place of the text it knows to be better, wherever that stands, in a form of its own."""
    def reply(prompt):
        first = prompt.split("ANSWER A:\n")[1].split("\n\nANSWER B:\n")[0]
        return json.dumps({"winner": form.format("A" if first == better else "B"), "rationale": "It is right."})

    return reply


def passed(form, require, output_is_better):
    """How many of 40 replies pass, all of which are better than the reference, or none."""
    count = 0
    for n in range(40):
        right, wrong = f"6 times {n} is {6 * n}.", f"6 times {n} is {6 * n + 1}."
        output, reference = (right, wrong) if output_is_better else (wrong, right)
        check = {"type": "pairwise", "reference": reference, "require": require}
        count += run_grader(check, output, judge_fn=judge(form, right)).passed
    return count


wrong = {name: passed(form, "tie", output_is_better=False) for name, form in FORMS.items()}
right = {name: passed(form, "win", output_is_better=True) for name, form in FORMS.items()}
print(f"gatecheck {version('gatecheck')}, by how the judge writes A: of 40 wrong replies pass {wrong}; of 40 better ones, with "
      f"require: win, {right}")
assert list(wrong.values()) == [0, 40, 40, 40] and list(right.values()) == [40, 0, 0, 0], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
