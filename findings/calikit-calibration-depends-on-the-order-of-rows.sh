#!/bin/sh
# calikit calls one and the same model off by 1 point or by 16 in what it says of its own sureness, by the order of the rows
# in the file.
#
# Predictions are sorted by their confidence and cut into ten groups of one size. What has the same confidence stays in the
# order of the file, and is cut where a group is full, so that rows of one kind are compared with each other by where
# they stand. A model that is asked how sure it is says 80%, 90% or 95%, hundreds of times each. If the right replies come
# before the wrong ones, or an easy subject before a hard one, one group of 90% is all right and another half wrong: the
# calibration error is then a measure of how the file is sorted. Its interval is not, since a bootstrap shuffles, and need
# not hold the number that it stands beside. Reliability and resolution go with the order too; the Brier score, the log
# loss, the AUC and Spiegelhalter's test do not.
# For "fine-tune, or keep prompting?": two models, or two numbers of examples, are compared by files that were written in
# different ways, and one of them looks dishonest about what it knows; a threshold for asking a human is chosen by that.
# Give --scheme width, which keeps equal confidences together.
#
# Seen with calikit 0.1.0 and 1,000 replies, 250 each at 70%, 80%, 90% and 95%, of which just as many are right: an error
# of 15.9% (interval: 1.6% to 4.1%) where the right ones of each come first and of 1.4% in one shuffled order; by width, 0.1% in
# both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check calikit==0.1.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import contextlib
import io
import json
import random
import sys
from importlib.metadata import version

from calikit.__main__ import main

file = f"{sys.argv[1]}/predictions.jsonl"


def audited(rows, *switches):
    with open(file, "w") as written:
        written.writelines(json.dumps({"p": p, "y": y}) + "\n" for p, y in rows)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["audit", file, "--json", "--reps", "300", *switches]) == 0
    return json.loads(said.getvalue())


right_first = [(p, int(n < 250 * p)) for p in (0.7, 0.8, 0.9, 0.95) for n in range(250)]
orders = {"right first": right_first, "shuffled": random.Random(0).sample(right_first, 1000)}
print(f"calikit {version('calikit')}, 1,000 replies of a calibrated model: calibration error, its interval, and by width")
seen = {}
for name, rows in orders.items():
    seen[name] = audited(rows), audited(rows, "--scheme", "width")
    shown = [seen[name][0]["ece"], *seen[name][0]["ece_ci"], seen[name][1]["ece"]]
    print("  {}: {:.1%}, {:.1%} to {:.1%}; {:.1%}".format(name, *shown))
(first, first_by_width), (shuffled, shuffled_by_width) = seen.values()
assert first["ece"] > 0.15 > 0.05 > first["ece_ci"][1] and shuffled["ece"] < 0.03, "the behaviour has changed"
assert max(first_by_width["ece"], shuffled_by_width["ece"]) < 0.002, "the behaviour has changed"
for alike in ("brier", "log_loss", "auc", "spiegelhalter_z"):
    assert abs(first[alike] - shuffled[alike]) < 1e-9, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
