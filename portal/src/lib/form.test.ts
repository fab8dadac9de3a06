import { expect, test } from "vitest";
import { exampleOf, fieldsOf, filled } from "./form";

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
  expect(filled(fieldsOf(FORM), { amount: "twelve", tags: "[" }).wrong).toEqual(["Amount", "tags"]);
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
