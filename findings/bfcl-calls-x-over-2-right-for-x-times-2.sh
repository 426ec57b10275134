#!/bin/sh
# The Berkeley Function Calling Leaderboard's checker calls x/2 right where x*2 is asked for, and exp(x**2) where it is
# exp(-x**2).
#
# Of a text that is an argument, spaces and the signs , . / - _ * ^ are taken out on both sides before they are compared,
# so that "April 1, 2024" may be written without its comma. Nothing asks what the text is: in a formula, an amount, a
# version, a path, a place or a date these signs are the content. 2024-11-2 is 2024-1-12, and -12.50 is 1250. The
# leaderboard's own questions have formulas among them, and Los Angeles is right as a place in China. For learning
# curves on function calling: a model that has the letters and digits is at the ceiling of such arguments from the first
# example on, the curve is flat where there is most to learn, and fine-tuning seems to have nothing left to gain, while
# the call computes something else. Give a number the type of one, which is compared as such; compare texts with ==
# where signs count.
#
# Seen with bfcl-eval 2026.3.23: of its own questions 7 have a formula of x or a place by its degrees, and for each the
# call without the signs is as valid as the right one; so are five other pairs that mean something else.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --no-deps --disable-pip-version-check bfcl-eval==2026.3.23 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType, SimpleNamespace

# The table of models imports the clients of all providers. The checker asks it one thing, whether a model writes _ for
# the dots in names of functions; this one does not.
table = ModuleType("bfcl_eval.constants.model_config")
table.MODEL_CONFIG_MAPPING = {"a model": SimpleNamespace(underscore_to_dot=False)}
sys.modules[table.__name__] = table

import bfcl_eval  # noqa: E402 (after the table)
from bfcl_eval.constants.enums import Language  # noqa: E402
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker  # noqa: E402

DATA = Path(bfcl_eval.__file__).parent / "data"
SETS = "simple_python", "multiple", "live_simple", "live_multiple"
SIGNED = re.compile(r"x\s?\*|exp\(-|\d, ?-\d")  # a formula of x, or a place on the earth west of Greenwich


def lines(name):
    return map(json.loads, (DATA / name).read_text(encoding="utf-8").splitlines())


def valid(functions, answer, call):
    return ast_checker(functions, [call], [answer], Language.PYTHON, "simple_python", "a model")["valid"]


right, unsigned, changed = 0, 0, []
for name in SETS:
    answers = {row["id"]: row["ground_truth"][0] for row in lines(f"possible_answer/BFCL_v4_{name}.json")}
    for question in lines(f"BFCL_v4_{name}.json"):
        answer = answers[question["id"]]
        [(function, allowed)] = answer.items()
        call = {key: values[0] if values else [] for key, values in allowed.items() if values[:1] != [""]}
        signed = {key: text for key, text in call.items() if isinstance(text, str) and SIGNED.search(text)}
        if not signed:
            continue
        without = {key: re.sub(r"[-*/]", "", text) for key, text in signed.items()}
        functions = [one for one in question["function"] if one["name"] == function]
        right += valid(functions, answer, {function: call})
        unsigned += valid(functions, answer, {function: call | without})
        changed += zip(signed.values(), without.values())

text = [{"name": "f", "parameters": {"type": "dict", "properties": {"a": {"type": "string"}}, "required": ["a"]}}]
pairs = [("x*2", "x/2"), ("exp(-x**2)", "exp(x**2)"), ("2024-1-12", "2024-11-2"), ("-12.50", "1250"), ("v1.10", "v11.0")]
equal = [valid(text, {"f": {"a": [target]}}, {"f": {"a": said}}) for target, said in pairs]
print(f"bfcl-eval {version('bfcl-eval')}: of its own questions, as valid as the right call without its signs:")
for pair in changed:
    print("  ", *pair, sep="   ")
print(f"  right calls valid: {right}, without signs: {unsigned}; of {len(pairs)} other pairs, equal: {sum(equal)}")
assert all(equal) and right == unsigned == len(changed) == 7, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
