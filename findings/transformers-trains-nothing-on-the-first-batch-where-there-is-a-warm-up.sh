#!/bin/sh
# transformers takes its first step with a learning rate of 0 as soon as there is any warm-up: a model that is
# fine-tuned on one batch of examples is its base to the last bit, and one on two batches has learned one step.
#
# A warm-up raises the learning rate from 0 in equal steps, and the first step is counted as step 0 of it. A share of
# the steps, such as the 0.03 of many recipes, is rounded up, so that one step is the least. Of a long training that is
# one batch in thousands. Of one on few examples it is all or half: 8 rows a batch and 4 batches a step make one step of
# 32 examples. The loss and the size of the gradient are printed as ever, a checkpoint is written, and nothing warns;
# "learning_rate": 0.0 in the log is all there is. For learning curves: at the smallest numbers of examples the
# fine-tuned model gives the answers of its base, item by item, and its curve starts to rise only from the second step
# on. "32 examples bring nothing" is then read off a model that was not trained, and the trainer is given up for the
# prompt; where numbers of examples are fitted by a curve, the lowest points bend it. The same recipe in another
# trainer, which counts its first step as step 1, learns. Leave the warm-up out where there are few steps, or compare
# the weights with the base's before measuring.
#
# Seen with transformers 5.24.0, torch 2.13.0 and accelerate 1.15.0, batches of 8, 4 of them a step, one epoch, and
# warmup_steps=0.03 (one step): after 8, 16 and 32 examples no weight has changed, after 64 as much as by one step; with
# warmup_steps=0 they change each time.
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

import torch  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments, set_seed  # noqa: E402

SIZES, RATE = (8, 16, 32, 64, 128), 1e-3
chance = torch.Generator().manual_seed(0)
rows = [{"input_ids": (ids := torch.randint(3, 60, (12,), generator=chance).tolist()), "labels": ids} for _ in range(max(SIZES))]


def trained(size: int, warmup: float):
    """The largest change of a weight in steps of the learning rate, the number of steps, and the loss that is logged first."""

    set_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=64, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
    ))
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    trainer = Trainer(model=model, train_dataset=rows[:size], args=TrainingArguments(
        output_dir=sys.argv[1], per_device_train_batch_size=8, gradient_accumulation_steps=4, num_train_epochs=1,
        learning_rate=RATE, lr_scheduler_type="constant_with_warmup", warmup_steps=warmup, logging_steps=1,
        save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True,
    ))
    trainer.log = lambda logs, *_: trainer.state.log_history.append(logs)
    trainer.train()
    change = max(float((weight - before[name]).abs().max()) for name, weight in model.state_dict().items())
    return round(change / RATE, 2), trainer.state.global_step, round(trainer.state.log_history[0]["loss"], 3)


seen = {(size, warmup): trained(size, warmup) for size in SIZES for warmup in (0, 0.03)}
print(", ".join(f"{name} {version(name)}" for name in ("transformers", "torch", "accelerate")))
for size in SIZES:
    (plain, steps, loss), (warm, _, same) = seen[size, 0], seen[size, 0.03]
    print(f"{size} examples, {steps} steps: without a warm-up a weight has changed by {plain} steps of the learning rate, with one "
          f"of 3% by {warm}; logged losses {loss} and {same}")
assert all(seen[size, 0][0] > 0.9 and seen[size, 0.03][0] == 0 and seen[size, 0][1] == 1 for size in (8, 16, 32)), "the behaviour has changed"
assert all(seen[size, 0][2] == seen[size, 0.03][2] > 0 for size in SIZES), "the behaviour has changed"
assert 0.9 < seen[64, 0.03][0] < 1.1 < seen[64, 0][0], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/out" 2>/dev/null
