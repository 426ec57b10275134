#!/bin/sh
# With pandas 3, crowd-kit's majority of two annotators is whatever label the first row of the file has: sort the file the other
# way, and 30 of 100 gold labels turn from approve to reject.
#
# A tie is given to the first of the label's columns, so that all ties of the same labels go the same way. With pandas 2 the
# columns are in the order of the alphabet. pandas 3 keeps them in the order in which the labels are first seen, and crowd-kit,
# which asks for no version, gives other gold labels for the same file, and others for the same rows in another order. With
# given skills it is the alphabet again. Nothing says which items were ties. For "fine-tune, or keep prompting?": two annotators
# are the usual number, and all they disagree about, the hard part, gets one label. A model is measured by it, and trained on
# it; the share of "approve" moves by 30 points, and with it every accuracy, by an update or by a sort of the file. Of which two
# people disagree, leave out, ask a third, or look at probas_, where a tie is 0.5.
#
# Seen with crowd-kit 1.4.2 and 100 items, 30 of them ties: with pandas 3.1.1, 65 are approve in the order of the file and 35 from its
# end; with pandas 2.3.3, 65 both times. For the labels yes and no, the same votes are 65 yes with pandas 3.1.1 and 35 with 2.3.3.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import pandas as pd
from crowdkit.aggregation import MajorityVote

ITEMS = [("approve" if item < 50 else "reject", item % 10 < 3) for item in range(100)]
OTHER = {"approve": "reject", "reject": "approve"}
votes = pd.DataFrame(
    [(f"t{item}", who, OTHER[label] if who == "second" and differs else label)
     for item, (label, differs) in enumerate(ITEMS) for who in ("first", "second")],
    columns=["task", "worker", "label"],
)


def majority(rows, label):
    return int((MajorityVote().fit_predict(rows) == label).sum())


renamed = votes.replace({"label": {"approve": "yes", "reject": "no"}})
seen = majority(votes, "approve"), majority(votes.iloc[::-1], "approve"), majority(renamed, "yes")
print(f"crowd-kit {version('crowd-kit')}, pandas {version('pandas')}: {seen[0]} of 100 are approve, {seen[1]} with the rows "
      f"from the end; {seen[2]} are yes where the labels are yes and no")
assert seen == ((65, 35, 65) if pd.__version__.startswith("3.") else (65, 65, 35)), "the behaviour has changed"
PY
for pandas in 2.3.3 3.1.1; do
  python3 -m venv "$folder/$pandas"
  "$folder/$pandas/bin/pip" install --quiet --no-compile --no-deps --disable-pip-version-check crowd-kit==1.4.2 \
    "pandas==$pandas" numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1 nltk==3.10.4 pyarrow==26.0.1 \
    attrs joblib cloudpickle narwhals threadpoolctl python-dateutil pytz six tzdata regex click tqdm >/dev/null 2>&1
  "$folder/$pandas/bin/python" "$folder/seen.py"
done
