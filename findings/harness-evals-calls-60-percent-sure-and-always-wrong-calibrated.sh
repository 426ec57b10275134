#!/bin/sh
# harness-evals calls a model perfectly calibrated that says it is 60% sure and is always wrong.
#
# Expected calibration error puts replies into ten bins by how sure the model says it is. Here one bin ends at 0.5 + 0.1
# = 0.6, which is not part of it, and the next begins at 6 times 0.1, which a computer makes 0.6000000000000001: 60% is
# in no bin. Such a reply adds nothing to the error, but counts among the replies: its error is 0. With 20 bins, 30% is
# in none; 65%, 75% and 90% are in two, and count double. Models that are asked how sure they are answer in tens, and
# 60% is what they say of a guess. For "fine-tune, or keep prompting?": the more often a model says 60%, the better it
# is calibrated, whatever it knows. A gate lets it pass, and by that score a rule is set that hands unsure replies to a
# larger model or to a person. Trials with random numbers from 0 to 1 do not show it. Take n_bins=5 or 15, which have no
# such gap, or the Brier score of the same package.
#
# Seen with harness-evals 0.25.6, for 100 wrong replies: calibration is 1.0, and passes, at 60% sure, and is 0.5 and 0.3
# at 50% and 70%; 0.4 with 5 or 15 bins. With 20 bins it is 1.0 at 30%, and 0.5 for replies that are all right at 75%
# sure. A model that says 90% and is right in half has 0.6, and 0.8 if it says 60% in half of its replies.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check harness-evals==0.25.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from harness_evals.core.eval_case import EvalCase
from harness_evals.metrics.reliability.brier_score import BrierScoreMetric
from harness_evals.metrics.reliability.calibration import CalibrationMetric


def score(metric, sure, right):
    """The score of replies that say how sure they are, and whether it passes."""
    cases = [EvalCase(input="?", output="!", confidence=one) for one in sure]
    found = metric.measure_dataset(cases, right)
    return round(found.value, 2), found.passed


NEVER, ALWAYS, HALF = [False] * 100, [True] * 100, [True, False] * 50
seen = {f"always wrong, {percent}% sure": score(CalibrationMetric(), [percent / 100] * 100, NEVER) for percent in (50, 60, 70)}
seen |= {
    f"the same, 60% sure, {bins} bins": score(CalibrationMetric(n_bins=bins), [0.6] * 100, NEVER) for bins in (5, 15)
}
seen["the same, 60% sure, 1 less Brier score"] = score(BrierScoreMetric(), [0.6] * 100, NEVER)
seen["always wrong, 30% sure, 20 bins"] = score(CalibrationMetric(n_bins=20), [0.3] * 100, NEVER)
seen["always right, 75% sure, 20 bins"] = score(CalibrationMetric(n_bins=20), [0.75] * 100, ALWAYS)
seen["right in half, 90% sure"] = score(CalibrationMetric(), [0.9] * 100, HALF)
seen["right in half, 90% or 60% sure"] = score(CalibrationMetric(), [0.9, 0.9, 0.6, 0.6] * 25, HALF)
print(f"harness-evals {version('harness-evals')}: calibration of 100 replies, and whether it passes")
for replies, found in seen.items():
    print(f"  {replies}: {found}")
expected = [
    (0.5, False), (1, True), (0.3, False), (0.4, False), (0.4, False), (0.64, False), (1, True), (0.5, False), (0.6, False),
    (0.8, True),
]
assert list(seen.values()) == expected, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
