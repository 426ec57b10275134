#!/bin/sh
# promptolution's FirstOccurrencePredictor reads every reply as the first label where labels have two words, a hyphen or
# an underscore.
#
# The reply is cut at spaces, and each word loses all signs but letters and digits before it is looked up among the
# labels, which keep theirs: "card_lost" becomes cardlost, "sci/tech" scitech, and "not spam" is never one word. What is
# not found counts as the first label, without a word; so does a refusal, or an empty reply. For learning curves: the
# right replies of a perfect model score the share of one label, whatever is shown, and every prompt that is tried
# scores the same, so that an optimizer picks one by chance. A model that cannot answer at all is given that share as
# well: the curve starts too high, and the rise that examples bring is too small. Rename the labels to single words, or
# read replies by MarkerBasedPredictor, which keeps the signs but gives the first label too where it cannot read.
#
# Seen with promptolution 2.3.0 and a model that is always right: 25% on four such labels in equal parts, 100% with the
# same as single words; a model that refuses has 25% on either.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check promptolution==2.3.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import logging
from importlib.metadata import version

import pandas as pd
from promptolution.llms.base_llm import BaseLLM
from promptolution.predictors import FirstOccurrencePredictor
from promptolution.tasks.classification_tasks import ClassificationTask
from promptolution.utils.prompt import Prompt

logging.disable(logging.CRITICAL)
SIGNS = ["card arrival", "card_lost", "top-up", "sci/tech"]


class Answers(BaseLLM):
    """Replies with what stands behind the last "=" of a text, or always with a refusal."""

    def __init__(self, refuses):
        super().__init__()
        self.refuses = refuses

    def _get_response(self, prompts, system_prompts):
        return ["I cannot say." if self.refuses else prompt.rpartition("=")[2] for prompt in prompts]


def accuracy(labels, refuses=False):
    rows = [(f"text {n} ={label}", label) for n in range(10) for label in labels]
    task = ClassificationTask(pd.DataFrame(rows, columns=["x", "y"]))
    predictor = FirstOccurrencePredictor(Answers(refuses), labels)
    return float(task.evaluate(Prompt("Which label?"), predictor).agg_scores[0])


plain = ["".join(filter(str.isalpha, label)) for label in SIGNS]
seen = [accuracy(SIGNS), accuracy(plain), accuracy(SIGNS, refuses=True), accuracy(plain, refuses=True)]
print(f"promptolution {version('promptolution')}, a model that is right: {seen[0]:.0%} on {SIGNS}, "
      f"{seen[1]:.0%} on {plain}")
print(f"one that refuses: {seen[2]:.0%} and {seen[3]:.0%}")
assert seen == [0.25, 1, 0.25, 0.25], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
