#!/bin/sh
# finetune-doctor keeps the worst checkpoint of a run, calls the run overfit and would delete the best, where the name of
# the score ends in "answer", "cancer" or "letter".
#
# Which way a score is better is read off its name: one that ends in wer, cer or ter, the error rates of words and
# letters, is better the lower it is, and so f1_answer and recall_cancer are taken for error rates. The name goes before
# what the run itself says: trainer_state.json of transformers has the best value and its step, by which the tool finds
# the score that the Trainer went by, and then turns it round. It says "lower is better" in its first lines, and that
# the difference is real. For "fine-tune, or keep prompting?": the model of step 50, hardly trained, is what is
# compared with the prompt, and fine-tuning loses; more epochs look harmful the more they helped; prune --mode full
# --apply deletes the checkpoint that would have won. Give --higher-is-better, or rename the score, and compare what is
# kept with best_model_checkpoint.
#
# Seen with finetune-doctor 0.2.2 and a run whose score rises from 0.35 to 0.75 at step 400 of 500: step 50 is kept, step
# 400 is "worse" and would be deleted, for f1_answer, recall_cancer and f1_letter; for f1, for f1_reply, and with
# --higher-is-better, step 400 is kept.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check finetune-doctor==0.2.2 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
SCORES = {50: 0.35, 100: 0.42, 150: 0.5, 200: 0.57, 250: 0.63, 300: 0.69, 350: 0.73, 400: 0.75, 450: 0.74, 500: 0.73}
BEST = max(SCORES, key=SCORES.get)


def run(score):
    """A folder of checkpoints with the state that transformers' Trainer writes of them."""
    output = folder / score
    log = []
    for step, value in SCORES.items():
        log.append({"epoch": step / 100, "learning_rate": 1e-5, "loss": 20 / step + 0.3, "step": step})
        log.append({"epoch": step / 100, f"eval_{score}": value, "eval_loss": 20 / step + 0.5, "step": step})
        best = max((one for one in SCORES if one <= step), key=SCORES.get)
        state = {
            "best_global_step": best, "best_metric": SCORES[best], "best_model_checkpoint": f"{output}/checkpoint-{best}",
            "epoch": step / 100, "eval_steps": 50, "global_step": step, "log_history": log, "logging_steps": 50,
            "max_steps": 500, "num_train_epochs": 5, "save_steps": 50,
        }
        checkpoint = output / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        (checkpoint / "model.safetensors").write_bytes(bytes(1000))
        (checkpoint / "trainer_state.json").write_text(json.dumps(state), encoding="utf-8")
    return output


def said(*arguments):
    command = [Path(sys.executable).with_name("finetune-doctor"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def judged(score, *direction):
    """The step that is to be kept, whether that is overfitting, and whether the best would be deleted."""
    output = run(score)
    report = said("diagnose", output, *direction, "--no-color")
    plan = said("prune", output, "--mode", "full", *direction)
    kept = int(re.search(r"KEEP checkpoint-(\d+)", report)[1])
    return kept, "Overfitting" in report, bool(re.search(rf"checkpoint-{BEST} +\d+ \w+ +whole checkpoint", plan))


print(f"finetune-doctor {version('finetune-doctor')}, best at step {BEST}: step kept, overfitting, the best to be deleted")
turned = {score: judged(score) for score in ("f1_answer", "recall_cancer", "f1_letter")}
right = {score: judged(score) for score in ("f1", "f1_reply")}
right["an f1_answer, told so"] = judged("an_f1_answer", "--metric", "an_f1_answer", "--higher-is-better")
for score, found in (turned | right).items():
    print(f"  {score}:", *found)
assert set(turned.values()) == {(50, True, True)}, "the behaviour has changed"
assert all(kept == BEST and not deleted for kept, _, deleted in right.values()), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
