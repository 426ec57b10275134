#!/bin/sh
# transformers saves with a tokenizer how the last rows were cut and filled up: read by tokenizers, the file counts 64
# tokens in every text, of 3 words and of 3,000, and cuts the prompt there.
#
# tokenizer(rows, truncation=True, max_length=64, padding="max_length") is how rows for training are often made. The two
# settings are left in the tokenizer beneath, and save_pretrained writes them into tokenizer.json, as a trainer does at
# each checkpoint and for each adapter. transformers itself sets both anew at each call, so that nothing shows there.
# Whatever reads the file by the library tokenizers (Tokenizer.from_file, in Python, Rust and Node) takes them as part
# of the tokenizer, cuts longer texts, fills up shorter ones, and says nothing. A call without the two settings before
# saving gives a file without them, so that it hangs on which text came last. For learning curves and costs: prompts of
# 1, 8 and 64 examples count the same, so that more examples cost nothing; and where such a file feeds a model, all
# beyond the cut, which is the question after the examples, is not read, and the curve falls as soon as the examples
# fill it. Take no_truncation() and no_padding() after reading, or save the tokenizer before use.
#
# Seen with transformers 5.24.0 and tokenizers 0.23.3, prompts of 1 to 64 examples: 17 to 650 tokens by transformers
# from the saved folder, 64 for all by tokenizers from the tokenizer.json in it; the true numbers after a call without
# settings, or with no_truncation() and no_padding().
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    transformers==5.24.0 tokenizers==0.23.3 numpy==2.3.5 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import os
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from importlib.metadata import version  # noqa: E402

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402
from transformers import AutoTokenizer, PreTrainedTokenizerFast  # noqa: E402

folder = sys.argv[1]
PROMPTS = ["Is it paid?\n" + "In: a letter\nOut: yes\n" * k + "In: a last letter\nOut:" for k in (1, 4, 8, 16, 32, 64)]
made = Tokenizer(models.BPE())
made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
made.train_from_iterator(PROMPTS, trainers.BpeTrainer(
    vocab_size=400, special_tokens=["<pad>", "<eos>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>")


def counted():
    """Tokens of each prompt by transformers, by tokenizers, and by that with both settings taken off."""

    tokenizer.save_pretrained(folder)
    again, raw = AutoTokenizer.from_pretrained(folder), Tokenizer.from_file(f"{folder}/tokenizer.json")
    rows = [[len(again(prompt)["input_ids"]) for prompt in PROMPTS], [len(raw.encode(prompt).ids) for prompt in PROMPTS]]
    read = raw.decode(raw.encode(PROMPTS[-1]).ids)
    raw.no_truncation()
    raw.no_padding()
    return *rows, [len(raw.encode(prompt).ids) for prompt in PROMPTS], read


tokenizer(PROMPTS, truncation=True, max_length=64, padding="max_length")  # rows for training
by_transformers, by_tokenizers, taken_off, read = counted()
tokenizer("one text more")
plain = counted()[1]
print(f"transformers {version('transformers')}, tokenizers {version('tokenizers')}; tokens of prompts of 1 to 64 examples")
print(f"  by transformers: {by_transformers}")
print(f"  by tokenizers: {by_tokenizers}; the question of the longest is read: {'last letter' in read}")
print(f"  by tokenizers without truncation and padding: {taken_off}; after one call without them: {plain}")
assert by_transformers == taken_off == plain and len(set(plain)) == len(PROMPTS), "the behaviour has changed"
assert set(by_tokenizers) == {64} and min(plain) < 64 < max(plain) and "last letter" not in read, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/saved" 2>/dev/null
