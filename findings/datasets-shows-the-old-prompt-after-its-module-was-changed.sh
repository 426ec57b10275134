#!/bin/sh
# datasets gives the rows of the old prompt, where the prompt stands in a module of one's own and was changed since: a
# second version of a prompt is trained and measured as the first.
#
# What map makes of a file's rows is kept on disk and found again by the rows and by the function. A function of the
# script that is run is told by its code, with what it calls there. One that was imported is told by its name alone, and
# so is a module that a function of the script calls into. So a change within prompts.py does not count, in a new
# process as little as in the same one; the progress bar that is missing is the only sign. With Dataset.from_list or in
# a notebook, where all is one script, the same change counts, so that it works in a trial. For "fine-tune, or keep
# prompting?": an instruction is reworded, the format of the target is put right, and both are measured again. The rows
# are the old ones, and accuracy is the same to the last item: "the prompt does not matter". Worse is a half: rows for
# training from the old template, and questions at evaluation from the new one, which is rendered in another way. Pass
# load_from_cache_file=False, and look at a row before each training. Reported in 2021 (issue 3297 of its repository),
# and open.
#
# Seen with datasets 5.2.0, a JSON Lines file and two processes, the module changed in between: old rows by an imported
# function and by a function of the script that calls one; new ones by a function of the script with the text in it, and
# with load_from_cache_file=False.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    datasets==5.2.0 pyarrow==26.0.1 pandas==3.1.1 >/dev/null 2>&1
cat > "$folder/rows.py" <<'PY'
import json
from importlib.metadata import version

import datasets
import prompts
from datasets import load_dataset

TEXT = "VERSION"
datasets.disable_progress_bars()
rows = load_dataset("json", data_files="rows.jsonl", split="train")


def of_the_script(row):
    return {"text": f"{TEXT}: {row['question']}"}


def calls_the_module(row):
    return {"text": prompts.text(row["question"])}


print(json.dumps({
    "version": version("datasets"),
    "imported": rows.map(prompts.render)["text"][0],
    "calls an imported one": rows.map(calls_the_module)["text"][0],
    "of the script": rows.map(of_the_script)["text"][0],
    "imported, without the cache": rows.map(prompts.render, load_from_cache_file=False)["text"][0],
}))
PY
cat > "$folder/seen.py" <<'PY'
import json
import os
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
script = (folder / "rows.py").read_text()
(folder / "rows.jsonl").write_text("".join(json.dumps({"question": f"Was letter {i} paid?"}) + "\n" for i in range(20)))
settings = {**os.environ, "HF_HOME": str(folder / "kept"), "PYTHONDONTWRITEBYTECODE": "1"}
seen = []
for text in ("Answer in a word", "Give your reasons, then answer"):
    (folder / "prompts.py").write_text(
        f"def text(question):\n    return {text!r} + ': ' + question\n\n\ndef render(row):\n    return {{'text': text(row['question'])}}\n"
    )
    (folder / "rows.py").write_text(script.replace("VERSION", text))
    ran = subprocess.run([sys.executable, "rows.py"], cwd=folder, env=settings, capture_output=True, text=True, check=True)
    seen.append(json.loads(ran.stdout))
before, after = seen
print(f"datasets {after.pop('version')}, the first row after the prompt was changed:")
for name, text in after.items():
    print(f"  {name}: {text}")
old, new = "Answer in a word: Was letter 0 paid?", "Give your reasons, then answer: Was letter 0 paid?"
assert all(before[name] == old for name in after), "the behaviour has changed"
assert list(after.values()) == [old, old, new, new], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
