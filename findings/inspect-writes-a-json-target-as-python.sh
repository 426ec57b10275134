#!/bin/sh
# Inspect reads a target that is a JSON object as the text that Python prints for it, so that no reply in JSON equals it.
#
# A row {"input": ..., "target": {"paid": true, "note": null}} becomes the target {'paid': True, 'note': None}: single
# quotes, and words that JSON has not. Nothing is said. match(), includes() and pattern() call a reply wrong that is the
# target to the letter of the file, and call the Python text right. A list is read otherwise, as targets of which one is
# enough: of ["red", "blue"], "red" alone has full marks. For learning curves on extraction: the curve lies at 0 whatever
# is shown, and a model fine-tuned on that very file, which learns to write JSON, scores 0 as well; on targets that are
# lists a model that gives one part of the answer is at the ceiling. Write such a target as a text, and compare it as JSON
# in a scorer of your own.
#
# Seen with inspect-ai 0.3.285: three scorers call the target as it stands in the file wrong and Python's spelling right;
# one of two labels right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check inspect-ai==0.3.285 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.chdir(sys.argv[1])
os.environ["INSPECT_DISPLAY"] = "none"
from inspect_ai import Task, eval  # noqa: E402 (after its settings)
from inspect_ai.dataset import json_dataset  # noqa: E402
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # noqa: E402
from inspect_ai.scorer import includes, match, pattern  # noqa: E402

WANTED = {"paid": True, "note": None}
PAIRS = [(WANTED, json.dumps(WANTED)), (WANTED, str(WANTED)), (["red", "blue"], "red")]
Path("items.jsonl").write_text("\n".join(json.dumps({"input": "?", "target": target}) for target, _ in PAIRS))
replies = [ModelOutput.from_content("mockllm/model", reply) for _, reply in PAIRS]
for reply in replies:
    reply.usage = ModelUsage()  # else it is counted with a tokenizer from the network
(log,) = eval(
    Task(dataset=json_dataset("items.jsonl"), scorer=[match(), includes(), pattern(r"(.+)")]),
    model=get_model("mockllm/model", custom_outputs=replies), max_samples=1, log_dir="logs",
)
assert log.status == "success", log.error
print(f"inspect-ai {version('inspect-ai')}, by match, includes and pattern:")
verdicts = []
for (target, reply), sample in zip(PAIRS, log.samples, strict=True):
    verdicts.append("".join(score.value for score in sample.scores.values()))
    print(f"  {json.dumps(target)} in the file, read as {sample.target!r}: {reply!r} is {verdicts[-1]}")
assert [sample.target for sample in log.samples] == [str(WANTED), str(WANTED), ["red", "blue"]], "the behaviour has changed"
assert verdicts == ["III", "CCC", "CCC"], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
