#!/bin/sh
# lm-evaluation-harness can show an item among its own examples, answer included, and the more examples the more often.
#
# An item is left out of its own examples only where the task names one split for both, in test_split and in
# fewshot_split. A task that scores its validation split, or that names no split for the examples, takes them from the
# very items that are scored, and nothing is left out, though the same release does so in the other case. What is shown
# is drawn anew for each item, so that of n items k / n see themselves at k examples. For learning curves: a model that
# learns nothing and copies has a curve that rises in a straight line, which reads as "still rising, fine-tune"; with
# the 40 items of a first trial it is most of the score at 32 examples. Give the examples a split of their own
# (fewshot_split), and look for the question in the logged prompts.
#
# Seen with lm-eval 0.4.13, datasets 5.2.0 and a model that only copies, on 40 items: accuracy 0, 0.33 and 0.88 at 0, 8
# and 32 examples where the task has a test split alone, or a validation split that fewshot_split names too; 0 at each
# with test_split and fewshot_split both "test".
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
SHOTS, OWN_TASK = (0, 8, 32), TaskManager(include_defaults=False)


class Copies(LM):
    """Knows nothing: repeats what stands behind the same question further up in the prompt, if it is there."""

    def generate_until(self, requests, disable_tqdm=False):
        return [self.reply(*request.args[0].split("\n\n")) for request in requests]

    def reply(self, *parts):
        *examples, question = parts
        return next((one.removeprefix(question).strip() for one in examples if one.startswith(question)), "none")

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


file = folder / "items.jsonl"
file.write_text("\n".join(json.dumps({"ask": f"Gate of flight {n}?", "gate": f"B{n * 7 % 40}"}) for n in range(40)))


def accuracy(shots, splits):
    task = {
        "task": "gates", "dataset_path": "json", "dataset_kwargs": {"data_files": {s: str(file) for s in splits.values()}},
        "doc_to_text": "{{ask}}", "doc_to_target": "{{gate}}", "output_type": "generate_until",
        "generation_kwargs": {"until": ["\n"]}, "metric_list": [{"metric": "exact_match"}], **splits,
    }
    found = simple_evaluate(Copies(), tasks=[task], task_manager=OWN_TASK, num_fewshot=shots, bootstrap_iters=0)
    return round(float(found["results"]["gates"]["exact_match,none"]), 3)


print(f"lm-eval {version('lm-eval')}: a model that only copies, at {SHOTS} examples, of 40 items")
curves = []
for splits in ({"test_split": "test"}, {"validation_split": "validation", "fewshot_split": "validation"},
               {"test_split": "test", "fewshot_split": "test"}):
    curves.append([accuracy(shots, splits) for shots in SHOTS])
    print(f"  {splits}: {curves[-1]}")
unnamed, validation, named = curves
assert unnamed == [0, 0.325, 0.875] and validation == unnamed and named == [0] * 3, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
