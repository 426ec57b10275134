#!/bin/sh
# lm-evaluation-harness gives a fine-tuned model the answers of its base, where both are scored with the same
# --use_cache.
#
# By its documents, the option saves running a (model, task) pair again. But what is kept is found by the request alone:
# the words that are sent, and how they are to be answered. Which model answered is neither in the key nor in the file,
# so that with one path for a whole project, as scripts usually have it, all models share one memory. The second model
# is loaded, and not asked. Its results carry its name; a line of the log counts cached requests. For "fine-tune, or
# keep prompting?": the base is always scored first. The gain of fine-tuning is then exactly 0, at every number of
# examples and for every checkpoint, with the same items right. A smaller model seems as good as a larger one, too. Give
# each model a path of its own, and be wary where two models are right on the very same items.
#
# Seen with lm-eval 0.4.13 and datasets 5.2.0, 40 items, and a base that is right on 20: its copy, which is always
# right, has 0.5 by choice and by generated text, and was asked nothing. With a path of its own it has 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check lm-eval==0.4.13 datasets==5.2.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=str(folder / "cache"), TQDM_DISABLE="1")
from lm_eval import simple_evaluate  # noqa: E402 (after its settings)
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

logging.disable(logging.CRITICAL)
OWN_TASKS = TaskManager(include_defaults=False)
rows = [{"ask": f"Is {n} even?", "answer": "no" if n % 2 else "yes"} for n in range(40)]
(folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
ANSWERS = {row["ask"]: row["answer"] for row in rows}


class Model(LM):
    """Always right, or says yes to everything; counts what it is asked."""

    def __init__(self, knows):
        super().__init__()
        self.knows, self.asked = knows, 0

    def says(self, prompt):
        self.asked += 1
        return ANSWERS[prompt] if self.knows else "yes"

    def loglikelihood(self, requests, disable_tqdm=False):
        pairs = [one.args for one in requests]
        return [(0.0 if answer.strip() == self.says(prompt) else -9.0, True) for prompt, answer in pairs]

    def generate_until(self, requests, disable_tqdm=False):
        return [self.says(one.args[0]) for one in requests]

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError


def task(kind, metric, **settings):
    return {
        "task": kind, "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(folder / "rows.jsonl")}},
        "test_split": "test", "doc_to_text": "{{ask}}", "doc_to_target": "{{answer}}", "output_type": kind,
        "metric_list": [{"metric": metric}], **settings,
    }


TASKS = {
    "acc": task("multiple_choice", "acc", doc_to_choice=["yes", "no"]),
    "exact_match": task("generate_until", "exact_match", generation_kwargs={"until": ["\n"]}),
}


def scored(model, path):
    results = simple_evaluate(
        model, tasks=list(TASKS.values()), task_manager=OWN_TASKS, use_cache=str(folder / path), bootstrap_iters=0
    )["results"]
    shares = [float(results[one["task"]][f"{metric},none"]) for metric, one in TASKS.items()]
    return shares, model.asked


seen = {
    "base": scored(Model(knows=False), "all models"),
    "fine-tuned, same path": scored(Model(knows=True), "all models"),
    "fine-tuned, own path": scored(Model(knows=True), "fine-tuned"),
}
print(f"lm-eval {version('lm-eval')}: accuracy by choice and by generated text, and requests that the model got")
for model, (shares, asked) in seen.items():
    print(f"  {model}: {shares}, {asked}")
assert list(seen.values()) == [([0.5, 0.5], 120), ([0.5, 0.5], 0), ([1, 1], 120)], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
