#!/bin/sh
# autoevals' ExactMatch says in its own documentation that the order of keys does not count, and gives 0 for another order.
#
# The example beside the class has an object and the text of the same object with its two keys exchanged, and says that
# the result is 1.0. Both are written as JSON before they are compared, with the keys as they came. JSONDiff of the same
# package, and JSON itself, call the two equal. Spacing is put aside where one side is an object, and counts again where
# both are texts, as the replies of a model and the targets of a file are. For learning curves: with no example a model
# takes an order of its own and has 0; a few examples in the prompt show the order, and the score jumps though no answer
# became better. The rise is one of form, and fine-tuning gets the credit for it too. Compare what json.loads returns.
#
# Seen with autoevals 0.4.1: 0 for its own documented example, 1 by JSONDiff; of ten replies that are equal to their
# targets as JSON, none is right in another order of keys and all are in the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check autoevals==0.4.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import inspect
import json
from importlib.metadata import version

import autoevals.value
from autoevals import ExactMatch, JSONDiff

exact, by_parts = ExactMatch(), JSONDiff()
written, wanted = {"name": "John", "age": 30}, '{"age": 30, "name": "John"}'
documented = "Different order but same content" in inspect.getdoc(autoevals.value)
scores = exact.eval(written, wanted).score, by_parts.eval(written, wanted).score
print(f"autoevals {version('autoevals')}: ExactMatch {scores[0]} and JSONDiff {scores[1]} for {written} and {wanted!r}; "
      f"documented as equal: {documented}")

targets = [{"order": n, "city": f"city {n}"} for n in range(10)]
replies = {"in another order": [dict(reversed(target.items())) for target in targets], "in its order": targets}
right = {name: sum(exact.eval(reply, target).score for reply, target in zip(those, targets, strict=True))
         for name, those in replies.items()}
print(f"ten replies equal to their targets as JSON: {right} right")
texts = exact.eval('{"order":1}', json.dumps({"order": 1})).score, exact.eval('{"order":1}', {"order": 1}).score
print(f"without a space behind the colon: {texts[0]} where both are texts, {texts[1]} where the target is an object")
assert documented and scores == (0, 1) and list(right.values()) == [0, 10], "the behaviour has changed"
assert texts == (0, 1), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
