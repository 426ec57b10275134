#!/bin/sh
# transformers stops a training whose accuracy rises at every evaluation, by 24 points in all, after the first 2.4 of
# them: its threshold is asked of each single step, however far a few of them have led together.
#
# EarlyStoppingCallback takes a patience and early_stopping_threshold, how much the metric must improve. An evaluation
# counts as one without gain where it is not better by the threshold than the best so far; and the best so far is moved
# up by the trainer at every gain, also at those that do not count. So a slow rise never counts. In Keras and Lightning
# min_delta is held against the last value that did count, so that small gains add up, and settings that are carried
# over mean another thing. Nothing is warned of; the run ends early, as it is meant to. For learning curves: the more
# examples, the more evaluations there are to an epoch, and the smaller the gain from one to the next. The same
# threshold lets a training on few rows go on and cuts one on many short, so that accuracy flattens with the number of
# examples, and "more examples bring nothing" comes from the option. Evaluate at a share of the training, not at a
# number of steps, or leave the threshold at 0 and give more patience.
#
# Seen with transformers 5.24.0, torch 2.13.0 and accelerate 1.15.0, accuracies from 50% in steps of 0.8 points, a
# patience of 3 and 30 epochs: with a threshold of one point it ends after 4, at a best of 52.4%; without, after 30, at
# 73.2%. In steps of 1.2 points it goes on to the end with both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  transformers==5.24.0 torch==2.13.0 accelerate==1.15.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import os
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from importlib.metadata import version  # noqa: E402

from transformers import EarlyStoppingCallback, LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments  # noqa: E402

EPOCHS, ROWS = 30, [{"input_ids": [3, 4, 5], "labels": [3, 4, 5]}] * 8
model = LlamaForCausalLM(LlamaConfig(
    vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1,
))


def ended(step: float, threshold: float):
    """After how many evaluations, and at which best accuracy, where each evaluation gains one step."""

    accuracies = iter([0.5 + step * i for i in range(EPOCHS)])
    trainer = Trainer(
        model=model, train_dataset=ROWS, eval_dataset=ROWS, compute_metrics=lambda _: {"accuracy": next(accuracies)},
        callbacks=[EarlyStoppingCallback(early_stopping_patience=3, early_stopping_threshold=threshold)],
        args=TrainingArguments(
            output_dir=sys.argv[1], num_train_epochs=EPOCHS, eval_strategy="epoch", save_strategy="best", save_total_limit=1,
            metric_for_best_model="accuracy", greater_is_better=True, report_to=[], use_cpu=True, disable_tqdm=True,
        ),
    )
    trainer.log = lambda *_: None
    trainer.train()
    return round(trainer.state.epoch), round(trainer.state.best_metric, 3)


print(f"transformers {version('transformers')}, torch {version('torch')}: evaluations until the end, and best accuracy")
seen = {(step, threshold): ended(step, threshold) for step in (0.008, 0.012) for threshold in (0.01, 0.0)}
for (step, threshold), (evaluations, best) in seen.items():
    print(f"  gains of {step:.1%} each, threshold {threshold:.0%}: {evaluations} of {EPOCHS}, {best:.1%}")
assert seen[0.008, 0.01] == (4, 0.524), "the behaviour has changed"
assert seen[0.008, 0.0] == (30, 0.732) and seen[0.012, 0.01] == seen[0.012, 0.0] == (30, 0.848), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/out" 2>/dev/null
