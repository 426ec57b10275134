#!/bin/sh
# @huggingface/jinja (npm) takes all white space off where a chat template takes off line ends alone: code after a
# model's thoughts loses the indentation of its first line, and does not parse any more.
#
# Python's lstrip("\n") takes line ends and leaves spaces. Qwen3's template and those of many after it use it for what
# follows </think>. This package, by which transformers.js and pages that preview templates render them, has strip,
# lstrip and rstrip without arguments: they take any that is given, say nothing, and trim all white space, or none of
# the sign that was named. For learning curves: an earlier reply in a prompt, or a row that is trained, reads otherwise
# in a browser or in Node than in Python, by one and the same template. Where replies go on with code, a diff or a
# table, the examples show a first line that does not fit the others, and a model that is right in Python looks worse
# served by JavaScript; the number of tokens differs as well. Render with Python, or compare both on the rows that are
# used.
#
# Seen with @huggingface/jinja 0.5.11 and jinja2 3.1.6: of 20 replies that go on with the body of a function, 20 parse
# behind the function's head by jinja2 and none by @huggingface/jinja; strip("#") makes "7" of "#7" by the one, and
# leaves it by the other.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check jinja2==3.1.6 >/dev/null 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @huggingface/jinja@0.5.11 >/dev/null 2>&1
cat > "$folder/render.mjs" <<'JS'
import { readFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";

const cases = JSON.parse(readFileSync(process.argv[2]));
console.log(JSON.stringify(cases.map(([template, values]) => new Template(template).render(values))));
JS
cat > "$folder/seen.py" <<'PY'
import ast
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from jinja2.sandbox import ImmutableSandboxedEnvironment

folder = Path(sys.argv[1])
# What comes after the thoughts, as Qwen3's template has it.
TEMPLATE = "{%- set content = message.content.split('</think>')[-1].lstrip('\\n') -%}{{ content }}"
HEAD = "def price_{n}(items, rate):\n"
BODY = "    net = sum(item.net for item in items)\n    return round(net * (1 + rate), {n})"
bodies = [BODY.format(n=n) for n in range(20)]
cases = [(TEMPLATE, {"message": {"content": f"<think>\nThe sum first.\n</think>\n\n{body}"}}) for body in bodies]
cases += [("{{ x.strip('#') }}", {"x": "#7"}), ("{{ x.rstrip('.') }}", {"x": "Paid."}), ("{{ x.strip() }}", {"x": " Paid. "})]
(folder / "cases.json").write_text(json.dumps(cases))
out = subprocess.run(["node", folder / "render.mjs", folder / "cases.json"], check=True, capture_output=True, text=True).stdout
environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
rendered = {"jinja2": [environment.from_string(text).render(values) for text, values in cases],
            "@huggingface/jinja": json.loads(out)}


def parses(n, body):
    try:
        return bool(ast.parse(HEAD.format(n=n) + body))
    except SyntaxError:
        return False


package = json.loads((folder / "node_modules/@huggingface/jinja/package.json").read_text())
print(f"jinja2 {version('jinja2')} and @huggingface/jinja {package['version']}: bodies that parse, and three texts stripped")
seen = {}
for name, texts in rendered.items():
    seen[name] = sum(parses(n, body) for n, body in enumerate(texts[:20])), texts[20:]
    print(f"  {name}: {seen[name][0]} of 20, {seen[name][1]}; {texts[0].splitlines()[0]!r}")
assert rendered["jinja2"][:20] == bodies, "the behaviour has changed"
assert seen == {"jinja2": (20, ["7", "Paid", "Paid."]), "@huggingface/jinja": (0, ["#7", "Paid.", "Paid."])}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
