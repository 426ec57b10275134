#!/bin/sh
# openevals (npm) scores the items of a reply otherwise when they stand in another order, though "same_elements" is said not to
# ask for one.
#
# Its JSON match compares two lists of objects. By same_elements, which it takes unless told otherwise, each item of the
# reply in turn takes the reference item with which most of its fields agree, and keeps it. One that is half right may so take
# the reference of an item further down that is right in every field, which is left with what remains. The best pairing of
# the two lists is not looked for. For learning curves on extraction: lines of an invoice that share an article or a price are
# what such lists are made of. With the same mistakes a reply has more or less by its order alone. If examples teach a model
# the order of the document, its score moves though it reads no better, and two models that write in different orders are
# not compared by what they read. Bring both lists into one order by a field of their own, or pair them for the highest sum.
#
# Seen with openevals 0.2.2: two lines of which one is right have 0.75 if the right one is first, and 0.25 if it is last. Of 200
# replies of six lines, half of them with a field misread, 101 have another score in reverse.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" openevals@0.2.2 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { createJsonMatchEvaluator } from "openevals";

const evaluate = createJsonMatchEvaluator({ aggregator: "average", listAggregator: "average" });
const score = async (outputs, referenceOutputs) => (await evaluate({ outputs, referenceOutputs }))[0].score;
const reversed = (lines) => [...lines].reverse();

// A generator of its own, so that every run and machine has the same replies.
let state = 7;
const draw = (n) => (state = (state * 1103515245 + 12345) % 2147483648) && Math.floor((state / 2147483648) * n);
const line = () => ({ article: "ABC"[draw(3)], price: [5, 10, 20][draw(3)], pieces: 1 + draw(3) });
const misread = (one) => {
  const field = ["article", "price", "pieces"][draw(3)];
  return draw(2) ? one : { ...one, [field]: line()[field] };
};

const permutations = (list) =>
  list.length < 2 ? [list] : list.flatMap((one, i) => permutations(list.toSpliced(i, 1)).map((rest) => [one, ...rest]));
const ORDERS = permutations([0, 1, 2, 3, 4, 5]);
const equal = (a, b) => Object.keys(a).filter((field) => a[field] === b[field]).length / 3;
const best = (reply, right) =>
  Math.max(...ORDERS.map((order) => order.reduce((sum, to, i) => sum + equal(reply[i], right[to]), 0))) / 6;

const right = [{ article: "tea", pieces: 1 }, { article: "cup", pieces: 9 }];
const reply = [{ article: "tea", pieces: 1 }, { article: "tea", pieces: 9 }];
const two = [await score(reply, right), await score(reversed(reply), right)];

let moved = 0, above = 0;
for (let n = 0; n < 200; n++) {
  const lines = Array.from({ length: 6 }, line);
  const read = lines.map(misread);
  const [first, second] = [await score(read, lines), await score(reversed(read), lines)];
  moved += Math.abs(first - second) > 1e-9;
  above += best(read, lines) > Math.max(first, second) - 1e-9;
}
const { version } = JSON.parse(readFileSync(new URL("node_modules/openevals/package.json", import.meta.url)));
console.log(`openevals ${version}, two lines in both orders: ${two}; of 200 replies, ${moved} have another score in reverse, and`,
  `${above} have as much or more by the best pairing`);
assert.deepEqual([two, moved, above], [[0.75, 0.25], 101, 200], "the behaviour has changed");
JS
node "$folder/seen.mjs"
