#!/bin/sh
# continuous-eval gives a third to a reply whose three tool calls are all right, where all are of one tool; and where order counts, it
# gives nothing to the last two of three right calls, and two thirds to the first two.
#
# Without an order, it puts the calls of both sides into sets, in which equal calls are one, and divides what they share by
# the number of calls asked for, in which each is one. So it is where arguments are ignored and one tool is asked several times,
# or where one call is to be made twice. Where order counts, it waits for the first call that was asked for, and as long as that has
# not come no later one counts; calls that nobody asked for cost nothing either way. For learning curves on function calling:
# items with one call are scored as they should be, and items with several parallel calls of one tool have a ceiling at a half or a
# third, which no example and no training lifts. The curve flattens below 1, and the report reads as if the model had learned all that it
# can. Give calls their arguments, and score items of one call and of several apart.
#
# Seen with continuous-eval 0.3.14.post2: three calls of one tool with a city each, compared with themselves, have 1 with
# arguments and 0.33 without; two equal calls have 0.5. In order, the first two of three calls have 0.67 and the last two 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check continuous-eval==0.3.14.post2 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from continuous_eval.metrics.tools.match import ToolSelectionAccuracy


def score(made, asked, **settings):
    return round(ToolSelectionAccuracy(**settings).compute(tools=made, ground_truths=asked)["score"], 2)


cities = [{"name": "weather", "kwargs": {"city": city}} for city in ("Athens", "Berlin", "Cairo")]
rolls = [{"name": "roll", "kwargs": {"sides": 6}}] * 2
steps = [{"name": name, "kwargs": {}} for name in ("search", "read", "answer")]
seen = {
    "three calls of one tool, all right": score(cities, cities),
    "the same, arguments ignored": score(cities, cities, ignore_kwargs=True),
    "one call twice, both right": score(rolls, rolls),
    "in order, the first two of three": score(steps[:2], steps, order_sensitive=True),
    "in order, the last two of three": score(steps[1:], steps, order_sensitive=True),
    "in order, all three and five others": score(steps + cities + rolls, steps, order_sensitive=True),
}
print(f"continuous-eval {version('continuous-eval')}")
for what, value in seen.items():
    print(f"  {what}: {value}")
assert list(seen.values()) == [1, 0.33, 0.5, 0.67, 0, 1], "the behaviour has changed"
PY
CONTINUOUS_EVAL_DO_NOT_TRACK=true "$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
