#!/bin/sh
# BAML reads "I cannot tell" as the label No, "Not spam" as SPAM, and "untrue" as true.
#
# Where a reply is none of the labels to the letter, it is put in lower case and searched for each of them, and a label
# may be part of a word: "no" is in cannot, unknown, not, another and know. The label found most often is the answer, and
# the parsed value does not show how it was found. An underscore of a name is no space, so that "Not spam" holds SPAM and
# not NOT_SPAM. For learning curves: a model that abstains from every question of yes and no scores the share of those
# whose answer is no, so that the curve starts too high; one that writes "not spam" where that is right scores 0, and
# examples that show the spelling lift it to 100% though it knew as much before, which fine-tuning gets the credit for
# too. A label that is in no other word (ANSWER_NO) is not found that way: such a reply raises, and counts as unreadable.
# A label that is denied is found all the same. Score the raw reply.
#
# Seen with baml-py 0.226.3: five of five replies that say "cannot tell" in other words are No; "Not spam" and "This is
# not spam." are SPAM, "untrue" and "That is not true." are true.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check baml-py==0.226.3 pydantic==2.13.4 >/dev/null 2>&1
mkdir "$folder/baml_src"
cat > "$folder/baml_src/types.baml" <<'BAML'
generator python {
  output_type "python/pydantic"
  output_dir "../"
  version "0.226.3"
}
client<llm> Nobody {
  provider openai
  options {
    model "none"
    api_key "none"
  }
}
enum Answer {
  Yes
  No
}
enum Mail {
  SPAM
  NOT_SPAM
}
function IsItSo(text: string) -> Answer {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function WhichMail(text: string) -> Mail {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function IsTrue(text: string) -> bool {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
BAML
cd "$folder"
BAML_LOG=off venv/bin/baml-cli generate >/dev/null 2>&1
cat > seen.py <<'PY'
from importlib.metadata import version

from baml_client import b

ABSTAINS = ["I cannot tell.", "Unknown", "Not enough information.", "The text does not say.", "I do not know."]
answers = {reply: b.parse.IsItSo(reply).value for reply in ABSTAINS}
mails = {reply: b.parse.WhichMail(reply).value for reply in ("NOT_SPAM", "Not spam", "This is not spam.")}
truths = {reply: b.parse.IsTrue(reply) for reply in ("untrue", "That is not true.")}
print(f"baml-py {version('baml-py')}: {answers}\n  {mails}\n  {truths}")
assert set(answers.values()) == {"No"}, "the behaviour has changed"
assert list(mails.values()) == ["NOT_SPAM", "SPAM", "SPAM"], "the behaviour has changed"
assert list(truths.values()) == [True, True], "the behaviour has changed"
PY
BAML_LOG=off venv/bin/python seen.py
