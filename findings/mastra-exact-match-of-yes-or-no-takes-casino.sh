#!/bin/sh
# Mastra's check for an exact match of yes or no takes "yesterday" and "casino", and with the flag g it calls every
# second right reply wrong.
#
# matches(/yes|no/, { exact: true }) puts ^ before the pattern and $ after it, without brackets around it, and asks for
# ^yes|no$: a text that begins with yes, or one that ends with no. Of the flag g, which a pattern often has from a search,
# a JavaScript pattern remembers where it found something, and looks on from there in the next reply; one check is made
# once and asked for every item. Its documentation has neither. For learning curves: without examples a model talks
# ("Yes, but ...", "I would say no"), and is right to the letter of the check; the label alone, which examples and training
# teach, gains nothing, so that the curve is flat at the ceiling. With g a model that is always right has 50%, at every
# number of examples and after fine-tuning too. Write /^(yes|no)$/ without g.
#
# Seen with @mastra/evals 1.10.2 and @mastra/core 1.71.0: of six replies that are neither yes nor no, four match exactly,
# and none with brackets; of 100 right replies 50 match with g and 100 without.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
  @mastra/evals@1.10.2 @mastra/core@1.71.0 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { checks } from "@mastra/evals/scorers/prebuilt";

const message = (id, role, text) => ({
  id, role, createdAt: new Date(0), content: { format: 2, content: text, parts: [{ type: "text", text }] },
});
const input = {
  inputMessages: [message("1", "user", "?")], rememberedMessages: [], systemMessages: [], taggedSystemMessages: {},
};

/** The replies that a check scores 1, asked one after the other. */
async function matched(check, replies) {
  const found = [];
  for (const reply of replies) {
    const { score } = await check.run({ input, output: [message("2", "assistant", reply)] });
    if (score === 1) found.push(reply);
  }
  return found;
}

const OTHERS = ["yesterday", "casino", "Maybe", "yes and no, it depends", "not known", "you cannot ask it so: no"];
const TOTALS = Array.from({ length: 100 }, (_, n) => `Total: ${n} EUR`);
const alternatives = await matched(checks.matches(/yes|no/, { exact: true }), OTHERS);
const brackets = await matched(checks.matches(/(yes|no)/, { exact: true }), ["yes", "no", ...OTHERS]);
const everywhere = await matched(checks.matches(/\d+ EUR/g), TOTALS);
const plain = await matched(checks.matches(/\d+ EUR/), TOTALS);
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
console.log(`@mastra/evals ${version("@mastra/evals")}, @mastra/core ${version("@mastra/core")}`);
console.log("  exactly /yes|no/:", alternatives, "exactly /(yes|no)/:", brackets);
console.log(`  of 100 totals: ${everywhere.length} with the flag g, ${plain.length} without`);
assert.deepEqual(alternatives, [OTHERS[0], OTHERS[1], OTHERS[3], OTHERS[5]], "the behaviour has changed");
assert.deepEqual(brackets, ["yes", "no"], "the behaviour has changed");
assert.deepEqual([everywhere.length, plain.length], [50, 100], "the behaviour has changed");
JS
node "$folder/seen.mjs"
