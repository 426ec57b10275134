#!/bin/sh
# TrainJudge trains and tests no row of the label that the prompt names last: "... complaint or cancellation?" teaches nothing of
# cancellations.
#
# Before it trains it drops what it takes for poor rows, unless told not to. One kind is a reply that repeats the prompt, and
# that is any reply of eight letters or more with which the prompt ends. A prompt that lists the labels, as good ones do, ends
# with one of them. The number of dropped rows is printed, and not which label they had. The rows for the test are taken from
# what is left, so that nothing that follows shows it. With the list in another order it is another label. For "fine-tune,
# or keep prompting?", which is what the tool decides: the fine-tuned model never says that label, and "IMPROVED" holds for the
# others alone; whoever ships it loses every such ticket. Pass --keep-low-quality, or end the prompt with words that
# are no label.
#
# Seen with trainjudge 0.3.1, by train --dry-run, for 200 tickets with four labels in equal parts: 150 rows of three labels are
# left in its files, of three others where the list has another order, and 200 of four where the prompt ends with "Queue:".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check trainjudge==0.3.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(sys.argv[1])
LABELS = ["billing", "shipping", "complaint", "cancellation"]


def left(labels, end=""):
    """How many rows of each label TrainJudge has in the files it would train and test on."""
    asked = f"Which queue is it for: {', '.join(labels[:-1])} or {labels[-1]}?{end}"
    rows = [
        {"prompt": f"Ticket {n}: the parcel of order {n * 37} is the matter.\n{asked}", "completion": LABELS[n % 4]}
        for n in range(200)
    ]
    file = FOLDER / "tickets.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    runs = FOLDER / f"runs-{labels[-1]}{len(end)}"
    command = [Path(sys.executable).with_name("trainjudge"), "train", "--dataset", file, "--model", "small/model",
               "--runs-dir", runs, "--backend", "torch", "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=FOLDER)
    assert done.returncode == 0, done.stderr
    kept = [json.loads(line) for part in runs.glob("*/data/*.jsonl") for line in part.read_text().splitlines()]
    return dict(Counter(row["completion"] for row in kept))


seen = {
    "cancellation last": left(LABELS),
    "complaint last": left([LABELS[3], *LABELS[:3]]),
    "ends with Queue:": left(LABELS, "\nQueue:"),
}
print(f"trainjudge {version('trainjudge')}, 200 tickets, 50 of each label; left:")
for name, counts in seen.items():
    print(f"  {name}: {counts}")
assert "cancellation" not in seen["cancellation last"] and "complaint" not in seen["complaint last"], "the behaviour has changed"
assert [sum(counts.values()) for counts in seen.values()] == [150, 150, 200], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
