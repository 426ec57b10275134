#!/bin/sh
# convmerge's decontam finds none of 40 test questions in a training file that holds all 40, word for word, because each has
# its answer beside it.
#
# It drops training rows that share 13 words in a row with a test set; a passage of 8 to 12 words has to be there whole. Unless
# fields are named, a passage is all texts of a test item one after the other: its id, its question, its answer, and where
# the item is a chat, the word "user" too. Of a training row each message is searched by itself. So up to 12 words of a
# question always stand together with a word that no question of a training row has, and are never found: with none of the
# rows, nor with --check all. The report says that each passage was indexed and none was too short. Test items written as
# the training rows are, which is how a split of one file leaves them, are not found either: the file has no row in common
# with itself. For "fine-tune, or keep prompting?": short questions are what labels are asked for; the model is trained on
# the items it is then measured by, fine-tuning wins by heart, and the check said clean. Give --fields question, or compare
# the questions themselves.
#
# Seen with convmerge 1.6.5: 0 of 40 rows by a file of question and answer, 0 by the training file itself, also with
# --check all; 40 of 40 with --fields question, and 40 without it where each question has 20 words.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check convmerge==1.6.5 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
WORDS = ["amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll", "larch"]


def files(words):
    """40 questions of so many words, as training rows and as test items with their answers."""
    asked = [" ".join(WORDS[(row * 5 + at * (row % 3 + 1)) % 12] + str(row) for at in range(words)) for row in range(40)]
    rows = [[{"role": "user", "content": text}, {"role": "assistant", "content": "positive"}] for text in asked]
    write("train.jsonl", [{"messages": messages} for messages in rows])
    write("test.jsonl", [{"question": text, "answer": "positive"} for text in asked])


def write(name, rows):
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def found(against, *switches):
    command = [folder / "venv/bin/convmerge", "decontam", "-i", folder / "train.jsonl", "--against", folder / against]
    report = json.loads(subprocess.run([*command, *switches], check=True, capture_output=True, text=True).stdout)
    (of,) = report["eval_sets"].values()
    assert (of["passages"], of["too_short"]) == (40, 0), "the behaviour has changed"
    return report["contaminated"]


print(f"convmerge {version('convmerge')}: of 40 training rows that are test items, found")
files(11)
seen = {
    "question and answer": found("test.jsonl"),
    "question and answer, --check all": found("test.jsonl", "--check", "all"),
    "the training file itself": found("train.jsonl"),
    "the training file itself, --check all": found("train.jsonl", "--check", "all"),
    "question and answer, --fields question": found("test.jsonl", "--fields", "question"),
}
files(20)
seen["question and answer, 20 words"] = found("test.jsonl")
for how, rows in seen.items():
    print(f"  {how}: {rows}")
assert list(seen.values()) == [0, 0, 0, 0, 40, 40], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
