#!/bin/sh
# tiktoken cuts text for a model fine-tuned from GPT-4.1 by another vocabulary than for GPT-4.1 itself.
#
# The encoding is found by the beginning of the model's name. "gpt-4.1-" has its line in that list, "ft:gpt-4.1" has
# none, and so the line of "ft:gpt-4" answers, with the older vocabulary of GPT-4; nothing is raised. Fine-tuning does
# not change a model's vocabulary, and for one fine-tuned from GPT-4o the answer is that of its base. English hardly
# shows it; in other scripts the same prompt seems to be two to four times as long. For "fine-tune, or keep prompting?":
# each request of the fine-tuned model looks dearer than it is, and a shorter prompt, a usual reason to fine-tune, looks
# as long as before. Count with the name of the base, or read the counts that the provider returns.
#
# Seen with tiktoken 0.14.0, and the tables of both vocabularies in bpe-openai 0.1.4: cl100k_base instead of o200k_base
# for three sizes of GPT-4.1; 41 tokens instead of 16 for a sentence in Hindi, 6 and 6 for one in English.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tiktoken==0.14.0 bpe-openai==0.1.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import bpe_openai
import tiktoken

BASES = ("gpt-4.1-2025-04-14", "gpt-4.1-mini-2025-04-14", "gpt-4.1-nano-2025-04-14", "gpt-4o-mini-2024-07-18")
TEXTS = {
    "English": "Translate the sentence into French.",
    "Hindi": "कृपया मुझे बताइए कि मेरा ऑर्डर कब आएगा",
    "Tamil": "எனது ஆர்டர் எப்போது வரும்?",
    "Russian": "Когда придёт мой заказ? Подскажите, пожалуйста",
}

names = {base: tuple(map(tiktoken.encoding_name_for_model, (base, f"ft:{base}:acme::a1"))) for base in BASES}
print(f"tiktoken {version('tiktoken')}, bpe-openai {version('bpe-openai')}")
for base, (own, tuned) in names.items():
    print(f"{base}: {own}; fine-tuned from it: {tuned}")
counts = {}
for language, text in TEXTS.items():
    counts[language] = tuple(len(bpe_openai.get_encoding(name).encode(text)) for name in names[BASES[0]])
    print("{}: {} tokens for gpt-4.1, {} for the model fine-tuned from it".format(language, *counts[language]))
assert [own == tuned for own, tuned in names.values()] == [False, False, False, True], "the behaviour has changed"
seen = {"English": (6, 6), "Hindi": (16, 41), "Tamil": (9, 36), "Russian": (11, 23)}
assert counts == seen, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
