#!/bin/sh
# toonify writes the text "1.10" as the number 1.10 and reads it back as 1.1; a postcode loses its first 0, and "1e5" is
# 100000.0.
#
# TOON is a shorter JSON, for prompts. By its specification, a text that could be read as a number stands in quotation
# marks; toonify has rules of its own. When it writes, it leaves the marks off where Python takes a text for a number.
# When it reads, it asks Python again, to which 007, 1_000 and 5. are numbers too. So its own text does not come back as
# it was, though it says that types are preserved. The specification's own package for Python, and the one written in
# Rust, give each back as it was. For learning curves: the examples of a prompt show the model a version, a postcode or
# an account number without marks. It rightly answers in the same way, and its reply is read as another value. Without
# examples it may quote as JSON does, and is right, so that the curve falls with the first example. A fine-tuned model
# that learned the file is wrong each time. Write and read with toon-format, and look at one example of each field.
#
# Seen with toonify 1.6.0, toon-format 1.2.0 and toons 0.9.0, for ten texts in a table of two columns: from toonify none
# of ten comes back as the text that it was, and seven are numbers of another spelling; from both others all ten do.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  toonify==1.6.0 toon-format==1.2.0 toons==0.9.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import toon
import toon_format
import toons

TEXTS = ["1.10", "01067", "007", "1e5", "12.50", "1_000", "+49", "3.0", "2026", "0"]
rows = {"rows": [{"field": f"text {n}", "value": text} for n, text in enumerate(TEXTS)]}
packages = {
    "toonify": (toon.encode, toon.decode), "toon-format": (toon_format.encode, toon_format.decode),
    "toons": (toons.dumps, toons.loads),
}
seen = {}
for name, (write, read) in packages.items():
    written = write(rows)
    seen[name] = [row["value"] for row in read(written)["rows"]]
    print(f"{name} {version(name)} writes {written.splitlines()[1].strip()} and reads {seen[name]}")
numbers = [1.1, 1067, 7, 100000.0, 12.5, 1000, 49, 3.0, 2026, 0]
assert seen["toonify"] == numbers and not any(isinstance(one, str) for one in seen["toonify"]), "the behaviour has changed"
assert seen["toon-format"] == seen["toons"] == TEXTS, "the behaviour has changed"
print(f"  spelled otherwise by toonify: {[text for text, one in zip(TEXTS, seen['toonify']) if str(one) != text]}")
assert sum(str(one) != text for text, one in zip(TEXTS, seen["toonify"])) == 7, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
