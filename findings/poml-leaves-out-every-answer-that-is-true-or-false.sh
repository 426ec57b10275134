#!/bin/sh
# POML leaves out every answer of an example that is true or false: the prompt has the questions of all examples in one
# message, and the question that is asked at their end.
#
# {{ answer }} with a value of true or false is rendered as nothing, as React does. An output without a text is no
# message, and the questions before and after it, which now follow each other, become one message of the user. The labels of a
# JSON file are often true and false, and are booleans once they are read; the words "true" and "false" in quotation marks, 0 and 1,
# and a boolean within an object, are shown. Python returns the messages and raises nothing. For "fine-tune, or keep
# prompting?": each further example costs its tokens and shows no answer, and asks one question more of which only the last is
# meant. The curve over their number is flat or falls, and the advice is to fine-tune, where none of the examples has been seen.
# Write {{ answer ? "true" : "false" }}, and look at a prompt once.
#
# Seen with poml 0.0.8 and 8 examples: 2 messages and none of the 8 answers with booleans, 18 and all with the same answers as
# texts, as 0 and 1, or as an object.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check poml==0.0.8 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import poml

PROMPT = """<poml><task>Is it paid?</task>
<examples><example for="one in shown"><input>{{ one.text }}</input><output>{{ one.answer }}</output></example></examples>
<input>{{ asked }}</input></poml>"""
TRUTH = [item % 2 == 0 for item in range(8)]


def messages(spelled):
    shown = [{"text": f"Letter {item}.", "answer": spelled(answer)} for item, answer in enumerate(TRUTH)]
    return [(one["speaker"], one["content"]) for one in poml.poml(PROMPT, {"shown": shown, "asked": "Letter 99."})]


def answers(prompt):
    return sum(speaker == "ai" for speaker, content in prompt)


booleans = messages(bool)
others = [messages(spelled) for spelled in (str, int, lambda answer: {"paid": answer})]
print(f"poml {version('poml')}: {len(booleans)} messages and {answers(booleans)} of {len(TRUTH)} answers with booleans, "
      f"{[(len(prompt), answers(prompt)) for prompt in others]} with texts, 0 and 1, and objects; the last message is")
print(booleans[-1])
assert answers(booleans) == 0 and len(booleans) == 2, "the behaviour has changed"
assert booleans[-1][1].split("\n\n") == [f"Letter {item}." for item in [*range(8), 99]], "the behaviour has changed"
assert all(answers(prompt) == 8 and len(prompt) == 18 for prompt in others), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said" || { cat "$folder/said"; exit 1; }
