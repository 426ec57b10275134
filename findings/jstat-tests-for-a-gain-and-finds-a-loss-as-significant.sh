#!/bin/sh
# jStat (npm) asked by a one-sided test whether fine-tuning helped gives p = 0.002 for a gain of 20 points, and for a loss of 20
# points.
#
# All its tests of one side (ztest, ttest and oneSidedDifferenceOfProportions) take the absolute value of the statistic and return
# one tail. Neither the order of what is compared nor a setting says which side is meant, and p is never above one half. So it is
# the p of the two-sided test, halved. A question in one direction, "is it better?", has an answer for both: whoever looks at p
# alone calls a model better that is as much worse, and of equal models, close to 10% come out better at the level of 5%, where
# the test is chosen because 5% are to be. Its descriptions say "1 or 2 sided" and no more. For "fine-tune, or keep prompting?":
# the test of one side is the one for a gate ("ship if it is better, p < 0.05"). Take the two-sided p, halve it where the
# difference has the sign that was asked for, and else take one minus the half.
#
# Seen with jstat 1.9.6: 70 and 50 of 100 right give 0.0019 in both orders, and differences per item of +1 and -1 the same p by
# ttest whichever sign is the more frequent. Of 2,000 pairs of equal models (60% right, 200 items each), 9.3% are called better at
# 5%, and 4.7% by the upper tail; of 2,000 models that are 10 points worse, 63% are called better, and none by the upper tail.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" jstat@1.9.6 >/dev/null 2>&1
cat > "$folder/seen.cjs" <<'JS'
const assert = require("node:assert");
const { jStat } = require("jstat");

const oneSided = (tuned, base, n) => jStat([0]).oneSidedDifferenceOfProportions(tuned / n, n, base / n, n);
const gain = oneSided(70, 50, 100), loss = oneSided(50, 70, 100);
const better = [...Array(12).fill(1), ...Array(3).fill(-1), ...Array(35).fill(0)];
const t = { gain: jStat.ttest(0, better, 1), loss: jStat.ttest(0, better.map((one) => -one), 1) };
console.log(`jstat 1.9.6, one-sided p of proportions: ${gain.toFixed(4)} for 70 against 50 of 100, ${loss.toFixed(4)} for 50 against 70`);
console.log(`  of differences per item, by ttest: ${t.gain.toFixed(4)} for 12 items gained and 3 lost, ${t.loss.toFixed(4)} for the reverse`);
assert(Math.abs(gain - loss) < 1e-12 && gain < 0.01 && Math.abs(t.gain - t.loss) < 1e-12 && t.gain < 0.05, "the behaviour has changed");

let state = 20261201;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};
const right = (rate, n) => Array.from({ length: n }, random).filter((one) => one < rate).length;
function upperTail(tuned, base, n) {
  const pooled = (tuned + base) / (2 * n);
  return 1 - jStat.normal.cdf((tuned - base) / n / Math.sqrt((pooled * (1 - pooled) * 2) / n), 0, 1);
}
function called(rate) {
  const pairs = Array.from({ length: 2000 }, () => [right(rate, 200), right(0.6, 200)]);
  const share = (test) => pairs.filter(([tuned, base]) => test(tuned, base, 200) < 0.05).length / pairs.length;
  return { jstat: share(oneSided), upper: share(upperTail) };
}
const equal = called(0.6), worse = called(0.5);
console.log(`  called better at 5%, of 2000: equal models ${(100 * equal.jstat).toFixed(1)}%, by the upper tail ${(100 * equal.upper).toFixed(1)}%; ` +
  `models that are 10 points worse ${(100 * worse.jstat).toFixed(1)}%, by the upper tail ${(100 * worse.upper).toFixed(1)}%`);
assert(equal.jstat > 0.08 && equal.upper < 0.065 && worse.jstat > 0.5 && worse.upper < 0.005, "the behaviour has changed");
JS
node "$folder/seen.cjs"
