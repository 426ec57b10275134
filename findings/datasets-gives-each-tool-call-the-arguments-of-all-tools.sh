#!/bin/sh
# datasets gives each call of a tool the arguments of all other tools, as null, where the rows come from a list in
# memory.
#
# A column of objects has one set of keys, and Dataset.from_list fills what a row has not with None; to_json writes it
# out. The same rows read from a JSON Lines file by load_dataset, of the same release, keep their keys, so that building
# the rows in Python and saving them first are two different training files. Replies that are objects grow the same way,
# and so do messages: each gets the tool_calls, or the weight, that any has, as null, and a chat template that asks
# whether they are there finds them. For "fine-tune, or keep prompting?": the model learns to name every argument of
# every tool with null, an exact match calls each of its calls wrong, the training is billed for several times the
# tokens, and the examples of the prompt, from the rows as they were, are right; so that fine-tuning loses. The more
# tools, the more so: it shows in no trial with one. Give on_mixed_types="use_json", or save the rows and load the file,
# and look at a row.
#
# Seen with datasets 5.2.0 and 80 rows with a call each, of 8 tools with 3 arguments: 24 arguments a call instead of 3,
# in a file 3 times as long; none with one tool alone, from a file, or with on_mixed_types="use_json".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check datasets==5.2.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=str(folder / "cache"), HF_DATASETS_DISABLE_PROGRESS_BARS="1")
from datasets import Dataset, load_dataset  # noqa: E402 (after its settings)


def row(number, tools):
    tool = number % tools
    call = {"name": f"tool_{tool}", "arguments": {f"argument_{tool}_{n}": f"value {number}" for n in range(3)}}
    return {
        "messages": [
            {"role": "user", "content": f"Question {number}"},
            {"role": "assistant", "tool_calls": [{"type": "function", "function": call}]},
        ]
    }


def written(data):
    """What a training file made of these rows has: arguments of its first call, messages of the user, letters."""
    file = folder / "training.jsonl"
    data.to_json(file)
    text = file.read_text(encoding="utf-8")
    user, assistant = json.loads(text.splitlines()[0])["messages"]
    return len(assistant["tool_calls"][0]["function"]["arguments"]), sorted(user), len(text)


print(f"datasets {version('datasets')}: arguments of a call, keys of a question, letters of the file")
rows = [row(n, 8) for n in range(80)]
saved = folder / "rows.jsonl"
saved.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
seen = {
    "a list": written(Dataset.from_list(rows)),
    "a list of one tool": written(Dataset.from_list([row(n, 1) for n in range(80)])),
    "a file": written(load_dataset("json", data_files=str(saved), split="train")),
    "a list as JSON": written(Dataset.from_list(rows, on_mixed_types="use_json")),
}
for name, counts in seen.items():
    print(f"  {name}:", *counts)
assert [counts[0] for counts in seen.values()] == [24, 3, 3, 3], "the behaviour has changed"
assert seen["a list"][1] == ["content", "role", "tool_calls"] and seen["a file"][1] == ["content", "role"]
assert seen["a list"][2] > 2.5 * seen["a file"][2], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
