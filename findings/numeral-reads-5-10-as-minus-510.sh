#!/bin/sh
# numeral (npm) reads 5-10 as -510, "12.5 of 20" as 12.52, 1.5e3 as 1.53, "Q3 2026" as 32026, and −12.50, with the minus sign of
# Unicode, as 12.5.
#
# From a text that is to be a number, all that is no digit and no point is taken out, and what is left is read as one. A hyphen anywhere,
# or brackets, make it negative. What has no digit is null; everything else is a number, and no doubt of it is said. A number in
# scientific notation is read as such only where its exponent is negative. For learning curves, where a reply is read as an amount:
# one that gives a range, two numbers, a quarter or a fraction has a number that it never names. Right replies score 0 by the way
# they are written, until examples show a bare number, and means and errors over what was read are those of single
# replies like 510 or 32026. Large numbers in scientific notation are small ones, and the wrong reply 15 is right where 1e5 is
# asked for. Use Number() on the whole reply, and count what is NaN as unreadable.
#
# Seen with numeral 2.0.6: of nine texts with a range, two numbers, a date, a fraction or an exponent none is read as what it says, and none
# is null; Number() has the three exponents right, and NaN for the six others. 3e-05 is right by both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts numeral@2.0.6 >/dev/null 2>&1
cat > seen.cjs <<'JS'
const assert = require('node:assert');
const numeral = require('numeral');
const READ = { '5-10': -510, '12.5 of 20': 12.52, '5 (of 10)': -510, 'Q3 2026': 32026, '2026-01-31': 20260131, '3/4': 34,
  '1e5': 15, '1.5e3': 1.53, '6.02e23': 6.0223 };
const seen = Object.fromEntries(Object.keys(READ).map((text) => [text, numeral(text).value()]));
const plain = Object.keys(READ).map(Number);
const minus = numeral('\u221212.50').value(), small = numeral('3e-05').value();
console.log(`numeral ${numeral.version}: ${JSON.stringify(seen)}; a minus sign of Unicode ${minus}, 3e-05 ${small}; ` +
  `Number() has ${plain.filter((number) => !Number.isNaN(number))}`);
assert.deepEqual(seen, READ, 'the behaviour has changed');
assert.ok(minus === 12.5 && small === 3e-5 && numeral('none').value() === null, 'the behaviour has changed');
assert.deepEqual(plain.filter((number) => !Number.isNaN(number)), [1e5, 1.5e3, 6.02e23], 'the behaviour has changed');
JS
node seen.cjs
