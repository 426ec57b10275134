#!/bin/sh
# SAMMO puts a row's id into the prompt in place of its text, where the label's column is named after the text's: review and
# review_label.
#
# DataTable.from_records (and from_pandas, which calls it) takes all columns as inputs but the label's. Whether a column is
# the label's is asked as "is its name part of the label's name", since the name is a text and not yet a list of names. So
# review is no input where the label is review_label, text is none where it is text_class, and question none where it is
# question_type, id none where it is valid. What is left is taken without a word: the one other column as it is, or,
# where there is none, an empty object, once for each row. For learning curves, and for the search for a better prompt:
# every prompt is scored on ids, examples show a label beside an id, all scores are those of guessing, and the curve is
# flat; "neither prompts nor examples help, fine-tune" follows, with a bill, from two names of columns. Name input_fields,
# or give the label's column as a list, and print one prompt.
#
# Seen with sammo 0.3.3 and 40 reviews: no prompt has its review where the label is review_label, and each has its id; with
# the same label as sentiment, or as ["review_label"], each has its review. Without an id, the 40 inputs are {}.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check sammo==0.3.3 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from sammo.base import Template
from sammo.components import GenerateText, Output
from sammo.data import DataTable
from sammo.runners import MockedRunner

REVIEWS = [(f"row-{n}", f"Room {n} was {'quiet' if n % 2 else 'loud'}.", "good" if n % 2 else "bad") for n in range(40)]


def rows(label, *, id=True):
    all_of_it = [{"id": name, "review": text, label: of} for name, text, of in REVIEWS]
    return all_of_it if id else [{name: row[name] for name in ("review", label)} for row in all_of_it]


def shown(label, named):
    """Of 40 prompts, how many have the review, and how many the id."""
    table = DataTable.from_records(rows(label), output_fields=named)
    assert table.outputs.values == [of for _, _, of in REVIEWS]
    model = MockedRunner("good")
    Output(GenerateText(Template("Good or bad? {{input}}"))).run(model, table, progress_callback=False)
    asked = sorted(model.prompt_log, key=lambda prompt: (len(prompt), prompt))
    has_text = sum(any(text in prompt for _, text, _ in REVIEWS) for prompt in asked)
    return has_text, sum("row-" in prompt for prompt in asked), asked[0]


print(f"sammo {version('sammo')}: of 40 prompts, with the review and with the id; one of them")
seen = {}
for label, named in (("sentiment", "sentiment"), ("review_label", "review_label"), ("review_label", ["review_label"])):
    seen[str(named)] = shown(label, named)
    print("  output_fields={!r}: {}, {}; {}".format(named, *seen[str(named)]))
bare = DataTable.from_records(rows("review_label", id=False), output_fields="review_label").inputs.values
print(f"without an id, inputs: {bare[:2]} ...")
assert [texts for texts, _, _ in seen.values()] == [40, 0, 40], "the behaviour has changed"
assert seen["review_label"][1] == 40 and bare == [{}] * 40, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
