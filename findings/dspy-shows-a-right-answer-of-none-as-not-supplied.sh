#!/bin/sh
# DSPy shows an example whose right answer is None as one that lacks something, before all others, and reads a reply that
# copies its answer as another one.
#
# A field may be None where there is nothing to find: a total that a letter need not have. An example counts as complete
# where no value is None. The others are moved before all the complete ones, in whatever order they were chosen, with a
# notice that some fields are not supplied. As the answer stands "None", and a model that writes just that is read, where
# the field is of text, as having answered the text "None", which is not None. For learning curves: with one such example
# more, the prompt is no longer the shorter one and something more; the examples say of the inputs that they have gaps; and
# a reply that copies them to the letter is wrong, so that more examples can lower the score. Give "nothing there" a word
# of its own, such as "none", as target and in the metric.
#
# Seen with DSPy 3.4.1: the third of four examples comes first, with its notice, by each of three adapters; its answer is
# read back as a text by ChatAdapter and XMLAdapter, and as None by JSONAdapter, which writes null.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check dspy==3.4.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import dspy


class Total(dspy.Signature):
    """Which currency does the letter ask for, if any?"""

    letter: str = dspy.InputField()
    currency: str | None = dspy.OutputField()


CHOSEN = [("A", "EUR"), ("B", "USD"), ("C", None), ("D", "EUR")]
examples = [dspy.Example(letter=f"letter {name}", currency=currency) for name, currency in CHOSEN]
print(f"DSPy {version('dspy')}, of examples A, B, C (None) and D")
seen = {}
for adapter in (dspy.ChatAdapter(), dspy.JSONAdapter(), dspy.XMLAdapter()):
    messages = adapter.format(Total, examples, {"letter": "letter Z"})
    asked = [message["content"] for message in messages if message["role"] == "user"][:-1]
    order = "".join(next(name for name, _ in CHOSEN if f"letter {name}" in content) for content in asked)
    gaps = [place for place, content in enumerate(asked) if "not supplied" in content]
    reply = messages[2]["content"]  # what stands as the answer of the first one shown
    back = adapter.parse(Total, reply)["currency"]
    seen[type(adapter).__name__] = (order, gaps, back)
    print(f"  {type(adapter).__name__}: shown as {order}, 'not supplied' at {gaps}; {reply.split()!r} is read as {back!r}")
assert seen == {
    "ChatAdapter": ("CABD", [0], "None"), "JSONAdapter": ("CABD", [0], None), "XMLAdapter": ("CABD", [0], "None"),
}, "the behaviour has changed"
PY
cd "$folder"
DSPY_CACHEDIR="$folder/cache" "$folder/venv/bin/python" "$folder/seen.py"
