#!/bin/sh
# A result of gepa that went through a file of JSON has lost the items that its scores belong to.
#
# Its record offers to_dict() and from_dict() "for JSON-safe round-tripping". The scores of each candidate are kept by
# the item's number; JSON has only texts as keys, and from_dict() leaves them so. Nothing is raised: the averages and
# the best candidate are right, while a look-up of the item 0 finds nothing, and a comparison pair by pair of a stored
# run with one in memory has no pair. For choosing a prompt on the same items as a fine-tuned model: read back, turn
# the keys to numbers again, or keep the scores by a text id of the item from the start.
#
# Seen with gepa 0.1.4 and a search that runs offline: 4 shared items of each candidate before, 0 after.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps gepa==0.1.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import contextlib
import io
import itertools
import json
from importlib.metadata import version

import gepa


class Adapter:
    """Scores a prompt by its length: an item is solved by one as long as it needs."""

    propose_new_texts = None

    def evaluate(self, batch, candidate, capture_traces=False):
        scores = [float(len(candidate["prompt"]) >= item["needs"]) for item in batch]
        return gepa.EvaluationBatch(outputs=scores, scores=scores, trajectories=[{} for _ in scores])

    def make_reflective_dataset(self, candidate, batch, components):
        return {component: [{"Feedback": "longer"}] for component in components}


items = [{"needs": needs} for needs in (1, 3, 5, 9)]
lengths = itertools.count(2)
with contextlib.redirect_stdout(io.StringIO()):
    result = gepa.optimize(
        seed_candidate={"prompt": "a"}, trainset=items, valset=items, adapter=Adapter(),
        reflection_lm=lambda prompt: "```\n" + "a" * next(lengths) + "\n```", max_metric_calls=40, seed=0,
    )
back = gepa.GEPAResult.from_dict(json.loads(json.dumps(result.to_dict())))
before = [len(scores.keys() & result.val_subscores[0].keys()) for scores in result.val_subscores]
after = [len(scores.keys() & result.val_subscores[0].keys()) for scores in back.val_subscores]
print(f"gepa {version('gepa')}: {result.val_subscores[-1]} is read back as {back.val_subscores[-1]}")
print(f"items shared with the seed prompt: {before} before, {after} after; equal averages: "
      f"{result.val_aggregate_scores == back.val_aggregate_scores}")
assert set(before) == {4} and set(after) == {0} and len(before) > 1, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
