#!/bin/sh
# words-to-numbers (npm) makes "between 300" of "between one hundred and two hundred", "between 150" of "between fifty
# and one hundred", and "1 claim" of "a claim".
#
# "and" joins two numbers into one by their sum where the second has a word of size in it, as in one hundred and five,
# and whichever is the larger; twenty and thirty stay two. "a" is 1, also where nothing is counted. The text that comes
# out has digits in it, and one number where there were two, so that the range cannot be told from an amount. For
# learning curves on letters and calls: words are brought to digits before a reply is compared with its target, or read
# for the amount that is in it. A right reply that names a range in words is wrong, a wrong one that names the sum is
# right, and examples that show digits lift the score by spelling alone. Where targets are prepared in this way, the
# model is trained on sums. Convert one number at a time, and leave texts with "and" between two numbers as they are.
#
# Seen with words-to-numbers 1.5.1: four of four ranges joined by "and" become their sum, and with "to" in its place all
# four are right; "a claim" is "1 claim".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts words-to-numbers@1.5.1 >/dev/null 2>&1
cat > seen.cjs <<'JS'
const assert = require('node:assert');
const { wordsToNumbers } = require('words-to-numbers');
const RANGES = [['fifty', 'one hundred', 50, 100], ['one hundred', 'two hundred', 100, 200],
  ['two hundred', 'three hundred', 200, 300], ['one thousand', 'two thousand', 1000, 2000]];
const sums = RANGES.map(([low, high]) => wordsToNumbers(`between ${low} and ${high} euros`));
const apart = RANGES.map(([low, high]) => wordsToNumbers(`from ${low} to ${high} euros`));
const claim = wordsToNumbers('a claim was paid');
console.log(`words-to-numbers ${require('words-to-numbers/package.json').version}: ${JSON.stringify(sums)}, with to ` +
  `${JSON.stringify(apart)}; ${claim}`);
assert.deepEqual(sums, RANGES.map(([, , low, high]) => `between ${low + high} euros`), 'the behaviour has changed');
assert.deepEqual(apart, RANGES.map(([, , low, high]) => `from ${low} to ${high} euros`), 'the behaviour has changed');
assert.equal(claim, '1 claim was paid', 'the behaviour has changed');
JS
node seen.cjs
