#!/bin/sh
# transformers calls the one or the other of two checkpoints better by how many rows are evaluated at a time, and by the
# order of the rows.
#
# eval_loss is a mean over rows of the loss of each row's batch, and that is a mean over the tokens in it. With batches
# of one, a reply of one label counts as much as one of twenty tokens; in a batch with others it counts as the one token
# that it is. Since release 4.46 the loss of training does not depend on how rows are put into batches; the one that is
# evaluated still does. So does all that goes by it, as it is the default: load_best_model_at_end, early stopping, and
# save_strategy="best". For learning curves: of checkpoints that were trained on rows of mixed length, the one that
# knows the labels is kept on a small machine, and the one that knows the long replies on a large one, by an option of
# memory alone. Sorting the rows by length gives the ranking of single rows back at any size. Sum the loss over all
# tokens of the set and divide once, or go by a metric of the replies.
#
# Seen with transformers 5.24.0, torch 2.13.0 and accelerate 1.15.0, a small model trained on labels, the same trained
# on long replies, and 64 rows of both kinds in turn: losses of 2.9 and 3.4 in batches of one, of 4.5 and 1.8 in batches
# of 2 and more, and of 2.9 and 3.4 in batches of 8 where the rows are sorted by length.
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


def row(kind: str, i: int) -> dict:
    reply = [20 + i % 2] if kind == "label" else [30 + (i + j) % 9 for j in range(20)]
    prompt = [3 if kind == "label" else 4, 5 + i % 8, 5 + i // 8 % 8]
    return {"input_ids": prompt + reply, "labels": [-100] * 3 + reply}


def batch(rows: list) -> dict:
    longest = max(len(one["input_ids"]) for one in rows)
    filled = {
        key: torch.tensor([one[key] + [value] * (longest - len(one[key])) for one in rows])
        for key, value in (("input_ids", 0), ("labels", -100))
    }
    return filled | {"attention_mask": (filled["input_ids"] != 0).long()}


def trained(kind: str) -> Trainer:
    set_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
    ))
    trainer = Trainer(model=model, data_collator=batch, train_dataset=[row(kind, i) for i in range(64)], args=TrainingArguments(
        output_dir=sys.argv[1], max_steps=40, learning_rate=3e-3, per_device_train_batch_size=8, save_strategy="no",
        logging_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True,
    ))
    trainer.log = lambda *_: None
    trainer.train()
    return trainer


def losses(size: int, rows: list) -> list:
    for trainer in trainers:
        trainer.args.per_device_eval_batch_size = size
    return [trainer.evaluate(rows)["eval_loss"] for trainer in trainers]


trainers = trained("label"), trained("long")
rows = [row(("label", "long")[i % 2], i // 2) for i in range(64)]
by_length = sorted(rows, key=lambda one: len(one["labels"]))
print(f"transformers {version('transformers')}, torch {version('torch')}: eval_loss of a model that knows labels, and of one that knows long replies")
seen = {}
for name, size, order in (("batches of 1", 1, rows), ("of 2", 2, rows), ("of 8", 8, rows), ("of 64", 64, rows), ("of 8, rows sorted by length", 8, by_length)):
    seen[name] = losses(size, order)
    print("  {}: {:.2f} and {:.2f}".format(name, *seen[name]))
labels_first = {name for name, (labels, long) in seen.items() if labels < long}
assert labels_first == {"batches of 1", "of 8, rows sorted by length"}, "the behaviour has changed"
assert seen["of 2"][0] > 2 * seen["of 2"][1], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/out" 2>/dev/null
