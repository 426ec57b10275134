#!/bin/sh
# thefuzz finds A+ for the reply A-, <5 for ≥5, 1 for -1 and C for C++, each with the full score of 100, where the right one is in the
# list to the letter, further down.
#
# process.extractOne takes all signs that are neither letters nor digits out of the reply and of every choice before it compares
# them, so that A, A+ and A- are one text, and the first of those with the best score is returned. No choice is first
# looked for as it is. 100 says that it is the same, and no threshold helps. For learning curves: replies are often brought to
# one of the labels that way. Of grades, bounds, signs and file types, all replies count for the label that stands first in
# the list: a model that is always right has half, and has it with any number of examples; the order of the labels decides
# whose replies are right, and reversing it makes the other half right. extractOne of rapidfuzz, which thefuzz is built on, takes
# nothing out unless told to. processor=None, said to leave the texts as they are, changes nothing, since the scorer takes the
# signs out once more; scorer=fuzz.ratio with it does. Look for the reply among the labels first.
#
# Seen with thefuzz 0.22.1 and rapidfuzz 3.14.6: of 9 replies that are labels to the letter, 4 lists of 2 or 3 labels, 4 are
# found, all with 100, also with processor=None; all 9 by fuzz.ratio with processor=None, and by rapidfuzz.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check thefuzz==0.22.1 rapidfuzz==3.14.6 \
  >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import rapidfuzz.process
from thefuzz import fuzz, process

LISTS = [["A+", "A-"], ["<5", "\u22655"], ["1", "-1"], ["C", "C#", "C++"]]
found = {reply: process.extractOne(reply, labels) for labels in LISTS for reply in labels}
right = [reply for reply, (label, score) in found.items() if label == reply]
every = [(reply, labels) for labels in LISTS for reply in labels]
plain = [reply for reply, labels in every if process.extractOne(reply, labels, processor=None)[0] == reply]
ratio = [reply for reply, labels in every
         if process.extractOne(reply, labels, processor=None, scorer=fuzz.ratio)[0] == reply]
other = [reply for reply, labels in every if rapidfuzz.process.extractOne(reply, labels)[0] == reply]
print(f"thefuzz {version('thefuzz')}: {found}")
print(f"{len(right)} of {len(found)} replies are found, {len(plain)} without a processor, {len(ratio)} without one by "
      f"fuzz.ratio, {len(other)} by rapidfuzz")
assert right == plain == ["A+", "<5", "1", "C"], "the behaviour has changed"
assert {score for label, score in found.values()} == {100}, "the behaviour has changed"
assert len(ratio) == len(other) == len(found) == 9, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
