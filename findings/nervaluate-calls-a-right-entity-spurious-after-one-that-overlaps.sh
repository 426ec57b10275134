#!/bin/sh
# nervaluate gives F1 of 0 to a model that finds every place exactly, because it names the bank around the place before the
# place; in the other order the same replies have 67%.
#
# Strict evaluation counts an entity with the right place and label as correct, by its description. Each entity of a reply is
# taken in turn; one that only overlaps a true entity uses it up, and the entity that matches exactly and comes later finds
# nothing left: it is spurious. So one wrong entity makes two errors and takes away a right one, where its start is further left,
# which is how lists of entities are usually sorted. "exact", "partial" and "ent_type" do the same. For learning curves on
# extraction: without examples models give nested entities, the bank and the place in its name, and are far below what they
# found; examples that show one entity a place raise the score by more than they teach, and so does fine-tuning. Two models
# with the same entities have different scores by the order in which they list them. Sort exact matches to the front before the
# score is calculated.
#
# Seen with nervaluate 1.2.1 and 40 texts with one true place each: strict F1 of 0 with the bank first and 0.67 with the place
# first, for the same two entities; by definition one of two is right, and 0.67 is their F1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check nervaluate==1.2.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from nervaluate import Evaluator

TEXT = "The Bank of Ireland answered."
BANK = {"label": "ORG", "start": TEXT.index("Bank"), "end": TEXT.index(" answered") - 1}
PLACE = {"label": "PLACE", "start": TEXT.index("Ireland"), "end": TEXT.index(" answered") - 1}


def scores(reply):
    """F1 of 40 such replies by each of the four ways to evaluate, with what was counted in the strict one."""
    overall = Evaluator([[PLACE]] * 40, [reply] * 40, tags=["ORG", "PLACE"]).evaluate()["overall"]
    strict = overall["strict"]
    return ({name: round(one.f1, 2) for name, one in overall.items()},
            {"correct": strict.correct, "incorrect": strict.incorrect, "spurious": strict.spurious})


first, last, alone = scores([BANK, PLACE]), scores([PLACE, BANK]), scores([PLACE])
print(f"nervaluate {version('nervaluate')}, F1 and strict counts: bank before place {first}")
print(f"place before bank {last}; place alone {alone[0]}")
assert first[0] == {"strict": 0, "partial": 0.33, "ent_type": 0, "exact": 0}, "the behaviour has changed"
assert first[1] == {"correct": 0, "incorrect": 40, "spurious": 40}, "the behaviour has changed"
assert set(last[0].values()) == {0.67} and last[1]["correct"] == 40 and set(alone[0].values()) == {1}, (
    "the behaviour has changed"
)
PY
"$folder/venv/bin/python" "$folder/seen.py"
