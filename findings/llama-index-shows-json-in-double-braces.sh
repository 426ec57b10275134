#!/bin/sh
# LlamaIndex shows the model {{"paid": true}} where the template has the braces of an example in JSON doubled, as
# Python's format and LlamaIndex's own prompts have them.
#
# A template with {question} in it needs another way to write a brace that is meant. In Python's format and in LangChain
# that is a second brace, and prompts that come with this package, for graphs and for personal data, are written so. Its
# formatter replaces the names that it knows, and leaves all other braces as they are, so that both of a pair are sent.
# Nothing is said, and the prompt looks right in the file. For learning curves: the model copies what it is shown,
# {{"paid": true}} is no JSON, and each example that is added to the template makes that surer; the curve falls where it
# should rise, and fine-tuning, whose rows are not formatted, gets the credit. Write single braces, which are left alone
# unless a name in them is a variable's, and print what is sent.
#
# Seen with llama-index-core 0.14.25 and langchain-core 1.8.3: of 4 replies in JSON in a template, none parses as the
# model is shown it by LlamaIndex, and all four by langchain-core and by Python's format; two of LlamaIndex's own
# prompts are sent with doubled braces.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  llama-index-core==0.14.25 langchain-core==1.8.3 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
from importlib.metadata import version

from langchain_core.prompts import PromptTemplate as LangChainTemplate
from llama_index.core import ChatPromptTemplate, PromptTemplate
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import default_prompts
from llama_index.core.prompts.base import BasePromptTemplate

REPLIES = [{"paid": True}, {"paid": False}, {"total": 12.5, "paid": True}, {"items": [{"net": 3}], "paid": False}]
# Each example is a line; braces that are meant are doubled.
lines = [json.dumps(reply).replace("{", "{{").replace("}", "}}") for reply in REPLIES]
TEMPLATE = "\n".join(["Reply as in these examples.", *lines, "Question: {question}"])
QUESTION = "Is the invoice paid?"


def parses(line):
    try:
        return json.loads(line) in REPLIES
    except ValueError:
        return False


shown = {
    "Python's format": TEMPLATE.format(question=QUESTION),
    "langchain-core": LangChainTemplate.from_template(TEMPLATE).format(question=QUESTION),
    "LlamaIndex": PromptTemplate(TEMPLATE).format(question=QUESTION),
    "LlamaIndex, chat": ChatPromptTemplate([ChatMessage(role="user", content=TEMPLATE)]).format_messages(question=QUESTION)[0].content,
}
print(f"llama-index-core {version('llama-index-core')}, langchain-core {version('langchain-core')}: of four replies that parse")
right = {}
for name, prompt in shown.items():
    assert prompt.endswith(f"Question: {QUESTION}"), "the behaviour has changed"
    right[name] = sum(map(parses, prompt.splitlines()[1:5]))
    print(f"  {name}: {right[name]}; {prompt.splitlines()[1]}")
own = [name for name, prompt in vars(default_prompts).items()
       if isinstance(prompt, BasePromptTemplate) and "{{" in prompt.format(**dict.fromkeys(prompt.template_vars, "x"))]
print("its own prompts with doubled braces:", ", ".join(own))
assert right == {"Python's format": 4, "langchain-core": 4, "LlamaIndex": 0, "LlamaIndex, chat": 0}, "the behaviour has changed"
assert len(own) == 2, "the behaviour has changed"
single = PromptTemplate('Reply as {"paid": true}. {question}').format(question=QUESTION)
assert single == 'Reply as {"paid": true}. ' + QUESTION, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
