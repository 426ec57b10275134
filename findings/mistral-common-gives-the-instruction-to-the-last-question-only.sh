#!/bin/sh
# mistral-common writes the system message before the last question only, so that a training row of three teaches two
# replies without it.
#
# For models of its formats v2 and v3 (Mistral 7B, Mistral NeMo) the system message becomes a part of the user's last
# message, wherever it stood. A conversation that goes on is therefore not its beginning and something more: the
# instruction has moved. mistral-finetune builds its rows the same way and learns each reply of a row, so that all but
# the last are learned after a text without the instruction, while a model that is asked the first question gets it with
# the instruction. In a prompt whose examples are turns, the instruction comes after all of them. For learning curves:
# rows of many turns and rows of one are two kinds of training, and the gain of one says little of the other; a cache of
# the common beginning ends where the last question began. Make a row of each reply, or write the instruction into each
# question. Format v7 keeps it in front.
#
# Seen with mistral-common 1.13.1 and the vocabularies in its wheel: of three prompts within a row of three turns, one
# is the beginning of the row with v3, two of them learned without the instruction; all three are with v7.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  mistral-common==1.13.1 sentencepiece==0.2.3 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from mistral_common.protocol.instruct.messages import AssistantMessage, SystemMessage, UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

RULE = "Answer with one code."
row = [SystemMessage(content=RULE)]
for n in (1, 2, 3):
    row += [UserMessage(content=f"question {n}"), AssistantMessage(content=f"code {n}")]

print(f"mistral-common {version('mistral-common')}")
found = {}
for name, tokenizer in {
    "v3 (Mistral 7B)": MistralTokenizer.v3(),
    "v3 (Mistral NeMo)": MistralTokenizer.v3(is_tekken=True),
    "v7 (Mistral Large)": MistralTokenizer.v7(),
}.items():
    asked = [tokenizer.encode_chat_completion(ChatCompletionRequest(messages=row[:end])) for end in (2, 4, 6)]
    trained = asked[-1]  # all of the row up to its last reply
    beginnings = [trained.tokens[: len(prompt.tokens)] == prompt.tokens for prompt in asked]
    texts = [prompt.text.replace("▁", " ") for prompt in (*asked, trained)]
    seen = [RULE in texts[-1].split(f"question {n}")[0] for n in (1, 2, 3)]
    assert all(RULE in text for text in texts), "each prompt that is asked has the instruction"
    found[name] = (beginnings, seen)
    print(f"{name}: {texts[-1]}")
    print(f"  a prompt that is the beginning of the row: {beginnings}; learned after the instruction: {seen}")
assert list(found.values()) == [([False, False, True],) * 2] * 2 + [([True] * 3,) * 2], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
