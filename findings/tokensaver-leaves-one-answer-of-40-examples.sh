#!/bin/sh
# tokensaver leaves one answer of 40 examples with four labels in a prompt, since "Output: contracts department" says the same
# as "Output: claims department", and calls that a saving.
#
# A line that begins with "output" is an instruction to it, and one that is alike by eight tenths repeats the first: "Stating
# it once is enough." With other words before the label, examples that are alike by nine tenths go as a whole, and those are the
# ones that show a model where the difference lies. Examples below a heading such as "Example 1:", or in <example> tags, are
# left alone; those that are parted by blank lines are not seen as examples. The rules are among those to look over first, and
# "--apply all", as in its description, applies them. For learning curves: what is left are texts without an answer, which
# teach a model to give none, the more the more there are. "More examples do not help" is then said of the tool. Put a
# heading before each example, or leave these rules out (--apply json,whitespace,filler).
#
# Seen with prompt-tokensaver 0.1.4 and its command optimize --apply all, for 40 examples with four labels, ten each: 14 texts
# and 1 answer are left after "Input:" and "Output:", 12 of each after "Letter:" and "Department:", and all 40 with the
# heading "Example n:" before each.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check prompt-tokensaver==0.1.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import subprocess
import sys
from importlib.metadata import version
from itertools import product
from pathlib import Path

FOLDER = Path(sys.argv[1])
LABELS = ["claims department", "contracts department", "billing department", "complaints department"]
WHAT = ["roof", "cellar", "car", "bicycle", "window", "garden fence", "boiler", "piano"]
DONE = ["was damaged last night", "is not in my contract", "was charged twice", "has been waiting for months", "was sold in May"]


def left(asked, answered, heading=""):
    """How many of 40 texts are left in the prompt after the command, and how many answers."""
    texts = [f"Good morning, my {what} {done}. What now?" for what, done in product(WHAT, DONE)]
    examples = [f"{asked}: {text}\n{answered}: {LABELS[n % 4]}" for n, text in enumerate(texts)]
    prompt = ["Name the one that has to deal with it.", *(heading.format(n) + one for n, one in enumerate(examples, 1))]
    source = FOLDER / f"{asked}{len(heading)}.txt"
    source.write_text("\n\n".join(prompt) + "\n")
    command = [Path(sys.executable).with_name("tokensaver"), "optimize", source, "--apply", "all",
               "--output", source.with_suffix(".short")]
    subprocess.run(command, check=True, capture_output=True)
    lines = source.with_suffix(".short").read_text().splitlines()
    return tuple(sum(line.startswith(word + ": ") for line in lines) for word in (asked, answered))


seen = left("Input", "Output"), left("Letter", "Department"), left("Input", "Output", "Example {}:\n")
print(f"prompt-tokensaver {version('prompt-tokensaver')}, texts and answers left of 40 examples: {seen[0]} after Input and Output, "
      f"{seen[1]} after Letter and Department, {seen[2]} with headings")
assert seen == ((14, 1), (12, 12), (40, 40)), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
