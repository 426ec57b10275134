#!/bin/sh
# AdalFlow reads the reply -5 as 5, 1,250 as 1, 12.5 as 12 where a whole number is asked for, 3e-05 as 5, and "not true" as True.
#
# IntParser and FloatParser take the first digits of a reply that stand as a word of their own. A sign is no part of that word, a
# comma ends it, and so does the point for a whole number; .5 begins at its 5. What was found is returned as a number, not as a
# doubtful one; 25kg raises. BooleanParser takes the first of true, True, false and False, and TRUE raises. For learning
# curves: a model whose every reply is a right negative number scores 0 with no example and with any, since no prompt changes
# what is read, and fine-tuning would not either: the task looks hopeless. Where amounts run over a thousand, those below are
# right and those above are wrong, and examples that leave the comma out seem to teach arithmetic. AnswerMatchAcc takes signs and
# points out of both sides as well, so that -5 is right where 5 is asked for. Take the text as it came, and read it by json.loads.
#
# Seen with adalflow 1.1.3 and openai 2.54.0: of six replies none is read as the number it is, and all give one; "not true" is True.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check adalflow==1.1.3 openai==2.54.0 \
  >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import tiktoken

tiktoken.get_encoding = lambda name: None  # importing adalflow fetches a vocabulary, which nothing here uses
from adalflow.core.string_parser import BooleanParser, FloatParser, IntParser
from adalflow.eval.answer_match_acc import AnswerMatchAcc

WHOLE = {"-5": -5, "1,250": 1250, "The total is -12 euros.": -12}
BROKEN = {"-12.5": -12.5, "1,250.75": 1250.75, "3e-05": 3e-05}
whole = {reply: IntParser()(reply) for reply in WHOLE}
broken = {reply: FloatParser()(reply) for reply in BROKEN}
print(f"adalflow {version('adalflow')}: {whole}, {broken}, 12.5 as a whole number {IntParser()('12.5')}")
print(f"not true is {BooleanParser()('That is not true.')}; -5 for 5: {AnswerMatchAcc().compute_single_item('-5', '5')}")
assert whole == {"-5": 5, "1,250": 1, "The total is -12 euros.": 12}, "the behaviour has changed"
assert broken == {"-12.5": 12.5, "1,250.75": 1.0, "3e-05": 5.0}, "the behaviour has changed"
assert IntParser()("12.5") == 12 and IntParser()("42") == 42, "the behaviour has changed"
assert BooleanParser()("That is not true.") is True, "the behaviour has changed"
assert AnswerMatchAcc().compute_single_item("-5", "5") == 1, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" | grep -v "^MLflow not available"
