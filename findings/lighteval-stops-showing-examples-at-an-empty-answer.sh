#!/bin/sh
# lighteval shows fewer examples than asked for, or none, where one of the right answers to choose from is empty.
#
# Unless told otherwise it deals the examples out in turn, one of each right answer. An empty answer, as where a letter
# names no amount, is taken for the end of the deal: what came before it is shown, and no message says that k was more.
# How many are shown depends on the answers alone, not on k: where the empty one is the most frequent, none are. Where
# all answers differ, a draw decides, the same at every k. For learning curves: the score at 32 examples is the one at 0
# or 1, so that the curve is flat and reads as "examples do not help, fine-tune"; the record of the run says 32. Write a
# word such as "none" for an empty answer, or choose few_shots_select="random_sampling". The report of it is open (issue
# 1309 of its repository, July 2026).
#
# Seen with lighteval 0.13.0: at 1, 4 and 32 examples, none are shown of 40 where half the answers are empty, nor of 40
# different ones of which one is; 1 of four answers in equal parts; all with "none" in its place.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check "$@" >/dev/null 2>&1; }
pip numpy==2.4.6 pytablewriter==1.2.1
pip --no-deps lighteval==0.13.0
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version
from types import SimpleNamespace

from lighteval.tasks.prompt_manager import FewShotSampler, PromptManager
from lighteval.tasks.requests import Doc

POOLS = {
    "half of them empty": ["EUR", "", "", "USD"] * 10,
    "a quarter of them empty": ["EUR", "USD", "", "GBP"] * 10,
    "40 different ones, one empty": [f"{n} EUR" for n in range(39)] + [""],
    "none in place of empty": ["EUR", "USD", "none", "GBP"] * 10,
}


def shown(answers, k):
    """How many examples stand in the messages of an item, for so many asked for."""
    examples = [Doc(query=f"letter {n}", choices=[answer], gold_index=0) for n, answer in enumerate(answers)]
    task = SimpleNamespace(fewshot_selection=None, fewshot_split="train", fewshot_docs=lambda: examples)
    item = Doc(query="the letter", choices=["EUR"], gold_index=0)
    item.fewshot_samples = FewShotSampler(task).sample_fewshot_examples(k, 0, formatted_doc=item)
    return sum(message["role"] == "assistant" for message in PromptManager().prepare_prompt_api(item))


print(f"lighteval {version('lighteval')}: examples shown of 1, 4 and 32")
seen = {name: [shown(answers, k) for k in (1, 4, 32)] for name, answers in POOLS.items()}
for name, counts in seen.items():
    print(f"  {name}: {counts}")
assert list(seen.values()) == [[0, 0, 0], [1, 1, 1], [0, 0, 0], [1, 4, 32]], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
