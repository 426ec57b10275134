#!/bin/sh
# datasets gives rows of label 2 the number 4, and those of label 10 the number 2, as soon as there are more than ten
# labels and it is told to encode them, which a stratified split asks for.
#
# train_test_split with stratify_by_column refuses a column of plain numbers, and says that it has to be a ClassLabel.
# class_encode_column makes one of it: the numbers are written out, sorted as texts, and counted anew. Up to ten labels
# nothing changes. Of 0 to 11 the order is 0, 1, 10, 11, 2, 3 and on, so that ten labels get another number, still one
# of 0 to 11. Labels that do not begin at 0 are moved as well: stars of 1 to 5 are 0 to 4 after that, and -1 for "none"
# is 0. The names go along as texts, and nothing is said. For learning curves: with the list of label names that came
# with the data, a prompt shows each example with a wrong answer, and a model that is fine-tuned on the split and scored
# against the original file is wrong on most items; one that was trained and tested on the split is right, so that the
# same model has two accuracies. Map the numbers back by features["label"].int2str, or give cast_column a ClassLabel
# with the names in their order.
#
# Seen with datasets 5.2.0, 240 rows: of 12 labels 0 to 11, 200 rows have another number after class_encode_column, and
# the same 200 of 240 in the two parts of a split; of 10 labels none; of stars 1 to 5 all.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    datasets==5.2.0 pyarrow==26.0.1 pandas==3.1.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import datasets
from datasets import ClassLabel, Dataset

datasets.disable_progress_bars()


def rows(labels):
    labels = list(labels)
    return Dataset.from_list([{"was": labels[i % len(labels)], "label": labels[i % len(labels)]} for i in range(240)])


def other(table):
    return sum(was != label for was, label in zip(table["was"], table["label"], strict=True))


asked = ""
try:
    rows(range(12)).train_test_split(test_size=48, seed=0, stratify_by_column="label")
except ValueError as error:
    asked = str(error)
twelve = rows(range(12)).class_encode_column("label")
parts = twelve.train_test_split(test_size=48, seed=0, stratify_by_column="label")
moved = {was: label for was, label in zip(twelve["was"], twelve["label"], strict=True)}
split = sum(other(part) for part in parts.values())
ten, stars = other(rows(range(10)).class_encode_column("label")), other(rows(range(1, 6)).class_encode_column("label"))
named = other(rows(range(12)).cast_column("label", ClassLabel(names=[str(number) for number in range(12)])))
print(f"datasets {version('datasets')}: {asked[:90]}")
print(f"of 12 labels: {moved}")
print(f"rows with another number, of 240: {other(twelve)} of 12 labels, {split} after the split, {ten} of 10 labels, "
      f"{stars} of stars 1 to 5, {named} with a ClassLabel of their names")
assert "ClassLabel" in asked and moved[2] == 4 and moved[10] == 2, "the behaviour has changed"
assert (other(twelve), split, ten, stars, named) == (200, 200, 0, 240, 0), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
