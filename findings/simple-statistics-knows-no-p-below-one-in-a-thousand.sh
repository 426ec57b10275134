#!/bin/sh
# simple-statistics (npm) gives every difference beyond 3.09 standard errors the same p, 0.001 on each side, however
# sure it is.
#
# cumulativeStdNormalProbability looks its number up in a table like those in books, as it says. It does not say that
# the table ends at 3.09, and that beyond it the last entry is the answer. Two-sided, no p is below 0.002. That is small
# enough for one comparison, so that a trial with two models looks fine. With many, each p has to be below 0.05 over
# their number (Bonferroni). From 26 on that is below 0.002, and nothing is ever found. For "fine-tune, or keep
# prompting?": of 30 prompts, or 30 checkpoints, each compared with the one in use, none is found better, whether it
# gains 4 points or 40. More items do not help; dropping six candidates finds all better ones of the rest. Take 1 less
# the package's errorFunction(z / Math.SQRT2).
#
# Seen with simple-statistics 7.12.1 and McNemar's z on 1,000 items, for prompts of which 10 are as good as the one in
# use and the others gain 4 to 13.5 points (z of 4.5 to 10.2): of 24 prompts all 14 better ones are found, and of 30
# none of the 20, each with a p of 0.002. By errorFunction all 14 and all 20 are.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" simple-statistics@7.12.1 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { cumulativeStdNormalProbability, errorFunction } from "simple-statistics";

// What prompts gain of 1,000 items: each gets 20 wrong that were right, and these and so many more right. Ten gain nothing.
const gains = Array.from({ length: 30 }, (_, n) => (n < 10 ? 0 : 40 + 5 * (n - 10)));
const zs = gains.map((gain) => gain / Math.sqrt(gain + 40));
const ps = {
  cumulativeStdNormalProbability: zs.map((z) => 2 * (1 - cumulativeStdNormalProbability(z))),
  errorFunction: zs.map((z) => 1 - errorFunction(z / Math.SQRT2)),
};
const found = (all, count) => all.slice(0, count).filter((p) => p < 0.05 / count).length;

console.log("simple-statistics 7.12.1: better prompts found of 24 and of 30, and p of the better ones");
const seen = {};
for (const [name, all] of Object.entries(ps)) {
  seen[name] = [found(all, 24), found(all, 30)];
  const better = all.slice(10).map((p) => Number(p.toPrecision(1)));
  console.log(`  ${name}: ${seen[name]}; ${Math.min(...better)} to ${Math.max(...better)}`);
}
const beyond = [3.09, 4, 6, 10].map(cumulativeStdNormalProbability);
assert.deepEqual(beyond, [0.999, 0.999, 0.999, 0.999], "the behaviour has changed");
assert.deepEqual(Object.values(seen), [[14, 0], [14, 20]], "the behaviour has changed");
JS
node "$folder/seen.mjs"
