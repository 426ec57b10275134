#!/bin/sh
# tokenlens (npm) bills the cached part of a prompt twice, so that examples that a cache makes cheaper look dearer than
# without one.
#
# In the usage that OpenAI returns, cached_tokens are part of prompt_tokens; the AI SDK's cachedInputTokens are part of
# inputTokens. tokenlens reads both forms, prices the whole prompt at the full price, and adds the cached part at the
# price of a read from the cache. For Anthropic, whose input_tokens leave the cached ones out, the same sum is right. For
# "fine-tune, or keep prompting?": the examples are the same at the front of every prompt, and from 1,024 tokens on they
# are cached; that is what makes prompting cheap. Here each further example seems to cost three times what it does, more
# than with no cache at all, and leaving examples out, the usual saving of fine-tuning, looks three times as large. Take
# the cached tokens off before, or count by the parts yourself.
#
# Seen with tokenlens 1.3.1 and its own prices of GPT-4o mini, for 1,000 prompts of 3,300 tokens of which 3,200 are
# cached: $0.75, by either form, where the parts come to $0.27 and no cache to $0.50; right where the usage is
# Anthropic's.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" tokenlens@1.3.1 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { estimateCost } from "tokenlens";

const CALLS = 1000, OWN = 100, EXAMPLES = 3200;
const cost = (modelId, usage) => estimateCost({ modelId, usage }).totalUSD * CALLS;
// By the prices of tokenlens for a million tokens: what is the prompt's own in full, and the examples as they are read.
const parts = (modelId) => {
  const price = (usage) => estimateCost({ modelId, usage: { outputTokens: 0, ...usage } });
  const full = price({ inputTokens: 1e6 }).inputUSD;
  const read = price({ inputTokens: 0, cachedInputTokens: 1e6 }).cacheReadUSD;
  return (CALLS * (OWN * full + EXAMPLES * read)) / 1e6;
};

const mini = "openai:gpt-4o-mini", haiku = "anthropic:claude-3-5-haiku-20241022";
const all = OWN + EXAMPLES;
const seen = {
  parts: parts(mini),
  openai: cost(mini, { prompt_tokens: all, completion_tokens: 0, prompt_tokens_details: { cached_tokens: EXAMPLES } }),
  aiSdk: cost(mini, { inputTokens: all, outputTokens: 0, cachedInputTokens: EXAMPLES }),
  noCache: cost(mini, { prompt_tokens: all, completion_tokens: 0 }),
};
const anthropic = [
  parts(haiku),
  cost(haiku, { input_tokens: OWN, output_tokens: 0, cache_read_input_tokens: EXAMPLES }),
];
const { version } = JSON.parse(readFileSync(new URL("node_modules/tokenlens/package.json", import.meta.url)));
console.log(`tokenlens ${version}, ${CALLS} prompts, ${EXAMPLES} of ${all} tokens cached, in dollars:`, seen);
console.log("  with Anthropic's usage, by the parts and by tokenlens:", anthropic);
const rounded = Object.values(seen).map((dollars) => dollars.toFixed(3));
assert.deepEqual(rounded, ["0.271", "0.751", "0.751", "0.495"], "the behaviour has changed");
assert.ok(Math.abs(anthropic[0] - anthropic[1]) < 1e-9, "the behaviour has changed");
JS
node "$folder/seen.mjs"
