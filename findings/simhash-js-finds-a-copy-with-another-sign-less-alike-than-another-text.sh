#!/bin/sh
# simhash-js (npm) finds a copy that ends in another sign less alike than a text about something else, for about every second text.
#
# hash() returns a number; similarity(), which the description gives it to, reads the digits of that number as if they were
# hexadecimal: 2399644997 becomes 153 billion, whose bits say nothing of the text. The two hashes of the copy do differ in two or
# three bits of 32, and those of other texts in 14. Equal texts give 1, which is all that its tests look at, and the rest lies
# anywhere from 0 to 1, as a similarity might. hammingDistance() reads them the same way. For learning curves and "did
# fine-tuning help": near copies are looked for so that no item is scored that was trained on or shown. By a threshold
# that keeps other texts apart, most near copies stay in on both sides, and what was learned by heart looks like skill; "most
# similar examples first" is nearly at random. Give similarity() the hashes as text: hash(text).toString(16).
#
# Seen with simhash-js 1.0.0 and 40 letters of 90 to 100 signs: a copy with "!" in place of the last "." has a similarity of 0.33 on
# average, another text one of 0.24, and for 21 of 40 letters the other text is more alike; by the same hashes as text, 0.88 and
# 0.41, and for none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" simhash-js@1.0.0 >/dev/null 2>&1
cat > "$folder/seen.cjs" <<'JS'
const assert = require("node:assert");
const { Comparator, SimHash } = require("simhash-js");

const STATES = ["paid", "due", "lost", "open", "sent", "kept", "late", "early"];
const NAMES = ["Berg", "Lund", "Weiss", "Okoro", "Rossi", "Novak", "Silva"];
const THINGS = ["invoice", "parcel", "contract", "ticket", "refund"];
const OTHERS = [
  "Why does it rain in Spain more often in autumn than in spring, and where?",
  "My cat sleeps on the roof of a red car every night until the sun comes up.",
  "Two trains leave the town at noon; which of them is first at the bridge?",
  "Bake the bread for forty minutes, then let it rest under a clean towel.",
];
const letters = Array.from({ length: 40 }, (_, n) =>
  `The ${THINGS[n % 5]} of Ms ${NAMES[n % 7]} with number ${1000 + 37 * n} was ${STATES[n % 8]} when we looked into the account on Monday.`);
const hash = (text) => new SimHash().hash(text);
const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

function compare(written) {
  const alike = (a, b) => Comparator.similarity(written(hash(a)), written(hash(b)));
  const copies = letters.map((letter) => alike(letter, letter.replace(/\.$/, "!")));
  const others = letters.map((letter, n) => alike(letter, OTHERS[n % 4]));
  return { copy: mean(copies), other: mean(others), wrong: copies.filter((copy, n) => copy < others[n]).length };
}

console.log("simhash-js 1.0.0: similarity of 40 letters to a copy with another last sign, and to another text");
const given = compare((number) => number);
const text = compare((number) => number.toString(16));
for (const [name, seen] of Object.entries({ "hashes as they are returned": given, "hashes as hexadecimal text": text }))
  console.log(`  ${name}: ${seen.copy.toFixed(2)} and ${seen.other.toFixed(2)}; the other text is more alike for ${seen.wrong} of 40`);
assert.equal(Comparator.similarity(hash(letters[0]), hash(letters[0])), 1, "the behaviour has changed");
assert(given.wrong > 15 && given.copy < 0.5, "the behaviour has changed");
assert(text.wrong === 0 && text.copy > 0.8 && text.other < 0.5, "the behaviour has changed");
JS
node "$folder/seen.cjs"
