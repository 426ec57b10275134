#!/bin/sh
# regression (npm) fits a flat line to a curve that rises from 52% to 75%, and predicts 60% for any number of examples.
#
# By its documentation, the precision is two significant figures unless told otherwise. In fact each coefficient is
# rounded to two decimals, before anything is predicted. Accuracy is below 1 and examples are counted in hundreds, so
# that the slope is a few ten-thousandths. To two figures it is 0.00015; to two decimals it is 0, for a line and an
# exponential alike. The formula that is drawn beside the points, "y = 0x + 0.6", reads as a finding. For "fine-tune, or
# keep prompting?": by the fit, training examples change nothing, and 3,200 are worth no more than 100, while the points
# rise ever faster. Logarithm and power have larger coefficients and come out right, so that rounding decides which
# shape fits best. An r2 of 0 or below gives it away. Give precision: 10, or count examples in doublings.
#
# Seen with regression 2.0.1 and 52%, 54%, 57%, 63% and 75% at 100 to 1,600 examples: 60% at each and at 3,200 by a
# line, and 51% by an exponential, with an r2 of 0 and -1.23; 52% to 75% and 99%, with 0.9995, where precision is 10.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" regression@2.0.1 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import regression from "regression";

const EXAMPLES = [100, 200, 400, 800, 1600];
const POINTS = [52, 54, 57, 63, 75].map((percent, n) => [EXAMPLES[n], percent / 100]);
const SETTINGS = { "as it comes": undefined, "precision 10": { precision: 10 } };

console.log(`regression 2.0.1: percent at ${EXAMPLES} and 3200 examples`);
const seen = {};
for (const shape of ["linear", "exponential", "logarithmic", "power"])
  for (const [name, settings] of Object.entries(SETTINGS)) {
    const fit = regression[shape](POINTS, settings);
    const percent = [...EXAMPLES, 3200].map((examples) => Math.round(100 * fit.predict(examples)[1]));
    console.log(`  ${shape}, ${name}: ${percent}; ${fit.string}, r2 ${fit.r2}`);
    seen[`${shape}, ${name}`] = [percent.join(), Number(fit.r2.toFixed(4)) + 0];
  }
assert.deepEqual(seen["linear, as it comes"], ["60,60,60,60,60,60", 0], "the behaviour has changed");
assert.deepEqual(seen["exponential, as it comes"], ["51,51,51,51,51,51", -1.23], "the behaviour has changed");
assert.deepEqual(seen["linear, precision 10"], ["52,54,57,63,75,99", 0.9995], "the behaviour has changed");
JS
node "$folder/seen.mjs"
