#!/bin/sh
# lunr (npm) finds nothing for "refund?", and the same examples for "not paid" as for "paid"; a dash before a word leaves out the
# examples that have it.
#
# Signs at the ends of a word are taken off when a text is indexed and not when it is looked for: "refund?" is another word than
# "refund", and in no text. So the last word of every question, often the one that it is about, does not count, and neither does one
# before a comma. "no", "not" and "cannot" are on the list of words that are not indexed. "-" before a word, as in "card - blocked"
# written without its second space, is "without", and a colon raises. For learning curves: the examples that are retrieved
# as most similar to a question are those that share its other words; some questions have none. Retrieved examples then look
# no better than random ones, at a higher price, and in a table of replies by "similar examples" the fault looks like the
# model's. Take the signs out of the question first, or build the query by idx.query().
#
# Seen with lunr 2.3.9 and 40 texts of which 8 share the last word of a question, 5 such questions: with a question mark, the first 4
# found have that word for one question, whose subject is the first in the file; without, for all 5. "not paid" and "paid" find the
# same texts with the same scores.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --silent --no-audit --no-fund lunr@2.3.9 >/dev/null 2>&1
cat > seen.cjs <<'JS'
const assert = require('node:assert');
const lunr = require('lunr');
const SUBJECTS = ['refund', 'invoice', 'parcel', 'password', 'contract'];
const texts = SUBJECTS.flatMap((subject) =>
  [...Array(8).keys()].map((number) => `Customer ${number} writes about the ${subject} and waits`));
const paid = ['the claim was paid', 'the claim was not paid', 'paid twice', 'not yet paid'];
const index = (rows) => lunr(function () {
  this.ref('place'); this.field('text'); rows.forEach((text, place) => this.add({ place, text }));
});
const found = (built, rows, asked) => built.search(asked).map((one) => [rows[Number(one.ref)], one.score.toFixed(3)]);
const letters = index(texts), claims = index(paid);
const right = (end) => SUBJECTS.filter((subject) => {
  const four = found(letters, texts, `Which customer has waited longest for the ${subject}${end}`).slice(0, 4);
  return four.length === 4 && four.every(([text]) => text.includes(subject));
});
const alone = SUBJECTS.map((subject) => found(letters, texts, `${subject}?`).length);
const denied = found(claims, paid, 'not paid'), told = found(claims, paid, 'paid');
const dashed = found(letters, texts, 'customer -refund').filter(([text]) => text.includes('refund')).length;
console.log(`lunr ${lunr.version}: questions whose first four share their last word: ${right('?').length} with ?, ` +
  `${right('').length} without, of ${SUBJECTS.length}; found for the word with ? alone: ${alone}`);
console.log(`not paid: ${JSON.stringify(denied)}; the same for paid: ${JSON.stringify(denied) === JSON.stringify(told)}; ` +
  `-refund: ${dashed} of 8`);
assert.deepEqual(right('?'), [SUBJECTS[0]]); assert.equal(right('').length, 5); assert.deepEqual(alone, [0, 0, 0, 0, 0]);
assert.deepEqual(denied, told); assert.equal(dashed, 0);
JS
node seen.cjs || { echo "the behaviour has changed"; exit 1; }
