#!/bin/sh
# LangChain's mustache prompts in Python show the model {&quot;paid&quot;: true} where the example says {"paid": true}; the
# same prompt in JavaScript shows it as it is.
#
# Mustache was made for pages of the web, and {{reply}} writes " & < and > as &quot; &amp; &lt; and &gt;. LangChain for
# JavaScript turns that off; LangChain for Python, which shares prompts with it by LangSmith, does not. It is the format to
# take where prompts hold JSON, since the braces of the usual one (f-string) have to be doubled there. Inputs, instructions
# and the replies of examples are all changed; a program, a letter or JSON hardly has a line without such a sign. For
# learning curves: without an example a model writes JSON as it should and is right; each example teaches it &quot;, which
# does not parse, so that the curve falls as it learns; a model trained on the same rows, which have no prompt around
# them, is right, and fine-tuning is credited with the difference. The prompt is also longer, and billed so. Write
# {{{reply}}}, with three braces, in Python.
#
# Seen with langchain-core 1.8.3 and @langchain/core 1.4.0: of 4 replies in JSON none parses as the example of a prompt by
# Python, and 4 do by JavaScript, by three braces, or by f-string.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check langchain-core==1.8.3 >/dev/null 2>&1
npm install --silent --no-audit --no-fund --prefix "$folder" @langchain/core@1.4.0 >/dev/null 2>&1
cat > "$folder/shown.mjs" <<'JS'
import { readFileSync } from "node:fs";
import { ChatPromptTemplate } from "@langchain/core/prompts";

const { question, reply, examples } = JSON.parse(readFileSync(0, "utf8"));
const prompt = ChatPromptTemplate.fromMessages([["human", question], ["ai", reply]], { templateFormat: "mustache" });
const shown = await Promise.all(examples.map((example) => prompt.formatMessages(example)));
console.log(JSON.stringify(shown.map((messages) => messages.map((message) => message.content))));
JS
cat > "$folder/seen.py" <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate

folder = Path(sys.argv[1])
EXAMPLES = [
    {"question": 'Letter 1: we paid "in full".', "reply": '{"paid": true}'},
    {"question": "Letter 2: 30 < 40, so we still owe 10.", "reply": '{"paid": false, "due": 10}'},
    {"question": "Letter 3: R&D sends its regards.", "reply": '{"paid": null}'},
    {"question": "Letter 4: <b>Paid</b>, Tuesday.", "reply": '{"paid": true, "day": "Tuesday"}'},
]


def python(question, reply, format):
    example = ChatPromptTemplate.from_messages([("human", question), ("ai", reply)], template_format=format)
    messages = FewShotChatMessagePromptTemplate(examples=EXAMPLES, example_prompt=example).format_messages()
    texts = [message.content for message in messages]
    return list(zip(texts[::2], texts[1::2]))


def javascript(question, reply):
    asked = json.dumps({"question": question, "reply": reply, "examples": EXAMPLES})
    node = subprocess.run(["node", folder / "shown.mjs"], input=asked, capture_output=True, text=True, check=True)
    return [tuple(pair) for pair in json.loads(node.stdout)]


def parses(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


shown = {
    "mustache, Python": python("{{question}}", "{{reply}}", "mustache"),
    "mustache, JavaScript": javascript("{{question}}", "{{reply}}"),
    "three braces, Python": python("{{{question}}}", "{{{reply}}}", "mustache"),
    "f-string, Python": python("{question}", "{reply}", "f-string"),
}
package = json.loads((folder / "node_modules/@langchain/core/package.json").read_text(encoding="utf-8"))
print(f"langchain-core {version('langchain-core')}, @langchain/core {package['version']}: replies that parse, the first pair")
counts = {name: sum(parses(reply) for _, reply in pairs) for name, pairs in shown.items()}
for name, pairs in shown.items():
    print(f"  {name}: {counts[name]} of {len(pairs)}, {pairs[0]}")
as_given = [tuple(example.values()) for example in EXAMPLES]
assert list(counts.values()) == [0, 4, 4, 4], "the behaviour has changed"
assert all(pairs == as_given for name, pairs in shown.items() if name != "mustache, Python"), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
