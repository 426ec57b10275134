#!/bin/sh
# cleanllm's fix takes all indentation out of the replies of a training file, so that no Python function there parses
# any more.
#
# It is said to normalize white space. It cuts the spaces at both ends of every line and turns several in a row into
# one; the line ends stay, so that the code looks whole. No switch of the command turns that off. The general preset
# does it too; only those that look for secrets and personal data do not. The report counts the changed rows, and no
# fault. For "fine-tune, or keep prompting?": a model is trained on code that does not run and on YAML with all levels
# gone, while the examples of the prompt, from the file as it was, have both; fine-tuning then loses to the prompt for a
# reason that no curve shows, and more surely the more is trained. Clean such files with a tool that leaves replies
# alone, and run what the cleaned file says.
#
# Seen with cleanllm 4.0.0: of 20 functions in Python and 20 mappings in YAML, all of which read back before, no
# function and no mapping does after, by default and by the general preset; 40 rows changed, none dropped, none called
# invalid. By the preset for secrets all 40 are as they were.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  cleanllm==4.0.0 PyYAML==6.0.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import ast
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

folder, tool = Path(sys.argv[1]), Path(sys.executable).with_name("cleanllm")
FUNCTION = "def price_{n}(items):\n    total = 0\n    for item in items:\n        total += item.net\n    return total"
MAPPING = "service_{n}:\n  port: 80{n:02}\n  limits:\n    memory: {n}Gi"
replies = [FUNCTION.format(n=n) for n in range(20)] + [MAPPING.format(n=n) for n in range(20)]
file = folder / "train.jsonl"
file.write_text("".join(
    json.dumps({"id": n, "messages": [{"role": "user", "content": f"Write number {n}."},
                                      {"role": "assistant", "content": reply}]}) + "\n"
    for n, reply in enumerate(replies)
))


def reads(reply):
    """Whether a function parses, or a mapping has its levels."""
    try:
        if reply.startswith("def "):
            return bool(ast.parse(reply))
        (service,) = yaml.safe_load(reply).values()
        return "memory" in service["limits"]
    except (SyntaxError, ValueError, TypeError, yaml.YAMLError):
        return False


def cleaned(*settings):
    """The replies of the cleaned file, and what the command says of itself."""
    out, said = folder / "clean.jsonl", folder / "said.json"
    subprocess.run([tool, "fix", file, "-o", out, "--report-json", said, *settings], check=True, capture_output=True)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    return [row["messages"][1]["content"] for row in rows], json.loads(said.read_text())


after, said = cleaned()
general, _ = cleaned("--preset", "general")
plain, _ = cleaned("--preset", "security_scan")
counts = [[sum(map(reads, part)) for part in (some[:20], some[20:])] for some in (replies, after, general, plain)]
print(f"cleanllm {version('cleanllm')}: functions and mappings that read back: {counts[0]} before, {counts[1]} after, "
      f"{counts[2]} by the general preset, {counts[3]} by that for secrets")
print("its report:", {name: count for name, count in said.items() if isinstance(count, int) and count})
print(after[0])
assert counts == [[20, 20], [0, 0], [0, 0], [20, 20]] and plain == replies, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
