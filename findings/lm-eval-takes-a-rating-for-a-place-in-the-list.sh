#!/bin/sh
# lm-evaluation-harness takes the right answer "4" for a place in the list of answers: where ratings are listed from 5 down
# to 0, the best becomes the worst, in the score and in the examples that it shows.
#
# doc_to_target may be the place of the right answer or its text. A text written as a template, "{{stars}}" as most tasks
# have it, becomes a place as soon as it is all digits, counted from 0. The score is of the answer that stands there, and
# so are the examples in the prompt. Listed from 1 on, each answer is the one after the right one; one with the last ends
# the run where it is to be an example, and not where it is scored. doc_to_target: stars, for the same field, is read as the
# text, and so are words; a list from 0 up is right by luck. For learning curves on ratings, grades and yes or no as 1 and
# 0: without an example a good model has 0, each example teaches it the mirror image, so that the curve rises as the model
# unlearns the right answer, and fine-tuning on the same rows, which are right, looks like a loss. Write the name of the
# field without braces, and look at an example of the logged prompts.
#
# Seen with lm-eval 0.4.13 and datasets 5.2.0, on 60 reviews: a model that is always right has accuracy 0, one that
# copies what the examples do has 0 without an example and 1 with two, both of which are wrong; for one to four stars
# of a list from 1 to 5 too. With the name of the field, or with words, the right model has 1 and no example is wrong.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check lm-eval==0.4.13 datasets==5.2.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import logging
import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=str(folder / "cache"), TQDM_DISABLE="1")
from lm_eval import simple_evaluate  # noqa: E402 (after its settings)
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

logging.disable(logging.CRITICAL)
OWN_TASK = TaskManager(include_defaults=False)
QUESTION = "A review gives {} of the stars. How many?"
SHOWN = re.compile(QUESTION.format(r"(\w+)").replace("?", r"\?") + r" (\w+)")


class Right(LM):
    """Says how many stars the review gives, and keeps the prompts that it was sent."""

    def __init__(self):
        super().__init__()
        self.prompts = []

    def loglikelihood(self, requests, disable_tqdm=False):
        return [self.likelihood(*request.args) for request in requests]

    def likelihood(self, prompt, answer):
        self.prompts.append(prompt)
        return 0.0 if answer.strip() == self.says(prompt) else -9.0, True

    def says(self, prompt):
        return re.findall(r"gives (\w+)", prompt)[-1]

    def generate_until(self, requests, disable_tqdm=False):
        raise NotImplementedError

    loglikelihood_rolling = generate_until


class Copies(Right):
    """Adds up to five what was added up to five in the examples, or else says what the review gives."""

    def says(self, prompt):
        given, shown = int(super().says(prompt)), SHOWN.findall(prompt)
        return str(5 - given if shown and all(int(one) + int(other) == 5 for one, other in shown) else given)


def found(model, labels, rows, target, shots):
    file = folder / f"{labels[0]}.jsonl"
    stars = [rows[n % len(rows)] for n in range(60)]
    file.write_text("\n".join(json.dumps({"ask": QUESTION.format(one), "stars": one}) for one in stars))
    task = {
        "task": "reviews", "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(file)}},
        "test_split": "test", "fewshot_split": "test", "doc_to_text": "{{ask}}", "doc_to_target": target,
        "doc_to_choice": labels, "output_type": "multiple_choice", "metric_list": [{"metric": "acc"}],
    }
    results = simple_evaluate(model, tasks=[task], task_manager=OWN_TASK, num_fewshot=shots, bootstrap_iters=0)
    wrong = sum(given != answer for given, answer in SHOWN.findall(model.prompts[0]))
    return float(results["results"]["reviews"]["acc,none"]), wrong


DOWN, WORDS = list("543210"), ["five", "four", "three", "two", "one", "none"]
cases = {
    "5 to 0, template": (Right, DOWN, DOWN, "{{stars}}"), "and a model that copies": (Copies, DOWN, DOWN, "{{stars}}"),
    "1 to 5, template": (Right, list("12345"), list("1234"), "{{stars}}"),
    "5 to 0, field": (Right, DOWN, DOWN, "stars"), "words, template": (Right, WORDS, WORDS, "{{stars}}"),
}
print(f"lm-eval {version('lm-eval')}: accuracy and wrong examples, at 0 and at 2 examples")
seen = []
for name, (kind, *case) in cases.items():
    seen.append([found(kind(), *case, shots) for shots in (0, 2)])
    print(f"  {name}:", *seen[-1])
mirrored, good = [(0, 0), (0, 2)], [(1, 0), (1, 0)]
assert seen == [mirrored, [(0, 0), (1, 2)], mirrored, good, good], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
