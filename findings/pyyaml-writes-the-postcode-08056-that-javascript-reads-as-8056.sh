#!/bin/sh
# PyYAML writes the texts 08056 and 3e-05 and the commit 12e4567 without quotation marks, and what JavaScript reads back are the
# numbers 8056, 0.00003 and (yaml of npm) Infinity; the postcode 01067 stays what it is.
#
# What has to stand in quotation marks so that it stays a text depends on what counts as a number. PyYAML goes by YAML 1.1 of
# 2005, where a number that begins with 0 is octal and has no 8 or 9, and an exponent needs a point before it and a sign.
# js-yaml and yaml (npm) go by YAML 1.2 of 2009, where all of these are numbers, as in JSON. Each reads what it wrote itself, so that
# tests of one program find nothing. For learning curves: test cases of promptfoo and its like are YAML, read by JavaScript, and often
# written by a script in Python. Where the right answer is a postcode, an article number, a commit or a rate as text, some of the
# targets are numbers that no reply equals to the letter, always the same ones: a model is wrong on them for each number of
# examples, and so is a fine-tuned one, which puts a ceiling on the curve that training does not lift. Write JSON, which both
# read alike, or default_style='"'.
#
# Seen with PyYAML 6.0.4, js-yaml 5.5.0 and yaml 2.9.1: of the 1,000 postcodes from 01000 to 01999, 488 are read as numbers by both;
# of 1,000 random commit ids of seven signs 17 and 25; of nine such texts eight and nine.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check PyYAML==6.0.4 >/dev/null 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" js-yaml@5.5.0 yaml@2.9.1 >/dev/null 2>&1
cat > "$folder/write.py" <<'PY'
import json
import random
import sys

import yaml

luck = random.Random(1)
texts = {
    "rates, numbers and ids": ["12e3", "3e-05", "1e5", "1E10", "12e-3", "12e4567", "0o17", "08", "08056"],
    "postcodes 01000 to 01999": [f"01{n:03}" for n in range(1000)],
    "commit ids": ["".join(luck.choice("0123456789abcdef") for _ in range(7)) for _ in range(1000)],
}
with open(f"{sys.argv[1]}/texts.json", "w") as file:
    json.dump(texts, file)
with open(f"{sys.argv[1]}/texts.yaml", "w") as file:
    yaml.safe_dump(texts, file)
with open(f"{sys.argv[1]}/texts.yaml") as file:
    assert yaml.safe_load(file) == texts, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/write.py" "$folder"
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { load } from "js-yaml";
import { parse } from "yaml";

const texts = JSON.parse(fs.readFileSync(new URL("texts.json", import.meta.url), "utf8"));
const written = fs.readFileSync(new URL("texts.yaml", import.meta.url), "utf8");
const seen = [];
for (const [name, read] of Object.entries({ "js-yaml 5.5.0": load, "yaml 2.9.1": parse })) {
  const values = read(written);
  for (const [kind, originals] of Object.entries(texts)) {
    const other = originals.map((text, n) => [text, values[kind][n]]).filter(([text, value]) => value !== text);
    const shown = other.slice(-3).map(([text, value]) => `${text} as ${value}`).join(", ");
    console.log(`  ${name}, ${kind}: ${other.length} of ${originals.length} are read as numbers: ${shown}`);
    seen.push(other.length);
  }
}
assert.deepEqual(seen, [8, 488, 17, 9, 488, 25], "the behaviour has changed");
JS
echo "written by PyYAML 6.0.4"
node "$folder/seen.mjs"
