#!/bin/sh
# vitest-evals (npm) scores a right reply 0 if its field named error has a value, and a wrong one that leaves that empty
# higher.
#
# StructuredOutputJudge compares the fields of a reply with those expected. Before it does, it looks for a field "error"
# in the reply, and calls the reply a failure where that holds anything, whatever is expected. In a log, a ticket, a
# form that is checked or a transaction, error is a field like any other, whose value is to be found. The right value
# makes the reply wrong. Where parts count, an empty one keeps the score of all other fields. For learning curves: items
# that have an error cannot be answered rightly at any number of examples, so that the curve ends at the share of items
# without one. Where parts count, it falls as examples teach a model to name the error, and fine-tuning on the same rows
# makes it fall more. Set errorField to null, or give the field another name.
#
# Seen with vitest-evals 0.16.1 and 40 log lines of which 30 have an error: a model that is always right has 0.25, and
# so has one that never names an error. Where parts count (requireAll: false), that one has 0.625, and the right one
# still 0.25. With errorField: null, or with the field named fault, the right one has 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps --prefix "$folder" \
  vitest-evals@0.16.1 >/dev/null 2>&1
cat > "$folder/seen.cjs" <<'JS'
const assert = require("node:assert");
const { StructuredOutputJudge } = require("vitest-evals/judges");

const KINDS = ["", "timeout", "disk full", "refused"];
const lines = (field) => Array.from({ length: 40 }, (_, n) => ({ service: `db-${n}`, [field]: KINDS[n % 4] }));

async function share(reply, settings, field = "error") {
  const judge = StructuredOutputJudge(settings);
  let sum = 0;
  for (const expected of lines(field))
    sum += (await judge.assess({ input: "", output: JSON.stringify(reply(expected)), expected })).score;
  return sum / 40;
}

const right = (expected) => expected;
const silent = (expected) => ({ ...expected, error: "" });
(async () => {
  const seen = {
    "always right": await share(right),
    "names no error": await share(silent),
    "always right, parts count": await share(right, { requireAll: false }),
    "names no error, parts count": await share(silent, { requireAll: false }),
    "always right, errorField null": await share(right, { errorField: null }),
    "always right, the field is named fault": await share(right, undefined, "fault"),
  };
  console.log("vitest-evals 0.16.1: mean score of 40 replies, 30 of them of a line with an error");
  for (const [model, score] of Object.entries(seen)) console.log(`  ${model}: ${score}`);
  assert.deepEqual(Object.values(seen), [0.25, 0.25, 0.25, 0.625, 1, 1], "the behaviour has changed");
})();
JS
node "$folder/seen.cjs"
