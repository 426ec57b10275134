#!/bin/sh
# conformguard says of each call that it lets through "wrong at most 5.0% of the time", where 38% of these calls are wrong.
#
# It holds back calls of a model that look doubtful, by a score and a threshold from past calls, each known as right or wrong.
# The wrong ones are laid aside. The threshold is what 95% of the right ones stay below, so that at most 5% of the right ones
# are held back; of how many wrong ones get through, nothing is known. Its description says so, under what is not guaranteed;
# the sentence that comes with every decision, also the one to accept, speaks of "this accept/abstain decision". How well
# the score tells right from wrong does not change it: a score that tells nothing has the same sentence. For "fine-tune, or
# keep prompting?": a model that is right in 60% and a guard that promises 95% looks like the cheap way, cheaper than
# examples or a fine-tuning that would raise the 60%; what goes through is as wrong as before, or nearly so. Count the wrong
# ones among accepted calls with labels of their own, before anything rests on it.
#
# Seen with conformguard 0.2.1 and 2,000 past calls, 60% of them right: of 2,000 new ones like them, 93% are accepted by the
# likelihood of a model that is hardly surer where it is right, and 38% of those are wrong; 40% by a score that tells nothing;
# and none by one that tells all. All have the same sentence.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check conformguard==0.2.1 pydantic==2.14.4 \
  numpy==2.4.6 scipy==1.17.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import random
from importlib.metadata import version

from conformguard import ToolCallContext, calibrate, decide, logprob_score


def calls(surer, chance):
    """2,000 calls, 60% of them right; where one is right, the model is so much surer of it."""
    made = []
    for _ in range(2000):
        right = chance.random() < 0.6
        said = {"model_logprob": -chance.expovariate(6 * surer if right else 6)}
        made.append((ToolCallContext(tool_name="pay", args={}, metadata=said), right))
    return made


print(f"conformguard {version('conformguard')}, 60% of calls are right: accepted, and wrong among the accepted")
seen, sentences = {}, set()
for name, surer in (("a third surer where right", 4 / 3), ("as sure where wrong", 1), ("sure where right alone", 1e9)):
    chance = random.Random(0)
    guard = calibrate(logprob_score, calls(surer, chance), alpha=0.05)
    accepted = [(decided, right) for call, right in calls(surer, chance) if (decided := decide(guard, call)).accepted]
    seen[name] = len(accepted) / 2000, sum(not right for _, right in accepted) / len(accepted)
    sentences |= {decided.guarantee.text.split("), ")[1].split(", for")[0] for decided, _ in accepted}
    print("  {}: {:.0%}, {:.0%}".format(name, *seen[name]))
print(f"said of every accepted call: {sentences}")
hardly, nothing, all_of_it = (wrong for _, wrong in seen.values())
assert hardly > 0.35 and nothing > 0.37 and all_of_it < 0.01, "the behaviour has changed"
said = "this accept/abstain decision is wrong at most 5.0% of the time (alpha=0.05"
assert sentences == {said}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
