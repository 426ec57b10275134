#!/bin/sh
# rouge gives ROUGE-1 and ROUGE-L of 1 to a model that says the right summary ten times over, as one does that does not
# know where to stop.
#
# ROUGE counts how often each word occurs, so that what is said again lowers the precision. This package, and
# rouge-chinese, which was made from it and which LLaMA-Factory scores fine-tuned models by, count each word and each
# pair of words once unless told exclusive=False, which their descriptions do not mention. ROUGE-L of the first counts
# the words of the longest common sequence once, too. For "fine-tune, or keep prompting?": a small base model without
# examples goes on and repeats itself up to its cap, which is the first thing that examples and fine-tuning cure. By
# this score it is at the ceiling already: the curve is flat at 1, nothing is left to gain, and the tokens of ten replies are
# paid for. Take rouge-score, or pass exclusive=False.
#
# Seen with rouge 1.0.1, rouge-chinese 1.0.3 and rouge-score 0.1.2, for 40 replies of which each is its reference ten
# times: ROUGE-1, 2 and L are 1.00, 0.94 and 1.00 by the first, 1.00, 0.94 and 0.18 by the second, and 0.18, 0.16 and
# 0.18 by the third; with exclusive=False the first has what the third has.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  rouge==1.0.1 rouge-chinese==1.0.3 rouge-score==0.1.2 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version
from statistics import mean

from rouge import Rouge
from rouge_chinese import Rouge as RougeChinese
from rouge_score.rouge_scorer import RougeScorer

WHO, WHAT = ("customer", "tenant", "clinic", "school"), ("refund", "deposit", "invoice", "claim", "bonus")
REFERENCES = [f"the {what} was paid on {day} to the {who}" for what in WHAT for who in WHO for day in ("monday", "friday")]
scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])


def others(rouge):
    """A reader of a reply and its reference, by a package of this family."""
    return lambda reply, reference: [score["f"] for score in rouge.get_scores(reply, reference)[0].values()]


SCORES = {
    "rouge": others(Rouge()),
    "rouge, exclusive=False": others(Rouge(exclusive=False)),
    "rouge-chinese": others(RougeChinese()),
    "rouge-score": lambda reply, reference: [score.fmeasure for score in scorer.score(reference, reply).values()],
}


def scored(score, times):
    """ROUGE-1, 2 and L of replies that are their reference so many times, on average."""
    per_item = [score(" ".join([reference] * times), reference) for reference in REFERENCES]
    return [round(mean(column), 2) for column in zip(*per_item, strict=True)]


print(", ".join(f"{name} {version(name)}" for name in ("rouge", "rouge-chinese", "rouge-score")), "and", len(REFERENCES), "replies:")
print("ROUGE-1, 2 and L where the reference is said once, and ten times")
seen = {}
for name, score in SCORES.items():
    once, seen[name] = scored(score, 1), scored(score, 10)
    print(f"  {name}: {once}, {seen[name]}")
    assert once == [1, 1, 1], "the behaviour has changed"
assert seen["rouge"] == [1, 0.94, 1] and seen["rouge-chinese"] == [1, 0.94, 0.18], "the behaviour has changed"
assert seen["rouge-score"] == [0.18, 0.16, 0.18], "the behaviour has changed"
assert seen["rouge, exclusive=False"] == seen["rouge-score"], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
