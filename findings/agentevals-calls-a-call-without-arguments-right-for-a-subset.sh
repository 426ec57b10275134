#!/bin/sh
# agentevals calls a tool call with no arguments right, and one with all of them and one more wrong, where it is told
# the reverse: the way in which arguments are compared is turned round for a subset of the calls, and is equality where
# any order will do.
#
# Two settings say what may differ: which calls (strict, unordered, subset, superset) and which arguments of a call
# (exact, subset, superset). For a subset of the calls the two sides are exchanged and compared by the function for a
# superset; the function that compares arguments is not told, and takes the reference for the reply. "unordered" asks
# for both ways at once, so that arguments have to be a subset and a superset, and are the same or wrong. Only "strict"
# and "superset" do what is written. For learning curves on function calling: a model that leaves out the city is at the
# ceiling with no example, or one that adds a unit, as it may, is at 0 however many it is shown; the advice to fine-tune
# rests on a switch. Compare by "strict" or "superset", or by a function of your own in tool_args_match_overrides.
#
# Seen with agentevals 0.0.9, langchain-core 1.8.3 and 40 items whose call has two arguments, compared as a superset:
# calls with one argument more have 40 right by strict and superset, 0 by unordered and subset; calls without arguments
# have 0, 0, 0 and 40.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  agentevals==0.0.9 langchain-core==1.8.3 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
from importlib.metadata import version

from agentevals.trajectory.match import create_trajectory_match_evaluator

RIGHT = [{"city": f"city {n}", "day": f"2026-12-{n % 28 + 1:02}"} for n in range(40)]
REPLIES = {
    "as asked for": RIGHT,
    "one argument more": [{**arguments, "unit": "celsius"} for arguments in RIGHT],
    "no arguments": [{} for _ in RIGHT],
}


def messages(arguments):
    call = {"function": {"name": "weather", "arguments": json.dumps(arguments)}}
    return [{"role": "user", "content": "What will the weather be?"},
            {"role": "assistant", "content": "", "tool_calls": [call]}]


def right(calls, arguments, replies):
    """How many replies are right by these settings."""
    judge = create_trajectory_match_evaluator(trajectory_match_mode=calls, tool_args_match_mode=arguments)
    pairs = zip(replies, RIGHT, strict=True)
    return sum(bool(judge(outputs=messages(a), reference_outputs=messages(b))["score"]) for a, b in pairs)


MODES = ["strict", "superset", "unordered", "subset"]
print(f"agentevals {version('agentevals')}: right of 40 where calls are compared by {', '.join(MODES)}")
seen = {}
for arguments in ("superset", "subset"):
    for name, replies in REPLIES.items():
        seen[arguments, name] = [right(calls, arguments, replies) for calls in MODES]
        print(f"  arguments as a {arguments}, {name}: {seen[arguments, name]}")
assert seen["superset", "as asked for"] == seen["subset", "as asked for"] == [40] * 4, "the behaviour has changed"
assert seen["superset", "one argument more"] == seen["subset", "no arguments"] == [40, 40, 0, 0], "the behaviour has changed"
assert seen["superset", "no arguments"] == seen["subset", "one argument more"] == [0, 0, 0, 40], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
