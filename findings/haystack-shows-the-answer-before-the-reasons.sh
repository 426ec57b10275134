#!/bin/sh
# Haystack's PromptBuilder shows the answer of an example before its reasons, and it's as it\u0027s, where the template
# has the example as {{ example | tojson }}.
#
# The filter is Jinja's own. It sorts the fields of an object by name, and writes ' < > & as escapes, as a web page
# needs. Jinja tells of the sorting among the policies of its environment, not with the filter; Haystack renders by
# these, and so does LangChain where a template is in Jinja. In the chat templates of transformers, which are Jinja too,
# a filter of this name does neither. For learning curves: a model that is shown "answer" first answers first, and gives
# its reasons for it afterwards, which takes away what reasons are for, and the more surely the more examples there are.
# The curve falls, and says "fine-tune"; the rows to fine-tune on, written by json.dumps, have the order as it was. The
# escapes cost tokens, and are copied. Give the template the text of json.dumps(example, ensure_ascii=False).
#
# Seen with haystack-ai 3.4.1, langchain-core 1.8.3 and jinja2 3.1.6, for 40 examples with reasons and an answer: by
# both the answer is first in all 40 and no example is shown as written, and with the text of json.dumps all 40 are.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  haystack-ai==3.4.1 langchain-core==1.8.3 jinja2==3.1.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
from importlib.metadata import version

from haystack.components.builders import ChatPromptBuilder, PromptBuilder
from haystack.dataclasses import ChatMessage
from langchain_core.prompts import PromptTemplate

EXAMPLES = [{"reasons": f"It's {n} days < 30, & unpaid.", "answer": "remind"} for n in range(40)]
written = [json.dumps(example, ensure_ascii=False) for example in EXAMPLES]
TOJSON = "{% for example in examples %}{{ example | tojson }}\n{% endfor %}"
TEXT = "{% for example in examples %}{{ example }}\n{% endfor %}"


def haystack(template, examples):
    return PromptBuilder(template, required_variables="*").run(examples=examples)["prompt"]


def haystack_chat(template, examples):
    builder = ChatPromptBuilder([ChatMessage.from_user(template)], required_variables="*")
    return builder.run(examples=examples)["prompt"][0].text


def langchain(template, examples):
    return PromptTemplate.from_template(template, template_format="jinja2").format(examples=examples)


print("haystack-ai {}, langchain-core {}, jinja2 {}: of 40 examples".format(*map(version, ("haystack-ai", "langchain-core", "jinja2"))))
for build in (haystack, haystack_chat, langchain):
    shown = build(TOJSON, EXAMPLES).splitlines()
    first = sum(next(iter(json.loads(line))) == "answer" for line in shown)
    kept = sum(line == text for line, text in zip(shown, written, strict=True))
    as_text = build(TEXT, written).splitlines()
    print(f"  {build.__name__}: {first} with the answer first, {kept} as written, {len(as_text)} given as text; {shown[0]}")
    assert (first, kept) == (40, 0) and as_text == written, "the behaviour has changed"
    assert [json.loads(line) for line in shown] == EXAMPLES and r"It\u0027s" in shown[0], "the behaviour has changed"
PY
HAYSTACK_TELEMETRY_ENABLED=False "$folder/venv/bin/python" "$folder/seen.py"
