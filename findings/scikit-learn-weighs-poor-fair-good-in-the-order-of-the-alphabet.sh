#!/bin/sh
# scikit-learn's weighted kappa takes grades in the order of the alphabet, fair, good, poor: a judge that mistakes poor
# for good has a higher agreement than one that is a grade off.
#
# Weights make a mistake count by how far apart two grades are. How far is told from the sorted list of the grades that
# occur. Of words that is the alphabet's order, and of numbers it is their place: where nobody gave 2 to 8, 1 and 9 are
# as near as 9 and 10. The plain kappa does not depend on it, and nothing is said. For "fine-tune, or keep prompting?":
# a judge is trusted, or fine-tuned against, by its agreement with people, and the worse judge is taken; between two
# runs of one judge the figure jumps as a grade that was rare goes out of use. Pass labels= with all grades in their
# order.
#
# Seen with scikit-learn 1.9.1, 300 replies that people call poor, fair or good, and two judges that are right on 70%:
# of the rest one is a grade off, and the other calls poor good and good poor. Their quadratic kappas are 0.52 and 0.70,
# and 0.73 and 0.32 with the order given. Of grades 1, 9 and 10, where 9 and 10 are mixed up, it is 0.85, and 0.99 with
# all ten grades given.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from sklearn.metrics import cohen_kappa_score

GRADES = ["poor", "fair", "good"]
# Of each ten: seven judged as people did, and three otherwise.
PEOPLE = ["poor"] * 60 + ["fair"] * 90 + ["good"] * 150
NEAR = {"poor": "fair", "fair": "good", "good": "fair"}
FAR = {"poor": "good", "fair": "good", "good": "poor"}


def judged(people, mistaken):
    return [grade if n % 10 < 7 else mistaken[grade] for n, grade in enumerate(people)]


def kappas(people, mistaken, order):
    """The quadratic kappa as it is, and with the order of the grades."""
    judge = judged(people, mistaken)
    plain = [cohen_kappa_score(people, judge, labels=labels) for labels in (None, order)]
    assert abs(plain[0] - plain[1]) < 1e-9, "the behaviour has changed"
    return [round(cohen_kappa_score(people, judge, weights="quadratic", labels=labels), 2) for labels in (None, order)]


print(f"scikit-learn {version('scikit-learn')}: quadratic kappa as it is, and with the grades in their order")
seen = {
    "a grade off": kappas(PEOPLE, NEAR, GRADES),
    "poor for good": kappas(PEOPLE, FAR, GRADES),
    "9 for 10": kappas([1, 9, 10] * 100, {1: 1, 9: 10, 10: 9}, list(range(1, 11))),
}
for name, pair in seen.items():
    print(f"  {name}: {pair}")
near, far, ten = seen.values()
assert far[0] > near[0] + 0.15 and near[1] > far[1] + 0.35, "the behaviour has changed"
assert ten[1] > 0.98 > 0.9 > ten[0], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
