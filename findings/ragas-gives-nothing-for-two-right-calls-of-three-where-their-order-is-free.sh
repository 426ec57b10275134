#!/bin/sh
# Ragas gives 0.67 to a reply with two right tool calls of three, and 0 to the same reply once the order of the calls is free
# (strict_order=False), if the city that is wrong comes late in the alphabet; one call too many or too few makes any reply 0.
#
# With a free order, the calls of both sides are sorted by name and arguments, and the first is compared with the first. One
# wrong argument moves its call to another place in the list, and each call between the two places is compared with its
# neighbour. Zagreb in place of Athens leaves nothing right, Zagreb in place of Cairo leaves two. For calls that are missing its
# documents promise a share for what is there; but the lists of names are compared as a whole, and if these differ all is
# multiplied by 0. Arguments that nobody asked for are not looked at. ToolCallF1 of the same package compares sets and has none of
# this. For learning curves on function calling: what examples teach is to make all the calls, and to get them right one
# after another. Two thirds of that look like nothing, and the curve is flat until the last call is right; then it jumps, and the
# jump is ascribed to fine-tuning. Use ToolCallF1, or compare calls one by one.
#
# Seen with ragas 0.4.3 and langchain-community 0.4.1, three calls with a city each, one of them wrong in each of three places, in
# the order asked for: 0.67 each time in strict order; 0, 0.33 and 0.67 in free order; by F1, 0.67 each time. Two right calls of three
# and three right ones of four: 0. A right call with two more arguments: 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check ragas==0.4.3 langchain-community==0.4.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import asyncio
from importlib.metadata import version

from ragas.messages import AIMessage, HumanMessage, ToolCall
from ragas.metrics.collections import ToolCallAccuracy, ToolCallF1

ASKED = ["Athens", "Berlin", "Cairo"]


def score(cities, metric, more=None):
    def calls(of):
        return [ToolCall(name="weather", args={"city": city, **(more or {})}) for city in of]

    reply = [HumanMessage(content="How is the weather there?"), AIMessage(content="", tool_calls=calls(cities))]
    asked = [ToolCall(name="weather", args={"city": city}) for city in ASKED]
    return round(asyncio.run(metric.ascore(user_input=reply, reference_tool_calls=asked)).value, 2)


strict, free, f1 = ToolCallAccuracy(), ToolCallAccuracy(strict_order=False), ToolCallF1()
print(f"ragas {version('ragas')}: asked for {', '.join(ASKED)}; strict order, free order, F1")
seen = {}
for cities in (
    ["Zagreb", "Berlin", "Cairo"],
    ["Athens", "Zagreb", "Cairo"],
    ["Athens", "Berlin", "Zagreb"],
    ["Athens", "Berlin"],
    ["Athens", "Berlin", "Cairo", "Delhi"],
):
    seen[tuple(cities)] = [score(cities, metric) for metric in (strict, free, f1)]
    print(f"  {', '.join(cities)}: {seen[tuple(cities)]}")
more = score(ASKED, strict, {"days": 90, "unit": "Kelvin"})
print(f"  the right cities, each with two arguments more: {more} in strict order")
first, second, third, short, long = seen.values()
assert [first[0], second[0], third[0]] == [first[2], second[2], third[2]] == [0.67] * 3, "the behaviour has changed"
assert [first[1], second[1], third[1]] == [0, 0.33, 0.67], "the behaviour has changed"
assert short[:2] == long[:2] == [0, 0] and short[2] >= 0.8 and long[2] > 0.8 and more == 1, "the behaviour has changed"
PY
RAGAS_DO_NOT_TRACK=true "$folder/venv/bin/python" -W ignore "$folder/seen.py"
