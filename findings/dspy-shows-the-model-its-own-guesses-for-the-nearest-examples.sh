#!/bin/sh
# DSPy's KNNFewShot puts the model's own guesses in place of the right answers of the nearest examples, and asks it four
# times more for each question.
#
# It is described as attaching the k most similar examples as demonstrations. At each question it hands them to
# BootstrapFewShot, which has the model answer the four nearest again and shows what it said; unless a metric is given,
# nothing compares that with the answer that was labelled. The others keep their right answers, up to 16 examples in
# all, in an order that ignores nearness. For learning curves: at k=1 the one example is the model's own answer without
# any, so that the curve starts flat whatever the labels say; up to k=4 no right answer is in the prompt; k=32 is k=16
# with others drawn. Every question takes five requests where one was planned. With a metric the wrong guesses are
# dropped, for up to k more requests a question. max_bootstrapped_demos=0 and max_labeled_demos=k show k right answers
# for one request.
#
# Seen with DSPy 3.4.1 and a model that answers "guess": at k = 1, 4, 8 and 32 there are 1, 4, 4 and 4 guesses among 1,
# 4, 8 and 16 examples, for 2, 5, 5 and 5 requests; 33 requests with a metric; one request and 32 right answers with the
# two settings.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check dspy==3.4.1 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import contextlib
import io
import re
from importlib.metadata import version
from types import SimpleNamespace

import dspy
import numpy as np

requests = []


class Guesses(dspy.BaseLM):
    """Answers everything alike, and keeps what it was asked."""

    def forward(self, prompt=None, messages=None, **settings):
        requests.append(messages)
        text = "[[ ## answer ## ]]\nguess\n\n[[ ## completed ## ]]"
        choice = SimpleNamespace(message=SimpleNamespace(content=text), finish_reason="stop")
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return SimpleNamespace(choices=[choice], usage=usage, model=self.model)


def placed(texts):
    """Vectors of a quarter circle: neighbours are the questions with the next numbers."""
    turns = [int(re.findall(r"\d+", text)[-1]) / 100 for text in texts]
    return np.array([[np.cos(turn), np.sin(turn)] for turn in turns])


def shown(k, **settings):
    """How many requests one question took, and the answers of the examples in the last one."""
    dspy.configure(lm=Guesses(model="guesses"))
    program = dspy.KNNFewShot(k=k, trainset=labelled, vectorizer=dspy.Embedder(placed), **settings).compile(
        dspy.Predict("question -> answer")
    )
    requests.clear()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        program(question="question 50")
    replies = [message["content"] for message in requests[-1] if message["role"] == "assistant"]
    answers = ["guess" if "\nguess\n" in reply else "right" for reply in replies]
    return len(requests), answers.count("guess"), answers.count("right")


labelled = [dspy.Example(question=f"question {n}", answer=f"right {n}").with_inputs("question") for n in range(100)]
print(f"DSPy {version('dspy')}; requests, the model's guesses shown, right answers shown")
seen = {k: shown(k) for k in (1, 4, 8, 32)}
for k, counts in seen.items():
    print(f"  k={k}: {counts}")
checked = shown(32, metric=lambda example, prediction, trace=None: example.answer == prediction.answer)
plain = shown(32, max_bootstrapped_demos=0, max_labeled_demos=32)
print(f"  k=32 with a metric: {checked}; with no bootstrapped and 32 labelled: {plain}")
assert seen == {1: (2, 1, 0), 4: (5, 4, 0), 8: (5, 4, 4), 32: (5, 4, 12)}, "the behaviour has changed"
assert (checked, plain) == ((33, 0, 16), (1, 0, 32)), "the behaviour has changed"
PY
cd "$folder"
DSPY_CACHEDIR="$folder/cache" "$folder/venv/bin/python" "$folder/seen.py"
