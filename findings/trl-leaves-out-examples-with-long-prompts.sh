#!/bin/sh
# TRL's SFTTrainer leaves out every example whose prompt fills 1,024 tokens, and does not say how many; packed, they stay
# as rows that teach nothing.
#
# Rows are cut at max_length, 1,024 unless set, from the end, which is where the reply is. A row that has no part of its
# reply left is then dropped. All that shows is a progress bar, which counts the rows that it looked at. With packing,
# rows are cut into pieces instead, and most pieces of a long prompt have nothing to learn, and are still a row each. For
# learning curves on documents, letters and tickets: of n examples only the short ones are trained, so that the points
# over n are points over fewer, the more so the longer the texts; the model that comes out knows the short ones, and
# "fine-tuning does not help here" is measured without the examples that it should have helped with. Set max_length=None,
# or as long as the longest row, and count the rows of trainer.train_dataset.
#
# Seen with trl 1.16.0, transformers 5.24.0 and torch 2.13.0: of 16 examples, every second with a prompt of 1,100 tokens,
# 8 are left by default and 16 with max_length=None; packed at 256 tokens, 8 of 9 rows have nothing to learn.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  trl==1.16.0 transformers==5.24.0 torch==2.13.0 datasets==5.2.0 accelerate==1.15.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import sys
from importlib.metadata import version

from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import SFTConfig, SFTTrainer

WORDS = ["<pad>", "<end>", "<unk>", "yes", "no", *(f"w{n}" for n in range(50))]
splits_at_spaces = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>"))
splits_at_spaces.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=splits_at_spaces, pad_token="<pad>", eos_token="<end>", unk_token="<unk>"
)
SMALL = LlamaConfig(
    vocab_size=len(WORDS), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
    num_key_value_heads=1, max_position_embeddings=2048, pad_token_id=0, eos_token_id=1, bos_token_id=None,
)


def row(n):
    length = 1100 if n % 2 else 20
    return {"prompt": " ".join(f"w{(n + word) % 50}" for word in range(length)), "completion": " yes" if n % 4 else " no"}


def left(**settings):
    """How many rows there are to train on, and how many of them have nothing to learn."""
    config = SFTConfig(output_dir=sys.argv[1], use_cpu=True, bf16=False, report_to="none", **settings)
    data = Dataset.from_list([row(n) for n in range(16)])
    trainer = SFTTrainer(model=LlamaForCausalLM(SMALL), args=config, train_dataset=data, processing_class=tokenizer)
    labels = trainer.train_dataset["labels"]
    return len(labels), sum(all(label == -100 for label in row) for row in labels)


seen = left(), left(max_length=None), left(packing=True, max_length=256)
print(f"trl {version('trl')}, 16 examples, rows and those with nothing to learn: {seen[0]} by default, "
      f"{seen[1]} with max_length=None, {seen[2]} packed at 256")
assert seen == ((8, 0), (16, 0), (9, 8)), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder" 2>/dev/null
