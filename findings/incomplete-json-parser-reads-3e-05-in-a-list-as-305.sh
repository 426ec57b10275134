#!/bin/sh
# incomplete-json-parser (npm) reads the list [0.97, 3e-05] as [0.97, 305], and 2.5e3 in a list as 2.53.
#
# It reads the JSON of a reply while it arrives. Of a number in a list it takes the digits, the point and the minus at the
# front, and drops any other sign between them, the e of an exponent and its minus too. What is left is a number, of another
# size; nothing is said. (As the value of a name the same number raises.) JSON has such numbers since ever, and Python's
# json and JavaScript's JSON.stringify write each one below 0.0001, or 0.000001, in this way. For learning curves: replies
# that list probabilities, distances, rates or doses are read right as long as the numbers are of middling size, and one
# small one makes the largest of the list; the label with the least probability wins. A better model is surer, so that its
# other probabilities are smaller and more of its replies are read wrong: the curve falls with examples, and fine-tuning
# looks worse than its base. Parse the whole reply once more with JSON.parse when it is there.
#
# Seen with incomplete-json-parser 1.1.5: seven of seven such lists are read as other numbers, whole or in pieces; of 40
# replies that give the right label the most of three probabilities, 40 name it where the least is 0.0001 and none where it
# is 0.00003.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" incomplete-json-parser@1.1.5 >/dev/null 2>&1
cat > "$folder/seen.cjs" <<'JS'
const assert = require("node:assert");
const { IncompleteJsonParser } = require("incomplete-json-parser");

function pieces(text) {
  const parser = new IncompleteJsonParser();
  for (let at = 0; at < text.length; at += 3) parser.write(text.slice(at, at + 3));
  return parser.getObjects();
}

console.log("incomplete-json-parser 1.1.5: a list, and how it is read");
const lists = ["[0.97, 3e-05]", "[1e-7]", "[2.5e3, 4]", "[3.5e+3]", "[1E5]", "[-2e-3]", '{"p": [0.5, 5e-1]}'];
for (const text of lists) {
  const read = IncompleteJsonParser.parse(text);
  console.log(`  ${text}  ${JSON.stringify(read)}`);
  assert.deepEqual(pieces(text), read, "the behaviour has changed");
  assert.notDeepEqual(read, JSON.parse(text), "the behaviour has changed");
}
assert.deepEqual(IncompleteJsonParser.parse("[0.97, 3e-05]"), [0.97, 305], "the behaviour has changed");

// As Python's json writes them: 0.0001 with its zeros, 0.00003 as 3e-05.
function named(least) {
  let right = 0;
  for (let item = 0; item < 40; item++) {
    const shares = ["0.01", "0.01", "0.01"];
    shares[item % 3] = "0.9";
    shares[(item + 1) % 3] = least;
    const read = IncompleteJsonParser.parse(`{"probabilities": [${shares.join(", ")}]}`).probabilities;
    right += read.indexOf(Math.max(...read)) === item % 3;
  }
  return right;
}
const seen = [named("0.0001"), named("3e-05")];
console.log(`of 40 replies that name the right label, least probability 0.0001 and 3e-05: ${seen}`);
assert.deepEqual(seen, [40, 0], "the behaviour has changed");
JS
node "$folder/seen.cjs"
