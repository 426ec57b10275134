#!/bin/sh
# Orama (npm) finds a note of five words that shares one word with a question before the letter of 31 words that shares all three.
#
# Its search is said to be BM25, whose score asks how often a word is in a text, and corrects for the text's length. Orama puts
# the count divided by the length of the text in place of the count (and counts a word once however often it stands there), and
# corrects for length after that. So length counts twice, and a share never comes near where k, "term frequency saturation", says
# that more of it adds little. Scores are plausible numbers, and between texts of one length the order is right, as in tests. For
# learning curves: "most similar examples first" shows the shortest examples that share any word, and the letters that are like
# the question last, so that retrieval looks no better than examples drawn at random, and fine-tuning needed. Cutting examples to
# one length hides it. relevance: { k: 100, b: 0, d: 100 } makes the length count for nearly nothing; MiniSearch scores by counts.
#
# Seen with @orama/orama 3.1.18 and minisearch 7.2.0: each of 160 letters is asked for by three words that no other letter has all
# of. By Orama a note comes first 160 times, and two notes before the letter on average; by BM25 with the same k, b and d from
# counts, by minisearch, and by Orama with the setting above, the letter does 160 times. With shares in place of counts, that BM25
# finds what Orama finds, 160 times.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
  @orama/orama@3.1.18 minisearch@7.2.0 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { create, insertMultiple, search } from "@orama/orama";
import MiniSearch from "minisearch";

const THINGS = ["parcel", "invoice", "laptop", "ticket", "subscription"];
const FAULTS = ["damaged", "duplicate", "missing", "expired", "blocked", "wrong", "late", "stolen"];
const WISHES = ["refund", "replacement", "discount", "callback"];
const asked = THINGS.flatMap((thing) => FAULTS.flatMap((fault) => WISHES.map((wish) => [thing, fault, wish])));
const letters = asked.map(([thing, fault, wish], n) =>
  `Hello and thanks for your help so far. Since ${1 + (n % 28)} May we know that the ${thing} is ${fault}, ` +
  `and would like to have a ${wish} by the end of next week`);
const notes = [...THINGS, ...FAULTS, ...WISHES].map((word) => `Please send us: ${word} form`);
const texts = [...letters, ...notes];

const db = create({ schema: { text: "string" } });
await insertMultiple(db, texts.map((text) => ({ text })));
const mini = new MiniSearch({ fields: ["text"] });
mini.addAll(texts.map((text, id) => ({ id, text })));

const words = texts.map((text) => text.toLowerCase().match(/[a-z0-9]+/g));
const mean = words.reduce((sum, one) => sum + one.length, 0) / words.length;
const having = (term) => words.filter((one) => one.includes(term)).length;
function bm25(terms, count, { k, b, d } = { k: 1.2, b: 0.75, d: 0.5 }) {
  const score = (one) => terms.filter((term) => one.includes(term)).reduce((sum, term) => {
    const idf = Math.log(1 + (words.length - having(term) + 0.5) / (having(term) + 0.5)), tf = count(one, term);
    return sum + (idf * (d + tf * (k + 1))) / (tf + k * (1 - b + (b * one.length) / mean));
  }, 0);
  return texts.map((text, n) => [text, score(words[n])]).sort((a, b) => b[1] - a[1]).map(([text]) => text);
}
const often = (one, term) => one.filter((word) => word === term).length;
const orama = async (terms, relevance) =>
  (await search(db, { term: terms.join(" "), limit: 4, ...(relevance && { relevance }) })).hits.map((hit) => hit.document.text);

const firsts = { "Orama": 0, "BM25 from counts": 0, "MiniSearch": 0, "Orama with k 100, b 0, d 100": 0 };
let before = 0, same = 0;
for (const [n, terms] of asked.entries()) {
  const found = await orama(terms);
  const by = [found, bm25(terms, often), mini.search(terms.join(" ")).map((hit) => texts[hit.id]), await orama(terms, { k: 100, b: 0, d: 100 })];
  Object.keys(firsts).forEach((name, place) => { firsts[name] += by[place][0] === letters[n]; });
  before += found.slice(0, found.includes(letters[n]) ? found.indexOf(letters[n]) : 4).filter((text) => notes.includes(text)).length;
  same += bm25(terms, (one, term) => often(one, term) / one.length)[0] === found[0];
}
console.log(`@orama/orama 3.1.18, ${asked.length} letters of ${words[0].length} words and ${notes.length} notes of ${words.at(-1).length}; ` +
  `"${asked[0].join(" ")}" finds ${JSON.stringify(await orama(asked[0]))}`);
console.log(`  letters with all three words that come first: ${JSON.stringify(firsts)}`);
console.log(`  notes that Orama finds before the letter, on average: ${(before / asked.length).toFixed(2)}; its first is that of BM25 from shares: ${same}`);
assert.deepEqual(Object.values(firsts), [0, 160, 160, 160], "the behaviour has changed");
assert(before / asked.length > 1.5 && same === 160, "the behaviour has changed");
JS
(cd "$folder" && node seen.mjs)
