#!/bin/sh
# DeepEval's ToolCorrectnessMetric gives full marks to a model that calls every tool there is.
#
# Its documentation has the score as the correctly used tools over the tools called. What is divided by is the tools
# expected, so that a call too many costs nothing: with the right one among them, the score is 1. The arguments do not
# count unless asked for; with them, one good guess among any number is enough. should_consider_ordering changes nothing
# of this, and only an item that expects no call at all is marked down. For learning curves on function calling: without
# examples a model often calls whatever might help, and is at the ceiling from the start; examples that teach it to call
# one tool raise no score, the curve is flat at 100% and nothing is left for fine-tuning to gain, though each needless
# call costs money or has effects. Take should_exact_match=True, which asks for the same calls in the same order, or
# count the calls too many yourself.
#
# Seen with deepeval 4.3.1 and 40 items that expect one of five tools: a model that calls all five each time has 1.0 by
# default, in order, and with arguments of which one in five is right; 0 with should_exact_match, and 0.2 by the formula
# of the documentation.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check deepeval==4.3.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from deepeval.metrics import ToolCorrectnessMetric
from deepeval.models import DeepEvalBaseLLM
from deepeval.test_case import LLMTestCase, ToolCall, ToolCallParams

TOOLS = ["weather", "calendar", "mail", "search", "pay"]
ARGUMENTS = [ToolCallParams.INPUT_PARAMETERS]


class NoModel(DeepEvalBaseLLM):
    """A judge that must not be asked."""

    def load_model(self):
        return self

    def generate(self, *args, **settings):
        raise AssertionError("a judge was asked")

    a_generate = generate

    def get_model_name(self):
        return "none"


def call(name, city="Oslo"):
    return ToolCall(name=name, input_parameters={"city": city})


def mean(calls, **settings):
    metric = ToolCorrectnessMetric(model=NoModel(), include_reason=False, async_mode=False, **settings)
    scores = []
    for item in range(40):
        expected = [call(TOOLS[item % 5])]
        case = LLMTestCase(input="?", actual_output="!", tools_called=calls(expected), expected_tools=expected)
        scores.append(metric.measure(case, _show_indicator=False))
    return sum(scores) / len(scores)


def every_tool(expected):
    return [call(name) for name in TOOLS]


def every_city(expected):
    return [call(expected[0].name, city) for city in ("Rome", "Paris", "Bonn", "Oslo", "Bern")]


seen = {
    "every tool": mean(every_tool),
    "every tool, in order": mean(every_tool, should_consider_ordering=True),
    "every argument, compared": mean(every_city, evaluation_params=ARGUMENTS),
    "the wrong argument, not compared": mean(lambda expected: [call(expected[0].name, "Rome")]),
    "every tool, exact": mean(every_tool, should_exact_match=True),
    "the one tool, exact": mean(lambda expected: expected, should_exact_match=True),
}
print(f"deepeval {version('deepeval')}, one tool of {len(TOOLS)} expected: {seen}")
assert list(seen.values()) == [1, 1, 1, 1, 0, 1], "the behaviour has changed"
PY
cd "$folder"
DEEPEVAL_TELEMETRY_OPT_OUT=YES venv/bin/python seen.py 2>/dev/null
