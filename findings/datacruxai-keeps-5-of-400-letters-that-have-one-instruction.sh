#!/bin/sh
# datacruxai takes 400 different letters with four labels for near duplicates of each other, and keeps 5, none of them with the fourth
# label, where all rows have the same instruction.
#
# It compares the text of a row, and that is instruction, input and answer in one, or all messages of a chat, cut into pieces of
# five letters. An instruction of 63 words is most of a row, so that all rows share three quarters of their pieces; what differs,
# the letter and its label, decides nothing. Rows that an index proposes as alike are taken for duplicates without
# being compared, so that a threshold of 0.9 leaves a quarter. For "fine-tune, or keep prompting?": rows that train one
# task have one instruction, and near duplicates are what is taken out of them first. The model is then trained on a few
# rows, or on none of a label, and "fine-tuning does not help" is the finding, the more so the more carefully the
# instruction was written. Without it, the same letters are told apart. Leave the instruction out of what is compared,
# and count the rows of each label afterwards.
#
# Seen with datacruxai 0.4.0 and datasketch 2.0.0: at the threshold of its examples, 0.8, 5 of 400 letters are left in Alpaca's form
# and 6 as chats, and 99 at 0.9; without the instruction 351 and 400.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  datacruxai==0.4.0 datasketch==2.0.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import random
import sys
from collections import Counter
from importlib.metadata import version

from datacruxai import dedup, load_dataset

INSTRUCTION = (
    "Read the letter of a customer below and decide what the customer wants. Answer with one of the labels refund, complaint, "
    "cancellation or question, in lower case, without a full stop, without quotation marks and without any explanation. If the "
    "letter asks for several things, give the label of the first one. If it is not clear what is wanted, answer with question."
)
WANTED = {
    "refund": ["I want my money back for", "Please pay back what I gave for", "You still owe me the price of"],
    "complaint": ["Again something was broken in", "Nobody on your phone knows about", "I am angry about the state of"],
    "cancellation": ["From next month on I do not need", "Please end my contract about", "Stop sending me"],
    "question": ["In which sizes is there", "How long does it take to repair", "Is there a shop near me that has"],
}
THINGS = "lamp sofa carpet kettle bicycle heater mirror blender curtain shelf printer tent guitar freezer".split()
WHO = "my aunt Olga|the nurse next door|our choir|a friend from Peru|both twins|the school band|my tall neighbour|Mr Jung".split("|")
luck = random.Random(0)
letters = []
while len(letters) < 400:
    label = list(WANTED)[len(letters) % 4]
    letter = f"{luck.choice(WANTED[label])} the {luck.choice(THINGS)} that {luck.choice(WHO)} saw beside the {luck.choice(THINGS)}."
    if (letter, label) not in letters:
        letters.append((letter, label))


def left(rows, threshold):
    with open(f"{sys.argv[1]}/rows.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return dedup(load_dataset(f"{sys.argv[1]}/rows.jsonl"), fuzzy=True, fuzzy_threshold=threshold)


FORMS = {
    "Alpaca": [{"instruction": INSTRUCTION, "input": letter, "output": label} for letter, label in letters],
    "chats": [
        {"messages": [{"role": role, "content": text} for role, text in zip(("system", "user", "assistant"), (INSTRUCTION, *of))]}
        for of in letters
    ],
    "no instruction": [{"instruction": letter, "input": "", "output": label} for letter, label in letters],
}
print(f"datacruxai {version('datacruxai')}, datasketch {version('datasketch')}: 400 letters, four labels; rows left at 0.8 and 0.9")
seen = {}
for form, rows in FORMS.items():
    seen[form] = [left(rows, threshold) for threshold in (0.8, 0.9)]
    labels = dict(Counter(row.output or row.conversations[-1]["content"] for row in seen[form][0].originals))
    print(f"  {form}: {seen[form][0].n_unique} and {seen[form][1].n_unique}; at 0.8 by label: {labels}")
counts = {form: [result.n_unique for result in results] for form, results in seen.items()}
assert counts["Alpaca"][0] < 20 and counts["chats"][0] < 20, "the behaviour has changed"
assert counts["Alpaca"][1] < 200 and counts["no instruction"][0] > 300, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
