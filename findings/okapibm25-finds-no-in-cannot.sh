#!/bin/sh
# okapibm25 (npm) finds the word "no" in cannot and another, "rent" in current and parent, and 1.5 in 145: which example
# is the most similar hangs on accidents of spelling.
#
# BM25 weighs words: how often a word of the question stands in a text, and in how many texts. This package looks for
# words only to tell how long a text is. A word of the question is looked for anywhere in the text, within other words
# too, both to count it and to tell how rare it is. It is also read as a pattern, so that its dot is any sign. For
# learning curves over retrieved examples: short questions are matched by texts that hold their letters most often, and
# those are the long ones and ones of other subjects; "similar examples are no better than random ones" is then a
# finding about this search, and the advice to fine-tune rests on it. Take a search that splits questions and texts in
# the same way.
#
# Seen with okapibm25 1.4.1 and minisearch 7.2.0, for eight words, each in one of 16 texts, while another has it within
# three other words: the text with the word is first for none of eight questions by okapibm25, and for all by
# minisearch. The text with 1.5 is second to one with 145, 165 and 105.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" okapibm25@1.4.1 minisearch@7.2.0 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import MiniSearch from "minisearch";
import okapibm25 from "okapibm25";

const WITHIN = {
  no: ["cannot", "know", "another"], art: ["party", "start", "smart"], rate: ["corporate", "separate", "moderate"],
  age: ["package", "damage", "manager"], port: ["report", "support", "transport"], rent: ["current", "parent", "different"],
  ten: ["often", "listen", "attend"], lease: ["please", "release", "pleased"],
};
const words = Object.keys(WITHIN);
const texts = [
  ...words.map((word) => `The letter has the word ${word} for it`),
  ...words.map((word) => `The letter has the words ${WITHIN[word].join(" and ")} for it`),
];
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

/** The place of the best text by okapibm25, and by a search that compares whole words. */
const byLetters = (texts, keywords) => {
  const scores = okapibm25.default(texts, keywords);
  return scores.indexOf(Math.max(...scores));
};
const byWords = (texts, keywords) => {
  const search = new MiniSearch({ fields: ["text"] });
  search.addAll(texts.map((text, id) => ({ id, text })));
  return search.search(keywords.join(" "))[0].id;
};

console.log(`okapibm25 ${version("okapibm25")}, minisearch ${version("minisearch")}: the best text for each question`);
const right = { okapibm25: 0, minisearch: 0 };
words.forEach((word, place) => {
  const question = ["Has", "it", "the", word];
  const best = { okapibm25: byLetters(texts, question), minisearch: byWords(texts, question) };
  for (const name of Object.keys(right)) right[name] += best[name] === place;
  console.log(`  ${word}: "${texts[best.okapibm25]}", "${texts[best.minisearch]}"`);
});
const rates = ["The rate was 1.5 then as now", "The rate was 145 or 165 or 105"];
console.log("right of eight:", right, "and for 1.5:", okapibm25.default(rates, ["1.5"]));
assert.deepEqual(right, { okapibm25: 0, minisearch: 8 }, "the behaviour has changed");
assert.equal(byLetters(rates, ["1.5"]), 1, "the behaviour has changed");
JS
node "$folder/seen.mjs"
