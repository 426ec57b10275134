#!/bin/sh
# transformers 5 takes the pieces of a sentencepiece file and leaves its rules: letters that are no piece vanish without
# a mark, and nearly every text has other tokens than by sentencepiece, and by transformers 4, from the same file.
#
# A tokenizer.model says how text is prepared (NFKC, several spaces to one, a space put in front or not), how pieces are
# put together (by merges, or by the likeliest split), and what an unknown letter is. LlamaTokenizer of transformers 4
# handed the file to sentencepiece. That of transformers 5 builds one fixed tokenizer of another library from its
# pieces, the one of Llama 2, whatever the file says: always merges, always a space in front, nothing prepared. Where
# the file has no pieces for single bytes, which is sentencepiece's own default, a letter that it does not know is left
# out, and so 12€ and 12 are the same tokens. Models of one's own and of smaller languages come as such a file. For
# learning curves: an old checkpoint is asked in tokens that it was not trained on, and its curve lies lower at each
# number of examples, by an upgrade of a library; one that is fine-tuned now learns the new tokens, and is served by
# llama.cpp or sentencepiece with the old ones. Counts of tokens, and so costs, move as well. Compare the tokens of some
# texts with sentencepiece's before measuring, and read such a file by sentencepiece itself, or by transformers 4, where
# they differ.
#
# Seen with transformers 5.24.0, sentencepiece 0.2.3, LlamaTokenizer, and three files made of the same texts: all of 20
# texts have other tokens than by sentencepiece, with each file; by its own defaults (likeliest split) there are 890
# tokens instead of 420, and 12€ is 12. With transformers 4.57.6 none of 20 differ, with each file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for release in 4.57.6 5.24.0; do
  python3 -m venv "$folder/$release"
  "$folder/$release/bin/pip" install --quiet --disable-pip-version-check \
      "transformers==$release" sentencepiece==0.2.3 protobuf==7.36.2 numpy==2.3.5 >/dev/null 2>&1
done
cat > "$folder/seen.py" <<'PY'
import json
import os
import random
import sys
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import sentencepiece  # noqa: E402
from transformers import LlamaTokenizer, __version__  # noqa: E402

WORDS = (
    "the payment of letter number refund invoice was not paid on time please answer yes or no claim card transfer fee "
    "customer account credit open closed late early again never today order parcel returned missing"
).split()
ITEMS = [f"Was letter {n} paid on time? The fee was 12.{n} €." for n in range(10, 20)]
ITEMS += [f"claim {n} was closed, and the  refund of {n}0 £ is late" for n in range(10, 20)]
FILES = {
    "its own defaults": {"model_type": "unigram"},
    "merges": {"model_type": "bpe"},
    "merges, bytes, no space in front": {
        "model_type": "bpe", "byte_fallback": True, "add_dummy_prefix": False, "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
    },
}
folder, chance = Path(sys.argv[1]), random.Random(0)
if not (folder / "texts.txt").exists():
    texts = [" ".join(chance.choices(WORDS, k=12)) + f", {chance.randrange(10000)}." for _ in range(800)]
    (folder / "texts.txt").write_text("\n".join(texts))
seen = {"transformers": __version__}
for name, options in FILES.items():
    path = folder / name.replace(" ", "-").replace(",", "")
    path.mkdir(exist_ok=True)
    if not (path / "tokenizer.model").exists():
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "texts.txt"), model_prefix=str(path / "tokenizer"), vocab_size=560, hard_vocab_limit=False,
            minloglevel=2, num_threads=1, **options,
        )
    own = sentencepiece.SentencePieceProcessor(model_file=str(path / "tokenizer.model"))
    there = LlamaTokenizer.from_pretrained(str(path))
    by_own, by_there = [own.encode(item) for item in ITEMS], [there.encode(item, add_special_tokens=False) for item in ITEMS]
    vanishes = there.encode("paid 12€", add_special_tokens=False) == there.encode("paid 12", add_special_tokens=False)
    seen[name] = {
        "other tokens": sum(one != other for one, other in zip(by_own, by_there, strict=True)),
        "a sign vanishes": vanishes, "tokens": [sum(map(len, by_own)), sum(map(len, by_there))],
        "first": [own.encode(ITEMS[0], out_type=str), there.tokenize(ITEMS[0])],
    }
print(json.dumps(seen))
PY
for release in 4.57.6 5.24.0; do
  "$folder/$release/bin/python" "$folder/seen.py" "$folder" > "$folder/$release.json" 2>/dev/null
done
cat > "$folder/compare.py" <<'PY'
import json
import sys
from pathlib import Path

releases = [json.loads(Path(path).read_text()) for path in sys.argv[1:]]
for seen in releases:
    print(f"transformers {seen.pop('transformers')}:")
    for name, one in seen.items():
        print(f"  {name}: {one['other tokens']} of 20 texts have other tokens than by sentencepiece, {one['tokens'][0]} tokens in all by "
              f"it and {one['tokens'][1]} here; 12€ is 12: {one['a sign vanishes']}")
        print("     ", " ".join(one["first"][0]), "|", " ".join(one["first"][1]))
four, five = ([(one["other tokens"], one["a sign vanishes"]) for one in seen.values()] for seen in releases)
assert four == [(0, False)] * 3, "the behaviour has changed"
assert five == [(20, True), (20, True), (20, False)], "the behaviour has changed"
assert releases[1]["its own defaults"]["tokens"][1] > 2 * releases[1]["its own defaults"]["tokens"][0], "the behaviour has changed"
PY
python3 "$folder/compare.py" "$folder/4.57.6.json" "$folder/5.24.0.json"
