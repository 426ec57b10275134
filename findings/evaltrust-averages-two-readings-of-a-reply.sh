#!/bin/sh
# evaltrust calls a fine-tuned model that knows no more than its base "significantly better", since it averages the two
# readings that lm-evaluation-harness makes of each reply.
#
# A task with two filters, as gsm8k is, reads each reply twice: strictly, where it has a form such as #### 42, and by its
# last number. Both rows stand in one file of samples, told apart by "filter". evaltrust does not look at that and takes
# the two for two runs of one model. A right reply in another form is worth a half; where the readings differ, the
# result is said to be of low confidence, for another reason: the ranking changes between runs. truescore, which reads the
# same file, takes the two for two items, so that its intervals are too narrow by a factor of 1.4. For "fine-tune, or keep
# prompting?": what examples and training teach first is the form, so that the curve rises, and the fine-tuned model
# wins, by up to half of all that was right before, with a p-value for it. Keep the rows of one filter, the one that
# reads an answer wherever it stands, and compare those.
#
# Seen with evaltrust 0.7.0, truescore 0.7.4 and files written by lm-eval 0.4.13: of 100 sums both models have 80 right
# by their last numbers; the base, which writes "The answer is 42.", has 0.4 and the other 0.8, "a real improvement. Safe
# to act on", p below 0.001; truescore finds 200 items. With the rows of that one filter alone the gap is 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check lm-eval==0.4.13 datasets==5.2.0 evaltrust==0.7.0 \
  truescore==0.7.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import logging
import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=str(folder / "cache"), TQDM_DISABLE="1")
import evaltrust  # noqa: E402 (after the settings of lm-eval)
from lm_eval import simple_evaluate  # noqa: E402
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.loggers import EvaluationTracker  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402
from truescore.adapters import read_eval  # noqa: E402

logging.disable(logging.CRITICAL)
OWN_TASK = TaskManager(include_defaults=False)


class Adds(LM):
    """Is right in four of five, and writes its number in a form of its own."""

    def __init__(self, form):
        super().__init__()
        self.form = form

    def generate_until(self, requests, disable_tqdm=False):
        numbers = [int(re.findall(r"\d+", request.args[0])[-1]) for request in requests]
        return [self.form.format(2 * number if number % 5 else 0) for number in numbers]

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


def reading(name, pattern, place):
    found = {"function": "regex", "regex_pattern": pattern, "group_select": place}
    return {"name": name, "filter": [found, {"function": "take_first"}]}


def samples(name, form):
    """The file of samples that lm-eval writes of a model."""
    file = folder / "items.jsonl"
    file.write_text("\n".join(json.dumps({"ask": f"{n} + {n}?", "sum": f"{2 * n}"}) for n in range(1, 101)))
    task = {
        "task": "sums", "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(file)}},
        "test_split": "test", "doc_to_text": "{{ask}}", "doc_to_target": "{{sum}}", "output_type": "generate_until",
        "generation_kwargs": {"until": ["\n"]}, "metric_list": [{"metric": "exact_match"}],
        "filter_list": [reading("strict-match", "#### ([0-9]+)", 0), reading("flexible-extract", "([0-9]+)", -1)],
    }
    tracker = EvaluationTracker(output_path=str(folder / name))
    results = simple_evaluate(
        Adds(form), tasks=[task], task_manager=OWN_TASK, bootstrap_iters=0, log_samples=True, evaluation_tracker=tracker
    )
    rows = results.pop("samples")["sums"]
    tracker.save_results_aggregated(results=results, samples={"sums": rows})
    tracker.save_results_samples(task_name="sums", samples=rows)
    by_filter = {key: float(value) for key, value in results["results"]["sums"].items() if "match," in key}
    return next((folder / name).rglob("samples_*.jsonl")), by_filter


def gap(files):
    """What evaltrust finds of the second model against the first: the interval, p, and what to do."""
    found = evaltrust.audit([str(file) for file in files], model_a="base", model_b="fine-tuned").to_dict()
    decision = next(one for one in found["findings"] if one["details"].get("check") == "decision")
    details = decision["details"]
    return round(details["ci_low"], 2), round(details["ci_high"], 2), details["p_value"], decision["title"], decision["how_to_fix"]


def one_filter(file):
    kept = file.with_name(file.name.replace("samples_", "samples_flexible_"))
    rows = [line for line in file.read_text(encoding="utf-8").splitlines() if json.loads(line)["filter"] != "strict-match"]
    kept.write_text("\n".join(rows), encoding="utf-8")
    return kept


(base, base_scores), (tuned, tuned_scores) = samples("base", "The answer is {}."), samples("tuned", "#### {}")
both, flexible = gap([base, tuned]), gap([one_filter(base), one_filter(tuned)])
items = len(read_eval(str(base)).rows)
print(f"evaltrust {version('evaltrust')}, truescore {version('truescore')}, lm-eval {version('lm-eval')}")
print(f"  lm-eval: base {base_scores}, fine-tuned {tuned_scores}")
print(f"  evaltrust: {both}")
print(f"  the same of flexible-extract alone: {flexible}; truescore finds {items} items of 100")
assert base_scores == {"exact_match,strict-match": 0.0, "exact_match,flexible-extract": 0.8}, "the behaviour has changed"
assert set(tuned_scores.values()) == {0.8} and items == 200, "the behaviour has changed"
assert 0.3 < both[0] < 0.4 < both[1] < 0.5 and both[2] < 0.001 and "Safe to act" in both[4], "the behaviour has changed"
assert flexible[:2] == (0, 0), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
