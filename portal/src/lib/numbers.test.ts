import { expect, test } from "vitest";
import { isNumber, jsonOf, marked, unmarked, valueOf } from "./numbers";

test.each([
  '{"id":1234567890123456789}',
  '[12345678901234567890,-9007199254740993,1e400,-1E+999]',
  '[0.12345678901234567891,1e-400,1.7976931348623159e308,[1234567.1234567890123]]',
  '{"a":"1234567890123456789","b":[{"c":9007199254740992}]}',
  '{"\uE0001":"\uE0001234567890123456789","d":1e400}',
])("%s is read and written without a change", (json) => {
  expect(jsonOf(valueOf(json))).toBe(json);
  expect(unmarked(JSON.stringify(JSON.parse(marked(json))))).toBe(json);
});

test("numbers that fit, and texts, stay what they are", () => {
  const json = '{"a":[9007199254740991,-0.5,1e21,0,0.0,1.50,0.30000000000000004,5e-324,1.2345678901234568e+17],"b":"12345678901234567890 1e400","c":"\\"1e400","d":null}';
  expect(valueOf(json)).toEqual(JSON.parse(json));
  expect(isNumber("12345678901234567890")).toBe(false);
  expect(isNumber(valueOf("12345678901234567890") as string)).toBe(true);
});

test("a text of another cannot pass for a number", () => {
  const hostile = '{"a":"\\uE0001234567890123456789"}';
  expect(isNumber((valueOf(hostile) as { a: string }).a)).toBe(false);
  expect(JSON.parse(jsonOf(valueOf(hostile)))).toEqual({ a: "\uE0001234567890123456789" });
  expect(jsonOf({ a: "\uE000},{" })).toBe('{"a":"},{"}');
});

test.each(["00012345678901234567", "[1234567890123456789", "12345678901234567890x"])("%s is no JSON", (text) => {
  expect(() => valueOf(text)).toThrow();
});
