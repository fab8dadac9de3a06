import { expect, test } from "vitest";
import { exampleOf, fieldsOf, filled } from "./form";
import { jsonOf } from "./numbers";

const FORM = {
  type: "object",
  required: ["amount"],
  properties: {
    amount: { type: "number", title: "Amount", description: "In euros" },
    note: { type: "string" },
    lane: { enum: ["fast", "slow"] },
    sure: { type: "boolean" },
    tags: { type: "array" },
  },
};

test("each property is a field of its kind", () => {
  expect(fieldsOf(FORM).map(({ name, kind, required }) => [name, kind, required])).toEqual([
    ["amount", "number", true],
    ["note", "text", false],
    ["lane", "choice", false],
    ["sure", "boolean", false],
    ["tags", "json", false],
  ]);
});

test("what was typed has the schema's types, and empty fields are left out", () => {
  const typed = { amount: "12.5", note: "", lane: "fast", sure: true, tags: '["a"]' };
  expect(filled(fieldsOf(FORM), typed)).toEqual({ value: { amount: 12.5, lane: "fast", sure: true, tags: ["a"] }, wrong: [] });
});

test("what is no number and no JSON is named", () => {
  expect(filled(fieldsOf(FORM), { amount: "twelve", tags: "[" }).wrong.map(({ name, kind }) => [name, kind])).toEqual([["amount", "number"], ["tags", "json"]]);
});

test.each([[".5", 0.5], ["007", 7], [" 1e3 ", 1_000], ["-2.", -2], ["+5", 5], ["-.5", -0.5], ["000", 0], ["1e400", undefined], ["1,5", undefined], [".", undefined], ["-", undefined], ["e5", undefined], ["0x10", undefined], ["1 2", undefined], ["Infinity", undefined]])("%j typed as a number is %j", (text, amount) => {
  const { value, wrong } = filled(fieldsOf(FORM), { amount: text });
  expect([value.amount, wrong.map(({ label }) => label)]).toEqual([amount, amount === undefined ? ["Amount"] : []]);
});

test.each([["1234567890123456789", "1234567890123456789"], ["-0.12345678901234567891", "-0.12345678901234567891"], ["001234567890123456789", "1234567890123456789"], [".12345678901234567891", "0.12345678901234567891"]])("%s is sent with all its digits", (amount, sent) => {
  expect(jsonOf(filled(fieldsOf(FORM), { amount }).value.amount)).toBe(sent);
});

test.each([null, undefined, 3, { properties: 1 }])("%j has no fields", (form) => {
  expect(fieldsOf(form)).toEqual([]);
});

test("an example of an input is the schema's own, or what is required", () => {
  expect(exampleOf({ examples: [{ url: "https://a.example" }] })).toEqual({ url: "https://a.example" });
  const properties = { url: { type: "string", examples: ["https://b.example"] }, method: { enum: ["GET", "POST"] }, json: {} };
  expect(exampleOf({ properties, required: ["url", "json"] })).toEqual({ url: "https://b.example", json: "…" });
  expect(exampleOf({ properties })).toEqual({ url: "https://b.example", method: "GET" });
  expect(exampleOf(null)).toEqual({});
});

test("a form has its fields in the order of its schema", () => {
  const properties = { customer: { type: "string" }, amount: { type: "number" }, ok: { type: "boolean" } };
  expect(fieldsOf({ type: "object", required: ["amount"], properties }).map(({ name }) => name)).toEqual(["customer", "amount", "ok"]);
});

test.each([
  ["team@example.com", ["team@example.com"]],
  [" a@example.com, b@example.com,", ["a@example.com", "b@example.com"]],
  ['["Reports, Inc. <a@example.com>"]', ["Reports, Inc. <a@example.com>"]],
])("%s is a list of texts", (text, list) => {
  const form = { properties: { to: { type: "array", items: { type: "string" }, examples: [["team@example.com"]] } } };
  expect(filled(fieldsOf(form), { to: text })).toEqual({ value: { to: list }, wrong: [] });
  expect(fieldsOf(form)[0]?.example).toBe("team@example.com");
});
