#!/bin/sh
# evalci's sample size for two models on the same items grows with how much they agree, where it should shrink.
#
# Its simulation takes rho, said to be how far the two models' right and wrong items go together. That share of the
# items is given one common outcome, of an accuracy halfway between the two models', so that the models differ on the
# rest alone: at rho=0.75 a gap of 5 points is simulated as one of 1.25. The smaller gap costs more items than pairing
# saves. For "fine-tune, or keep prompting?": a model and its fine-tuned copy agree on most items, which is why the same
# items are scored for both, and the plan then asks for so many that the comparison is not made, or calls one hopeless
# that has enough. With the accuracies and the correlation that were given, a few hundred are enough.
#
# Seen with evalci 0.1.0, for 5 points at 80%: about 1,500, 3,000 and 6,000 items at rho = 0, 0.5 and 0.75; abeval 0.1.0
# needs 1,562, 781 and 391 at these correlations, and pairs drawn with them show the gap in 80% of samples of that size.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  evalci==0.1.0 abeval==0.1.0 numpy==2.4.6 scipy==1.17.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import evalci
import numpy as np
from abeval.power import paired_binary_cells, sample_size, sd_diff_from_rates

LOW, HIGH, AGREE = 0.50, 0.55, (0, 0.5, 0.75)


def shown(items, correlation):
    """How often a paired test shows the gap, with pairs of just these accuracies and this correlation."""
    cells = paired_binary_cells(LOW, HIGH, correlation)
    chances = [cells["a_only"], cells["b_only"], cells["both"] + cells["neither"]]
    differences = np.random.default_rng(0).choice([-1, 1, 0], p=chances, size=(2000, items))
    return float(np.mean(abs(differences.mean(1)) > 1.96 * differences.std(1, ddof=1) / items**0.5))


asked = [
    evalci.power(HIGH - LOW, baseline=LOW, method="simulation", rho=rho, sims=500, random_state=0).n for rho in AGREE
]
needed = [sample_size(HIGH - LOW, sd_diff_from_rates(LOW, HIGH, rho)) for rho in AGREE]
power = [shown(items, rho) for items, rho in zip(needed, AGREE, strict=True)]
print(f"{HIGH - LOW:.0%} at 80%, correlations {AGREE}: evalci {version('evalci')} asks for {asked} items, "
      f"abeval {version('abeval')} for {needed}")
print(f"share of samples of {needed} such pairs that show the gap: {[f'{share:.0%}' for share in power]}")
assert asked[0] * 1.5 < asked[1] < asked[2] / 1.5 and needed[0] > needed[1] > needed[2], "the behaviour has changed"
assert all(0.76 < share < 0.84 for share in power), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
