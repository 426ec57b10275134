#!/bin/sh
# calibstats gives an adaptive calibration error of 0 to a model that is right in 90% where it says 60%, and in 60% where it says 90%,
# and a 95% interval that this 0 is not in.
#
# The adaptive error sorts replies by how sure the model says it is, and cuts them into 15 bins of one size. Where many replies
# have one confidence, most of the cuts coincide, which its code says makes fewer bins. But the cuts at both ends are taken off
# before replies are put into bins: of two confidences none is left, and all replies are in one bin, in which what is too much
# and what is too little cancel. Of three, the upper two are one. Models that are asked how sure they are answer in tens, and few of them
# say more than two or three numbers. For "fine-tune, or keep prompting?": a rule "below 80% ask the larger model" is set by such
# an error; here it sends away the replies that are right and keeps the others, and the report calls that calibrated. What is called
# ECE in the same report, by bins of one width, shows it. Random confidences have no ties, and so tests do not. Go by ECE
# or the Brier score where confidences are few.
#
# Seen with calibstats 0.1.0, numpy 2.4.6 and scipy 1.17.1, for 200 replies at 60% and 200 at 90%: ACE 0.000, with an interval from
# 0.001 to 0.280, and ECE 0.300; the debiased error by quantiles is 0 as well. With 200 replies at 75% between them, ACE is 0.200. For
# 20 to 380 of 400 at 60%, ECE is 0.3 in all 361 mixes and ACE is that in 12; in the others it is smaller, down to 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  calibstats==0.1.0 numpy==2.4.6 scipy==1.17.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import calibstats
import numpy as np

sure = np.repeat([0.6, 0.9], 200)
right = np.concatenate([np.arange(200) < 180, np.arange(200) < 120]).astype(int)

print(f"calibstats {version('calibstats')}: 200 replies at 60%, of which 90% are right, and 200 at 90%, of which 60% are")
metrics = calibstats.calibration_report(sure, right, n_boot=300).metrics
for name in ("ace", "ece"):
    print(f"  {name}: {metrics[name].estimate:.3f}, 95% interval {metrics[name].low:.3f} to {metrics[name].high:.3f}")
debiased = calibstats.debiased_ece(sure, right, strategy="quantile")
three = calibstats.ace(np.append(sure, np.full(200, 0.75)), np.append(right, np.arange(200) < 150))
print(f"  debiased by quantiles: {debiased:.3f}; ace with 200 more at 75%, of which 75% are right: {three:.3f}")
assert metrics["ace"].estimate < 1e-9 and metrics["ace"].low > metrics["ace"].estimate, "the behaviour has changed"
assert abs(metrics["ece"].estimate - 0.3) < 1e-9 and debiased < 1e-9, "the behaviour has changed"

errors = []
for doubtful in range(20, 381):
    sure = np.repeat([0.6, 0.9], [doubtful, 400 - doubtful])
    right = np.concatenate([np.arange(doubtful) < 0.9 * doubtful, np.arange(400 - doubtful) < 0.6 * (400 - doubtful)]).astype(int)
    errors.append((calibstats.ace(sure, right), calibstats.ece(sure, right)))
equal = sum(abs(ace - ece) < 1e-9 for ace, ece in errors)
print(f"of {len(errors)} mixes of 60% and 90%, ece is {min(ece for _, ece in errors):.2f} or more in all, and ace equals it in {equal}")
assert equal < 30 and min(ece for _, ece in errors) > 0.29, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
