#!/bin/sh
# vitest-evals (npm) calls a tool call right if all its arguments are empty, where they are compared loosely.
#
# ToolCallJudge compares arguments to the letter, or loosely (params: "fuzzy"), for spellings that may differ. Loosely,
# two texts match where either is part of the other. The empty text is part of every text, and a single letter of many.
# Of a list, what is expected has to be there, and anything else may be. A number may be off by 0.001 whatever its size,
# so that 0 is right for a rate of 0.0004. For learning curves on function calling: a model that only picks the tool and
# names its arguments is at the ceiling from the start. The curve is flat, and nothing is left for examples or
# fine-tuning to gain, while each call in production asks for a flight from nowhere to nowhere. Set fuzzyOptions: {
# substring: false }, which still forgives capitals, and state a tolerance.
#
# Seen with vitest-evals 0.16.1 and 40 calls of four arguments: a model whose texts are empty and whose rates are 0 has
# 1, and so has one that gives the first letter of each. By params: "strict", and without substring, both have 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps --prefix "$folder" \
  vitest-evals@0.16.1 >/dev/null 2>&1
cat > "$folder/seen.cjs" <<'JS'
const assert = require("node:assert");
const { ToolCallJudge } = require("vitest-evals/judges");

const CITIES = ["London", "Madrid", "Oslo", "Porto"];
const calls = Array.from({ length: 40 }, (_, n) => ({
  from: CITIES[n % 4], to: CITIES[(n + 1) % 4], guests: ["Ann", "Bob"], rate: 0.0004,
}));

async function share(reply, settings) {
  const judge = ToolCallJudge(settings);
  let sum = 0;
  for (const expected of calls) {
    const toolCalls = [{ name: "book", arguments: reply(expected) }];
    const expectedTools = [{ name: "book", arguments: expected }];
    sum += (await judge.assess({ input: "", output: "", toolCalls, expectedTools })).score;
  }
  return sum / 40;
}

const models = {
  "always right": (expected) => expected,
  "always empty": () => ({ from: "", to: "", guests: ["", ""], rate: 0 }),
  "first letters": ({ from, to }) => ({ from: from[0], to: to[0], guests: ["A", "B"], rate: 0 }),
};
(async () => {
  console.log("vitest-evals 0.16.1: mean score of 40 calls, loosely, loosely without substring, and strictly");
  const seen = [];
  for (const [name, reply] of Object.entries(models)) {
    const loosely = { params: "fuzzy" };
    const whole = { params: "fuzzy", fuzzyOptions: { substring: false } };
    seen.push([await share(reply, loosely), await share(reply, whole), await share(reply, { params: "strict" })]);
    console.log(`  ${name}: ${seen.at(-1)}`);
  }
  assert.deepEqual(seen, [[1, 1, 1], [1, 0, 0], [1, 0, 0]], "the behaviour has changed");
})();
JS
node "$folder/seen.cjs"
