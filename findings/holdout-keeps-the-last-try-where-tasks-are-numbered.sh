#!/bin/sh
# holdout-evals judges two systems by the last try of each task alone, where tasks are numbered, and calls the better one a
# step backwards; where they are named, it refuses the same files.
#
# A file may hold each task once, and a second row of a task is said to be refused. Tasks are kept by the text of their id, and
# the id is looked for as it came: the text "7" is kept, the number 7 is looked for and not found, and each later row
# takes the place of the one before. So several tries of a task, several epochs, a run that was continued or two runs in
# one file count as one, the last. What is printed is the number of tasks, which is right, and shares that are those of no
# run. For "fine-tune, or keep prompting?": whatever was tried several times because it varies is judged by a fraction of
# what was paid for, and by the rows that happen to come last: the tries under load, the rerun of what failed. Give the
# mean of each task's tries, or ids that are texts, and compare the share that is printed with your own.
#
# Seen with holdout-evals 0.1.0 and numpy 2.4.6, 60 tasks tried four times: a candidate that is right in 78% of its tries
# where the baseline is in 50% is said to have 30% and to be significantly worse; a significant gain by the means of the
# tasks; with "t7" for 7, the file is refused.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check holdout-evals==0.1.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import json
import sys
from importlib.metadata import version

from holdout.compare import compare
from holdout.io import align, load_scores

folder = sys.argv[1]


def rows(right, name=int):
    """60 tasks, one try of each after the other; so many of the tries are right, the first tasks first."""
    return [{"task_id": name(task), "score": int(task < count)} for count in right for task in range(60)]


def write(system, lines):
    with open(f"{folder}/{system}.jsonl", "w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return f"{folder}/{system}.jsonl"


def means(lines):
    tries = {}
    for line in lines:
        tries.setdefault(line["task_id"], []).append(line["score"])
    return {str(task): sum(scores) / len(scores) for task, scores in tries.items()}


# The last try of the candidate ran while its server was busy.
baseline, candidate = rows([30, 30, 30, 30]), rows([56, 57, 56, 18])
loaded = [load_scores(write("baseline", baseline)), load_scores(write("candidate", candidate))]
ours = [sum(line["score"] for line in lines) / len(lines) for lines in (baseline, candidate)]
last, mean = compare(*align(*loaded)[:2]), compare(*align(means(baseline), means(candidate))[:2])
print(f"holdout-evals {version('holdout-evals')}, 60 numbered tasks tried four times")
print("  right of all tries: {:.0%} and {:.0%}".format(*ours))
print(f"  from the files: {last.baseline_mean:.0%} and {last.candidate_mean:.0%}, {last.verdict}")
print(f"  means of the tasks: {mean.baseline_mean:.0%} and {mean.candidate_mean:.0%}, {mean.verdict}")
assert (last.n, last.candidate_mean) == (60, 0.3) and last.verdict.startswith("REGRESSION"), "the behaviour has changed"
assert mean.significant and mean.effect > 0.25, "the behaviour has changed"
try:
    load_scores(write("named", rows([56, 57, 56, 18], name="t{}".format)))
    raise SystemExit("the behaviour has changed")
except ValueError as refused:
    print(f"  named tasks: {str(refused).split(': ')[1]}")
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
