#!/bin/sh
# pydantic-evals' averages leave out the items whose call failed, so that accuracy rises as the hard ones fail.
#
# A task that raises (a prompt longer than the context, a time-out, a refusal for the rate) puts its item among the
# failures of the report; averages() and the summary line of the table count the others only. An item that has no score
# is left out the same way, and EqualsExpected gives none where the right answer is None, as its documentation says: a
# model that invents a value wherever none is to be found is not marked down for one. For learning curves: more examples
# make longer prompts, and the longest items, mostly the hardest, are the first that no longer fit. What is left is
# easier at each step, and the curve of a model that learns nothing rises to the top. Count the failures as wrong or as
# missing, compare sizes on the items that all of them have, and give "nothing there" a word of its own.
#
# Seen with pydantic-evals 2.62.0 and 40 items, the longer half answered wrongly at every size: 50%, 67% and 100% at 0,
# 5 and 10 examples, with 0, 10 and 20 failures; and 100% for a model that invents a value for each of 20 items without
# one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pydantic-evals==2.62.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected

ROOM, EXAMPLE = 60, 2  # fewer words than that fit, and an example has two


def accuracy(cases, model):
    report = Dataset(name="items", cases=cases, evaluators=[EqualsExpected()]).evaluate_sync(model, progress=False)
    return round(report.averages().assertions, 2), len(report.failures)


def learns_nothing(shots):
    """A model that gets the 20 short ones of 40 items right, with and without examples."""

    def answer(length):
        if length + shots * EXAMPLE >= ROOM:
            raise RuntimeError("the prompt is longer than the context")
        return "right" if length < 40 else "wrong"

    return answer


lengths = [Case(name=f"item {n}", inputs=20 + n, expected_output="right") for n in range(40)]
seen = {shots: accuracy(lengths, learns_nothing(shots)) for shots in (0, 5, 10)}
print(f"pydantic-evals {version('pydantic-evals')}: accuracy and failures by examples: {seen}")
totals = [Case(name=f"letter {n}", inputs=n, expected_output=None if n % 2 else "EUR") for n in range(40)]
invents = accuracy(totals, lambda n: "EUR")
print(f"20 letters with a currency and 20 with none, a model that always says EUR: {invents[0]}")
assert seen == {0: (0.5, 0), 5: (0.67, 10), 10: (1.0, 20)} and invents == (1.0, 0), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
