#!/bin/sh
# To load a GGUF file's weights, transformers reads its vocabulary twice, an object for every word, and uses neither.
#
# `from_pretrained(..., gguf_file=...)` opens the file once for the settings and once for the weights. Each time gguf's
# reader makes an array of one element for the length, and one for the letters, of every token, every merge, every score
# and every kind of token, and transformers then makes Python values of all of them; of a causal model's weights nothing
# hangs on any. So the time goes with the vocabulary and not with the model: with 262,144 tokens, as Gemma's small models
# have, 35 of the 43 seconds that 270 million parameters took here. For a learning curve: the first training of a packaged
# model waits for this, however few the examples; convert once, and train from the converted folder after that.
#
# Seen with transformers 5.24.0, gguf 0.19.0, torch 2.13.0: a model of 2 layers and 8 columns is read in 2 openings, and in
# 5 s instead of 0.03 s where 50,000 words stand in its file. The weights are the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  transformers==5.24.0 gguf==0.19.0 torch==2.13.0 accelerate==1.15.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import sys
import time
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
WORDS, WIDTH, LAYERS = 50_000, 8, 2
SHAPES = {
    "attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH),
    "ffn_gate": (16, WIDTH), "ffn_up": (16, WIDTH), "ffn_down": (WIDTH, 16), "attn_norm": (WIDTH,), "ffn_norm": (WIDTH,),
}
folder = Path(sys.argv[1])


def written(name: str, with_words: bool) -> str:
    writer = gguf.GGUFWriter(folder / name, "llama")
    for add, value in (
        (writer.add_block_count, LAYERS), (writer.add_context_length, 64), (writer.add_embedding_length, WIDTH),
        (writer.add_feed_forward_length, 16), (writer.add_head_count, 2), (writer.add_head_count_kv, 2),
        (writer.add_layer_norm_rms_eps, 1e-5), (writer.add_vocab_size, WORDS),
    ):
        add(value)
    if with_words:
        writer.add_token_list([f"word{i}" for i in range(WORDS)])
        writer.add_token_scores([0.0] * WORDS)
        writer.add_token_types([1] * WORDS)
    shapes = {"token_embd.weight": (WORDS, WIDTH), "output_norm.weight": (WIDTH,)}
    shapes |= {f"blk.{i}.{part}.weight": shape for i in range(LAYERS) for part, shape in SHAPES.items()}
    for key, shape in shapes.items():
        writer.add_tensor(key, np.random.default_rng(0).normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return name


openings = 0
opened = gguf.GGUFReader.__init__


def counted(self, *arguments, **options):
    global openings
    openings += 1
    opened(self, *arguments, **options)


gguf.GGUFReader.__init__ = counted
names = {with_words: written(f"words-{with_words}.gguf", with_words) for with_words in (False, True)}
AutoModelForCausalLM.from_pretrained(folder, gguf_file=names[False])  # what is imported once
took, weights = {}, {}
for with_words, name in names.items():
    openings, began = 0, time.process_time()
    weights[with_words] = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name).state_dict()
    took[with_words] = time.process_time() - began
    print(f"{WORDS:,} words {'in the file' if with_words else 'left out'}: {openings} openings")
equal = all(bool((weights[True][key] == values).all()) for key, values in weights[False].items())
print(f"transformers {version('transformers')}, gguf {version('gguf')}, torch {version('torch')}")
print(f"the same weights: {equal}; with the words at least 10 times the time: {took[True] > 10 * took[False]}")
print(f"({took[False]:.2f} s and {took[True]:.2f} s of processor time)")
assert openings == 2 and equal and took[True] > 10 * took[False], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
