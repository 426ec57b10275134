#!/bin/sh
# pi-ai (npm) makes 0 of an amount that is null, "" of a text and false of an answer, where the tool allows null, and the number
# 1067 of the postcode "01067", where it allows a text: calls that are valid as they stand come out as others.
#
# A field that may be missing is written anyOf: [number, null], by pydantic, zod and TypeBox alike. validateToolCall tries the
# members of anyOf in their order, forces the value into each, and takes the first that fits then; whether the value fits one as
# it is is not asked, and everything can be forced: null into 0, and 0 into null where null is listed first. Of ["number",
# "null"], the other way to write the same, null stays null. TypeBox, whose "value conversion utilities" the description names,
# leaves all of these alone. Nothing is said, and the agent loop does so to every call. For learning curves on function calling: a
# model that rightly says that an amount is not given comes out as one that makes up a 0, so that nothing after validation can
# tell the two apart: examples and fine-tuning that teach the one in place of the other look useless. Score the arguments that the
# reply has, before they are validated, or write a list of types.
#
# Seen with @mariozechner/pi-ai 0.73.1 and typebox 1.4.3, for 60 calls with a null or a postcode that begins with 0, all valid: 60
# come out changed where a field is anyOf with null or text last, as JSON schema and as TypeBox, and none with a list of types, or
# by TypeBox alone; with null first, 15 calls with an amount of 0 come out as null.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
  @mariozechner/pi-ai@0.73.1 typebox@1.4.3 >/dev/null 2>&1
cat > "$folder/seen.mjs" <<'JS'
import assert from "node:assert";
import { validateToolCall } from "@mariozechner/pi-ai";
import { Type } from "typebox";
import { Value } from "typebox/value";

const fields = { amount: "number", note: "string", paid: "boolean" };
const calls = [...Array(60).keys()].map((n) => {
  const whole = { amount: 12.5 + n, note: "by card", paid: true, postcode: `${20000 + n}a` };
  return n % 4 === 3 ? { ...whole, postcode: `0${1067 + n}` } : { ...whole, [Object.keys(fields)[n % 4]]: null };
});
const schema = (nullable, postcode) => ({
  type: "object",
  properties: { ...Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, nullable(type)])), postcode },
});
const any = (...types) => ({ anyOf: types.map((type) => ({ type })) });
const asTypes = { number: Type.Number(), string: Type.String(), boolean: Type.Boolean() };
const box = Type.Object({
  ...Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, Type.Union([asTypes[type], Type.Null()])])),
  postcode: Type.Union([Type.Integer(), Type.String()]),
});
const schemas = {
  "anyOf, null and text last": schema((type) => any(type, "null"), any("integer", "string")),
  "the same by TypeBox": box,
  "a list of types": schema((type) => ({ type: [type, "null"] }), { type: ["integer", "string"] }),
};
const changed = (read, given = calls) => given.filter((call) => JSON.stringify(read(call)) !== JSON.stringify(call)).length;
const reader = (parameters) => (call) => {
  assert(Value.Check(parameters, call), "a call is not valid");
  const tools = [{ name: "refund", description: "Refund a payment", parameters }];
  return validateToolCall(tools, { type: "toolCall", id: "1", name: "refund", arguments: structuredClone(call) });
};

const seen = {};
for (const [name, parameters] of Object.entries(schemas)) {
  const read = reader(parameters);
  if (!Object.keys(seen).length) for (const call of calls.slice(0, 4)) console.log(`${JSON.stringify(call)} becomes ${JSON.stringify(read(call))}`);
  seen[name] = changed(read);
}
const alone = changed((call) => Value.Parse(box, structuredClone(call)));
console.log(`@mariozechner/pi-ai 0.73.1: of ${calls.length} valid calls changed by validateToolCall: ${JSON.stringify(seen)}; by TypeBox alone: ${alone}`);
const zeros = calls.slice(0, 15).map((call, n) => ({ amount: 0, note: `letter ${n}` }));
const first = schema((type) => any("null", type), any("string", "integer"));
const nulls = zeros.map(reader(first)).filter((call) => call.amount === null).length;
console.log(`of ${zeros.length} calls with an amount of 0, null where null is listed first: ${nulls}`);
assert.deepEqual([...Object.values(seen), nulls], [60, 60, 0, 15], "the behaviour has changed");
assert.equal(alone, 0, "the behaviour has changed");
JS
(cd "$folder" && node seen.mjs)
