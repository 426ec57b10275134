#!/bin/sh
# Ax (npm) reports a score of 1 for a prompt of 4 examples whose own score is 0: what it reports was measured with 199
# examples in the prompt, on the 4 that it kept.
#
# AxBootstrapFewShot has the model answer labelled examples, keeps those that it gets right until there are maxDemos, and
# returns them with bestScore. At each of these calls all other examples stand in the prompt, each with its right answer.
# bestScore is the share of these calls that were right; the prompt that is returned is never tried. The more examples are
# handed over, the longer each call and the better the score, whatever maxDemos says, so that what costs little for 20
# costs fifty times as much for 1,000. For learning curves: the score of "4 examples" is one of 199, the curve over maxDemos
# is flat and high from 1 on, which reads as "a few examples are enough, no fine-tuning", and in production they are not.
# Score the returned program on items of your own, with setDemos, before it is compared with anything.
#
# Seen with @ax-llm/ax 24.0.21, 200 labelled examples and a model that is right from 50 in the prompt on: 199 are in the
# prompt of each call, 13 times as long as one with 4; bestScore is 1 at maxDemos 1, 4 and 16, and the program with what
# was returned is right on none of 40 others. In three rounds, as by default, 6 are kept where maxDemos is 4.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @ax-llm/ax@24.0.21 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { ax, AxBootstrapFewShot, AxMockAIService } from "@ax-llm/ax";

const ENOUGH = 50;
const label = (number) => `L${number % 7}`;
const cases = (from, to) =>
  Array.from({ length: to - from }, (_, n) => ({ question: `case ${from + n}`, label: label(from + n) }));
const right = ({ prediction, example }) => (prediction.label === example.label ? 1 : 0);

/** A model that is right where it is shown enough examples, and what it was asked: examples and letters of each prompt. */
function model() {
  const prompts = [];
  const chatResponse = async ({ chatPrompt }) => {
    const shown = chatPrompt.filter(({ role }) => role === "assistant").length;
    prompts.push({ shown, letters: JSON.stringify(chatPrompt).length });
    const number = Number(JSON.stringify(chatPrompt.at(-1).content).match(/case (\d+)/)[1]);
    const content = `Label: ${shown >= ENOUGH ? label(number) : "unknown"}`;
    const tokens = { promptTokens: 1, completionTokens: 1, totalTokens: 2 };
    return { results: [{ index: 0, content, finishReason: "stop" }], modelUsage: { ai: "mock", model: "mock", tokens } };
  };
  return { prompts, ai: new AxMockAIService({ features: { functions: false, streaming: false }, chatResponse }) };
}

async function bootstrapped(maxDemos, maxRounds) {
  const { ai, prompts } = model();
  const program = ax("question:string -> label:string");
  const labelled = cases(0, 200);
  const optimizer = new AxBootstrapFewShot({ studentAI: ai, options: { maxDemos, maxRounds }, debugOptimizer: false });
  const { bestScore, demos } = await optimizer.compile(program, labelled, right, { maxDemos, maxIterations: maxRounds });
  const measured = prompts.splice(0);
  program.setDemos(demos);
  let inUse = 0;
  for (const example of cases(200, 240)) {
    inUse += right({ prediction: await program.forward(ai, { question: example.question }), example });
  }
  const kept = demos.flatMap(({ traces }) => traces).length;
  return { bestScore, kept, inUse, calls: measured.map(({ shown }) => shown), longer: measured[0].letters / prompts[0].letters };
}

const { version } = JSON.parse(readFileSync(new URL("node_modules/@ax-llm/ax/package.json", import.meta.url)));
console.log(`@ax-llm/ax ${version}, 200 labelled examples: maxDemos, bestScore, examples kept, right of 40 with these`);
for (const [maxDemos, maxRounds] of [[1, 1], [4, 1], [16, 1], [4, 3]]) {
  const { bestScore, kept, inUse, calls, longer } = await bootstrapped(maxDemos, maxRounds);
  const shown = [...new Set(calls)];
  console.log(`  ${maxDemos}, in ${maxRounds} rounds: ${bestScore}, ${kept}, ${inUse}; examples in each of its`,
    `${calls.length} calls: ${shown}, ${longer.toFixed(1)} times as long`);
  const found = maxDemos + maxRounds - 1;
  assert.deepEqual([bestScore, kept, inUse, calls.length, shown], [1, found, 0, found, [199]], "the behaviour has changed");
  if (maxDemos === 4 && maxRounds === 1) assert.ok(longer > 10, "the behaviour has changed");
}
JS
node "$folder/seen.mjs"
