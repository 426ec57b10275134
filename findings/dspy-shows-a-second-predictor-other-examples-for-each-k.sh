#!/bin/sh
# DSPy's LabeledFewShot: more examples for the first predictor of a program are the old ones and new ones; for the second, none of the old.
#
# All predictors take their examples from one generator, in turn, so that where the second begins to draw depends on how
# many the first has drawn. The seed is always 0 and cannot be chosen: with k=4 the program is the same each time, and with
# k=8 its second half is another draw. Even the first predictor's examples are exchanged here and there, where Python's
# sample takes another way for larger samples. For learning curves: accuracy at k=4 and k=8 differ by the number of examples
# and by luck of the draw, and as no other draw can be had, nothing shows how much is luck. Where examples matter by 10
# points, such a curve rises or falls by that much between any two k.
#
# Seen with DSPy 3.4.1, 200 training examples: at 2 to 32 examples the first predictor keeps all of the shorter prompt's,
# the second has 0, 0, 0, 1 and 0 of them; with 150, at 32, the first loses one of 16.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dspy==3.4.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import dspy
from dspy.teleprompt import LabeledFewShot


class TwoSteps(dspy.Module):
    def __init__(self):
        super().__init__()
        self.sort = dspy.Predict("question -> label")
        self.answer = dspy.Predict("question, label -> answer")


def shown(count, k):
    """The examples that each predictor is shown, of so many to choose from."""
    train = [dspy.Example(question=str(i), label="label", answer="answer") for i in range(count)]
    program = LabeledFewShot(k=k).compile(TwoSteps(), trainset=train)
    return [[demo.question for demo in predictor.demos] for predictor in program.predictors()]


def kept(count, k):
    """How many of the examples shown at k / 2 are shown at k, by predictor."""
    return [len(set(before) & set(after)) for before, after in zip(shown(count, k // 2), shown(count, k))]


sizes = 2, 4, 8, 16, 32
print(f"DSPy {version('dspy')}, of 200 examples; of those at half of k, how many are shown at k")
for k in sizes:
    print(f"  k={k}: first predictor {kept(200, k)[0]} of {k // 2}, second {kept(200, k)[1]} of {k // 2}")
print(f"  of 150 examples, k=32: first predictor {kept(150, 32)[0]} of 16")
assert shown(200, 8) == shown(200, 8), "the behaviour has changed"
assert [kept(200, k) for k in sizes] == [[1, 0], [2, 0], [4, 0], [8, 1], [16, 0]], "the behaviour has changed"
assert kept(150, 32)[0] == 15, "the behaviour has changed"
PY
cd "$folder"
DSPY_CACHEDIR="$folder/cache" "$folder/venv/bin/python" "$folder/seen.py"
