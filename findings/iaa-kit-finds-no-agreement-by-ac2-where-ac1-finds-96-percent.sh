#!/bin/sh
# iaa-kit's AC2 is the weighted kappa under another name: it finds no agreement where AC1, which it equals for two
# labels by its definition, finds 96%.
#
# Gwet's AC1 and AC2 are for what kappa fails on: where nearly all replies are good, kappa says that two raters who
# agree on nearly all do so by chance. AC2 is AC1 with weights, for grades, where a mistake by one grade counts less. In
# iaa-kit ac2() returns what weighted_kappa() returns. That in turn puts grades in the order of their spelling, 1, 10,
# 2, so that 10 is farther from 9 than 8 is from 10. For "fine-tune, or keep prompting?": the better a model, the rarer
# its bad replies, and the lower this figure for judges and labellers who do agree; a judge that works is thrown away,
# or the labels to fine-tune on are. Take AC1 where there are two labels, and irrCAC for grades.
#
# Seen with iaa-kit 0.1.2 and irrCAC 0.4.4. Two raters call 96 of 100 replies good and disagree on four: AC1 is 0.96,
# AC2 -0.02 and so is kappa; irrCAC has 0.96 for both. For 300 grades from 8 to 10, a judge that mixes up 9 and 10 in a
# third has a quadratic kappa of 0.32, and one that mixes up 8 and 10 has 0.83; with the grades in their order, 0.83 and
# 0.32.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  iaa-kit==0.1.2 irrCAC==0.4.4 numpy==1.26.4 pandas==2.3.3 scipy==1.12.0 scikit-learn==1.7.2 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import pandas as pd
from iaa_kit import ac1, ac2, cohen_kappa, weighted_kappa
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score

first = ["good"] * 96 + ["bad"] * 2 + ["good"] * 2
second = ["good"] * 96 + ["good"] * 2 + ["bad"] * 2
rated = pd.DataFrame({"first": first, "second": second})
reference = [CAC(rated, weights=weights, categories=["bad", "good"]).gwet()["est"]["coefficient_value"]
             for weights in ("identity", "quadratic")]
seen = [ac1(first, second), ac2(first, second), ac2(first, second, "quadratic"), cohen_kappa(first, second)]
print(f"iaa-kit {version('iaa-kit')}: AC1 {seen[0]:.2f}, AC2 {seen[1]:.2f}, kappa {seen[3]:.2f}; "
      f"irrCAC {version('irrCAC')}: AC1 {reference[0]:.2f}, AC2 {reference[1]:.2f}")
assert seen[0] > 0.95 and seen[1] == seen[2] and abs(seen[1] - seen[3]) < 1e-9 and seen[1] < 0, "the behaviour has changed"
assert all(abs(value - seen[0]) < 1e-3 for value in reference), "the behaviour has changed"

people = [8, 9, 10] * 100


def judged(mixed_up):
    """A judge that mixes two grades up in a third of the replies."""
    return [mixed_up.get(grade, grade) if n % 9 < 3 else grade for n, grade in enumerate(people)]


kappas = {}
for name, mixed_up in (("9 and 10", {9: 10, 10: 9}), ("8 and 10", {8: 10, 10: 8})):
    judge = judged(mixed_up)
    kappas[name] = weighted_kappa(people, judge, "quadratic"), cohen_kappa_score(people, judge, weights="quadratic")
    assert ac2(people, judge, "quadratic") == kappas[name][0], "the behaviour has changed"
    print("  {} mixed up: quadratic kappa {:.2f}, with grades in their order {:.2f}".format(name, *kappas[name]))
near, far = kappas.values()
assert near[0] < far[0] - 0.2 and near[1] > far[1] + 0.2, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
