#!/bin/sh
# evalsig reads every item of a HELM run as right, whatever was replied, and so rejects the better of two models.
#
# It looks into scenario_state.json for the "success" of each result. In HELM that says whether the server answered; how
# good the reply was stands in another file (per_instance_stats.json), which it does not open. All scores are 1.0: the
# two runs are equal on every item, their difference has no spread, and so the smallest difference that the run could
# have shown counts as 0. Its release gate, which says INCONCLUSIVE where a run is too small, therefore gives a firm
# REJECT to a model that is right on all items where the old one is on none. For "fine-tune, or keep prompting?": a
# curve read this way is flat at 100% for every number of examples, and no fine-tuned model ever passes. Read
# per_instance_stats.json, and distrust a score that no item misses.
#
# Seen with evalsig 0.1.2 and a file written by the records of crfm-helm 0.5.16: 60 wrong replies and 60 right ones are
# both read as 60 of 60; difference 0, smallest detectable difference 0, REJECT.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check "$@" >/dev/null 2>&1; }
pip evalsig==0.1.2 numpy==2.4.6 scipy==1.17.1 pyarrow==26.0.1 \
  colorlog==6.12.0 filelock==4.3.1 pyhocon==0.3.63 PyYAML==6.0.4 tqdm==4.70.1 zstandard==0.25.0
pip --no-deps crfm-helm==0.5.16
cat > "$folder/seen.py" <<'PY'
import json
import sys
from importlib.metadata import version
from pathlib import Path

from evalsig import gate
from evalsig.io.helm import read_helm_scenario
from helm.benchmark.adaptation.adapter_spec import AdapterSpec
from helm.benchmark.adaptation.request_state import RequestState
from helm.benchmark.adaptation.scenario_state import ScenarioState
from helm.benchmark.scenarios.scenario import CORRECT_TAG, Input, Instance, Output, Reference
from helm.common.general import asdict_without_nones
from helm.common.request import GeneratedOutput, Request, RequestResult

folder = Path(sys.argv[1])


def run(model, replies):
    """A run of HELM on questions whose right answer is "late", read by evalsig."""
    states = [
        RequestState(
            instance=Instance(Input(f"letter {n}"), [Reference(Output("late"), [CORRECT_TAG])], "test", id=f"id{n}"),
            reference_index=None, request_mode=None, train_trial_index=0, output_mapping=None,
            request=Request(model=model, prompt=f"letter {n}"),
            result=RequestResult(True, [], [GeneratedOutput(reply, 0.0, [])], cached=False),
            num_train_instances=0, prompt_truncated=False,
        )
        for n, reply in enumerate(replies)
    ]
    file = folder / f"{model}.json"
    file.write_text(json.dumps(asdict_without_nones(ScenarioState(AdapterSpec(model=model), states))))
    return read_helm_scenario(file, metric_name="exact_match")


wrong, right = run("old", ["lost"] * 60), run("new", ["late"] * 60)
scores = [sum(item.score for item in read.items) for read in (wrong, right)]
report = gate(wrong, right, min_delta=0.02)
found = report.comparison
print(f"evalsig {version('evalsig')}, crfm-helm {version('crfm-helm')}: of 60 items {scores[0]:.0f} right with the wrong "
      f"replies, {scores[1]:.0f} with the right ones")
print(f"difference {found.delta}, smallest detectable {found.mde}: {report.verdict.value}")
assert scores == [60, 60] and found.delta == found.mde == 0, "the behaviour has changed"
assert report.verdict.value == "REJECT", "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
