#!/bin/sh
# Inspect's scorer exact() counts 5 as a right reply where -5 is asked for.
#
# Before two texts are compared, each is cut at spaces and at hyphens, and so at the sign of a number; the empty piece
# before it is dropped. The rule that spares a number its dot and its sign when punctuation is removed comes after that,
# and saves 0.5 from being 05 but no -5. f1() does the same. match(numeric=True) of the same release tells the two
# apart, so that two scorers of one log disagree. For learning curves: a model that has not learned the sign has full
# marks from the first example on, the curve is flat at the ceiling, and nothing is left for fine-tuning to gain. Where
# targets can be negative (balances, differences, temperatures), take match(numeric=True), or score the replies of the
# log again.
#
# Seen with inspect-ai 0.3.285: of four replies with the wrong sign, exact() and f1() call all four right and
# match(numeric=True) none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-ai==0.3.285 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import os
import sys
from importlib.metadata import version

os.chdir(sys.argv[1])
os.environ["INSPECT_DISPLAY"] = "none"
from inspect_ai import Task, eval  # noqa: E402 (after its settings)
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # noqa: E402
from inspect_ai.scorer import exact, f1, match  # noqa: E402

PAIRS = [("-5", "5"), ("12.5", "-12.5"), ("-0.25", "0.25"), ("-40", "40"), ("0.5", "05"), ("-5", "-5")]
replies = [ModelOutput.from_content("mockllm/model", reply) for _, reply in PAIRS]
for reply in replies:
    reply.usage = ModelUsage()  # else it is counted with a tokenizer from the network
samples = [Sample(id=f"s{n}", input="?", target=target) for n, (target, _) in enumerate(PAIRS)]
(log,) = eval(
    Task(dataset=samples, scorer=[exact(), f1(), match(numeric=True)]),
    model=get_model("mockllm/model", custom_outputs=replies), max_samples=1, log_dir="logs",
)
assert log.status == "success", log.error
judged = {(sample.target, sample.output.completion): sample.scores for sample in log.samples}
right = {name: [judged[pair][name].value in ("C", 1.0) for pair in PAIRS] for name in ("exact", "f1", "match")}
print(f"inspect-ai {version('inspect-ai')}, called right:")
for (target, reply), *said in zip(PAIRS, *right.values()):
    print(f"target {target!r}, reply {reply!r}: " + ", ".join(f"{name} {ok}" for name, ok in zip(right, said)))
assert right["exact"][:4] == right["f1"][:4] == [True] * 4, "the behaviour has changed"
assert right["exact"][5] and right["match"][:4] == [False] * 4, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
