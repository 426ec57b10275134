#!/bin/sh
# openai-gpt-token-counter (npm), "verified for 100% accuracy" for all models of OpenAI, counts a text by the vocabulary of GPT-2
# for each of them: 61 tokens for a sentence in Hindi where GPT-4o has 11.
#
# text(text, model) looks at the model's name only to refuse what it does not know. chat(messages, model), of the same package,
# takes the vocabulary of the model, so that one and the same sentence has different lengths there. English prose is as long by
# both, which is what such a counter is tried with; code, German, Chinese and Hindi are not. For "fine-tune, or keep
# prompting?": the price of examples in the prompt is their tokens, and that of fine-tuning the tokens of the file. What was counted by
# text() makes a prompt with examples twice to five times as dear as it is, by language, against training that was counted by
# chat() or by the provider's bill; fewer examples are taken to fit than do. Use chat() with one message, or a tokenizer.
#
# Seen with openai-gpt-token-counter 1.1.2 and gpt-tokenizer 4.0.0: the same count for GPT-3.5, 4, 4o, 4.1 and 5; for GPT-4o 1.0 times the
# tokens in English, 1.7 in German and in Python, 3.0 in Chinese, 5.5 in Hindi, and by chat() within 1 of them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts openai-gpt-token-counter@1.1.2 gpt-tokenizer@4.0.0 >/dev/null 2>&1
cat > seen.cjs <<'JS'
const assert = require('node:assert');
const counter = require('openai-gpt-token-counter');
const own = require('gpt-tokenizer/model/gpt-4o');
const TEXTS = {
  english: 'The claim was paid in full on Monday, and the customer has been told by letter.',
  german: 'Die Forderung wurde am Montag vollständig beglichen, und der Kunde wurde brieflich benachrichtigt.',
  python: 'def f(x):\n        return x  # twice\n',
  chinese: '客户于周一收到全额赔款，并已收到书面通知。',
  hindi: 'ग्राहक को सोमवार को पूरा भुगतान मिल गया।',
};
const MODELS = ['gpt-3.5-turbo', 'gpt-4', 'gpt-4o', 'gpt-4.1', 'gpt-5'];
const times = {}, beside = {};
for (const [name, text] of Object.entries(TEXTS)) {
  const counts = new Set(MODELS.map((model) => counter.text(text, model)));
  assert.equal(counts.size, 1, 'the behaviour has changed');
  times[name] = Number(([...counts][0] / own.countTokens(text)).toFixed(1));
  const message = [{ role: 'user', content: text }];
  beside[name] = counter.chat(message, 'gpt-4o') - own.countTokens(message);
}
console.log(`openai-gpt-token-counter ${require('openai-gpt-token-counter/package.json').version}: ` +
  `times the tokens of GPT-4o ${JSON.stringify(times)}, of a chat less its own ${JSON.stringify(beside)}`);
assert.deepEqual(times, { english: 1, german: 1.7, python: 1.7, chinese: 3, hindi: 5.5 }, 'the behaviour has changed');
assert.ok(Object.values(beside).every((more) => Math.abs(more) <= 1), 'the behaviour has changed');
JS
node seen.cjs
