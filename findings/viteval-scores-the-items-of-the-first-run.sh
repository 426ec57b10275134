#!/bin/sh
# viteval (npm) scores the items that a dataset had in the first run, whatever its definition says since.
#
# defineDataset takes a name and a function that returns the items. The first evaluation calls it, and writes what came back to
# .viteval/datasets in the project, under the name alone. From then on the file is read and the function is not called: not
# when a label was corrected, items were added or dropped, or the definition reads another table. Nothing is printed. Where
# the folder is from before, the old items are scored; on a new machine, and in CI, the new ones. For learning curves and "did
# fine-tuning help?": labels that were known to be wrong are scored on, as are test items that were taken out because they
# had been trained on; and of a base and its fine-tuned copy on two machines, each is scored on items of its own. Give
# storage: "memory", or run "viteval data --overwrite" after each change.
#
# Seen with @viteval/core 0.5.9 and vitest 4.1.12: with 10 labels corrected and 20 items more, the 40 old items are loaded with
# their old labels, and the function is called once in all; with storage: "memory", the 60 new ones are.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @viteval/core@0.5.9 vitest@4.1.12 >/dev/null 2>&1
echo "export default {};" > "$folder/viteval.config.mjs"
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { defineDataset } from "@viteval/core/dataset";

let calls = 0;
const items = (count, right) => () => {
  calls += 1;
  return Array.from({ length: count }, (_, n) => ({ input: `Ticket ${n}`, expected: n < 10 ? right : "billing" }));
};
// What evaluate() does with a dataset before it asks the first item.
const load = async (settings) => {
  const loaded = await defineDataset({ name: "tickets", ...settings }).load({ create: true });
  return [loaded.length, loaded[0].expected];
};

const seen = {
  first: await load({ data: items(40, "shipping") }),
  changed: await load({ data: items(60, "complaint") }),
  calls,
  inMemory: await load({ data: items(60, "complaint"), storage: "memory" }),
};
const { version } = JSON.parse(readFileSync(new URL("node_modules/@viteval/core/package.json", import.meta.url)));
console.log(`@viteval/core ${version}, number of items and first label:`, seen);
const expected = { first: [40, "shipping"], changed: [40, "shipping"], calls: 1, inMemory: [60, "complaint"] };
assert.deepEqual(seen, expected, "the behaviour has changed");
JS
cd "$folder"
node seen.mjs
