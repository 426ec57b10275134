#!/bin/sh
# FineTuneCheck counts a reply that is the label to the letter as wrong, where the label begins with "answer", "result",
# "label" or "category", and so calls a fine-tuned model that is always right worse than its base.
#
# Its exact match cuts such a word from the front of a reply, with or without "is" or a colon after it, so that "The
# answer is spam" is spam. It need not be a whole word, and it is cut from the reply alone: "answered" becomes "ed",
# "Category A" becomes "A", and neither is the label that was asked for. A base model that talks first loses its "The
# answer is" and keeps the label behind it, and is right. For "fine-tune, or keep prompting?": examples in the prompt and
# fine-tuning teach a model to give the label alone, and it is just then that it scores 0: the curve falls from the first
# example on, and the better model is reported as a regression. Of two labels such as answered and unanswered only one is
# concerned, which looks like a bias of the model. Rename such labels, or name what is left of them in the sample's
# aliases.
#
# Seen with finetunecheck 2.0.2 and 40 items with four labels from "Category A" on: a base model that is right on 75%,
# and says "The answer is" before, has 0.75, its copy that gives each right label alone has 0, an improvement of -0.75;
# 1 and +0.25 with "Class A" and so on, and 0.5 where the labels are answered and unanswered.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pydantic==2.14.4 pyyaml==6.0.3 >/dev/null 2>&1
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check --no-deps finetunecheck==2.0.2 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from finetunecheck.eval.judge import ExactMatchJudge
from finetunecheck.eval.scorer import Scorer
from finetunecheck.models import ProbeSample

judge = ExactMatchJudge("classification")


def score(labels, replies):
    samples = [ProbeSample(id=str(n), input=f"item {n}", reference=label) for n, label in enumerate(labels)]
    return Scorer.compute_category_scores(judge.evaluate_batch(samples, replies), "classification")


def compared(*labels):
    """A base model that is right on three items of four and talks, and one that gives each right label."""
    right = [labels[n % len(labels)] for n in range(40)]
    wrong = [labels[(n + 1) % len(labels)] for n in range(40)]
    talks = [f"The answer is {wrong[n] if n < 10 else right[n]}" for n in range(40)]
    base, tuned = score(right, talks), score(right, right)
    return base.mean_score, tuned.mean_score, Scorer.compute_target_improvement(base, tuned)


seen = [
    compared(*(f"{word} {letter}" for letter in "ABCD")) for word in ("Category", "Class")
] + [compared("answered", "unanswered")]
print(f"finetunecheck {version('finetunecheck')}, base, tuned and improvement by labels: {seen}")
assert seen == [(0.75, 0, -0.75), (0.75, 1, 0.25), (0.75, 0.5, -0.25)], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
