#!/bin/sh
# jsonrepair (npm) takes valid JSON apart: of {"ranges":["[18, 65)"],"label":"yes"} it leaves no field label, since an interval
# that is open at its end has a bracket too many.
#
# Since release 3.14.1 a quotation mark does not end a text if a closing bracket follows it and the text has one of that kind that
# is open, so that unescaped marks within brackets can be repaired; whether the text is JSON as it stands is not asked first. The
# last text of a list is always followed by ]. A half-open interval, as pandas and mathematics write it, "see [3" or "[EXTERNAL"
# is then no text any more but a list within the list, and all that follows the list in the object is put into it. What comes out
# is valid JSON. A last text of an object with { in it, such as a line of code, raises. For learning curves: replies with such a
# text score 0, right as they are, with no example and with any, and fine-tuning does not help either; a file of examples that is
# read this way shows the model what nobody wrote. Repair only what JSON.parse refuses; a reply in a code block has to lose its
# fence first, since it is refused for that.
#
# Seen with jsonrepair 3.15.0 and 3.14.0: of 40 replies in a code block that name two ranges and a label, with spaces between
# fields or without, 3.15.0 leaves none its label where ranges are written "[a, b)", and all where they are written "[a, b]";
# 3.14.0 reads all as they are.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
  jsonrepair@3.15.0 before@npm:jsonrepair@3.14.0 >/dev/null 2>&1
cat > "$folder/seen.cjs" <<'JS'
const assert = require("node:assert");
const now = require("jsonrepair").jsonrepair, before = require("before").jsonrepair;

const replies = (end) => [...Array(40).keys()].map((n) =>
  ({ ranges: [`[${n}, ${n + 9}${end}`, `[${n + 9}, ${n + 20}${end}`], label: n % 3 ? "yes" : "no" }));
const spaced = (reply) => `{"ranges": ["${reply.ranges.join('", "')}"], "label": "${reply.label}"}`;
const compact = (reply) => JSON.stringify(reply);
const fenced = (text) => "```json\n" + text + "\n```";

const one = '{"ranges":["[18, 65)"],"label":"yes"}';
console.log(`${one} is by jsonrepair 3.15.0 ${now(one)}, by 3.14.0 ${before(one)}`);
assert.notDeepEqual(JSON.parse(now(one)), JSON.parse(one), "the behaviour has changed");
assert.deepEqual(JSON.parse(before(one)), JSON.parse(one), "the behaviour has changed");

const lost = {};
for (const [name, repair] of [["3.15.0", now], ["3.14.0", before]])
  for (const end of [")", "]"])
    for (const [form, write] of [["compact", compact], ["with spaces", spaced]]) {
      const read = replies(end).map((reply) => JSON.parse(repair(fenced(write(reply)))));
      lost[`${name} [a, b${end} ${form}`] = read.filter((reply) => reply.label === undefined).length;
      const same = read.filter((reply, n) => JSON.stringify(reply) === compact(replies(end)[n])).length;
      assert.equal(same, 40 - lost[`${name} [a, b${end} ${form}`], "the behaviour has changed");
    }
console.log(`replies of 40 in a code block that lose their label: ${JSON.stringify(lost)}`);
assert.deepEqual(Object.values(lost), [40, 40, 0, 0, 0, 0, 0, 0], "the behaviour has changed");
const words = ["see [3", "[EXTERNAL Your invoice", "the first part of [a list"].map((text) => now(JSON.stringify([text])));
console.log(`lists of one text: ${words.join("  ")}`);
assert(words.every((text) => JSON.parse(text).length === 2), "the behaviour has changed");
JS
node "$folder/seen.cjs"
