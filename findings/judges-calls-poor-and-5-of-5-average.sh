#!/bin/sh
# The jury of the package judges gives 3 of 5 to a reply that all its judges call poor, or very good, or rate 5, where their type is
# Likert; and the means 3.5 and 4.5 of two juries are both a 4.
#
# A score whose type is Likert is looked up among five words, terrible, bad, average, good and excellent, and is 3 if it is none of
# them. Any number is, and so is every other word, though the judge's model is told that any such labels will do. The mean
# of numbers is rounded to a whole one, and halves go to the even neighbour. Votes of yes and no that are equal go to the judge that
# was named first. Nothing says that a score was not understood. For "fine-tune, or keep prompting?": a jury is asked for
# differences that one judge does not see. One that rates from 1 to 5 and calls that Likert, or says poor and fair, finds every
# reply and every model average, so that no example and no training helps; where it gives numbers, two judges who both see a
# point of gain, from 3 and 4 to 4 and 5, have found nothing. Average the judgments that the verdict holds.
#
# Seen with judges 0.1.1: three times 5, "poor", "very good" or "strongly disagree" is 3 as Likert by average, median and majority, and
# "excellent" 5; 3 and 4 are 4, 4 and 5 are 4; yes and no are yes, no and yes are no.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check judges==0.1.1 pydantic==2.14.4 \
  instructor==1.17.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from judges.base import BaseJudge, Judgment, Jury


class Fixed(BaseJudge):
    """A judge that says the same of every reply."""

    def __init__(self, score, kind):
        self.said = Judgment(score=score, reasoning="as told", score_type=kind)

    def judge(self, input, output=None, expected=None):
        return self.said


def verdict(scores, kind, method):
    jury = Jury([Fixed(score, kind) for score in scores], voting_method=method)
    return jury.vote(input="a question", output="a reply").score


WORDS = {5: 3, "poor": 3, "very good": 3, "strongly disagree": 3, "excellent": 5}
METHODS = ("average", "median", "majority")
words = {word: {verdict([word] * 3, "likert", method) for method in METHODS} for word in WORDS}
means = [verdict(scores, "numerical", "average") for scores in ([3, 4], [4, 5])]
ties = [verdict(votes, "boolean", "majority") for votes in ([True, False], [False, True])]
print(f"judges {version('judges')}: on a Likert scale {words}; means of 3.5 and 4.5 {means}, ties {ties}")
assert words == {word: {score} for word, score in WORDS.items()}, "the behaviour has changed"
assert means == [4, 4] and ties == [True, False], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
