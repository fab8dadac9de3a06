import { expect, test } from "vitest";
import { type Line, listOf, literalOf, pathsOf, shapeOf, textOf, textOfList, whenOf } from "./rule_shape";

const TYPE = { "==": [{ var: "type" }, "order.created"] };

test("a single comparison is one line", () => {
  expect(shapeOf(TYPE)).toEqual({ join: "and", lines: [{ path: "type", comparison: "==", value: "order.created" }] });
});

test("each comparison comes back as the JSON that it was", () => {
  const whens = [
    TYPE,
    { or: [TYPE] },
    { and: [TYPE, { ">": [{ var: "payload.n" }, 0] }, { "!": [{ exists: "payload.test" }] }, { exists: "payload.n" }] },
    { or: [{ in: [{ var: "payload.tier" }, ["gold", "vip", 3]] }, { in: ["urgent", { var: "payload.tags" }] }] },
    { and: [{ starts_with: [{ var: "type" }, "order."] }, { matches: [{ var: "subject" }, "^a"] }, { "!=": [{ var: "payload.x" }, null] }] },
    true,
  ];
  for (const when of whens) {
    const shape = shapeOf(when);
    expect(shape).not.toBeNull();
    if (shape !== null) expect(whenOf(shape)).toEqual(when);
  }
});

test("other shapes stay JSON", () => {
  for (const when of [{ and: [TYPE, { or: [TYPE, TYPE] }] }, { some: [{ var: "payload.items" }, true] }, { "==": ["a", "b"] }, { "==": [{ var: "a" }, { var: "b" }] }, null, 3, [], {}, { and: [] }, { "!": [TYPE] }]) {
    expect(shapeOf(when)).toBeNull();
  }
});

test("no lines match everything, and a line without a path is kept", () => {
  expect(whenOf({ join: "or", lines: [] })).toBe(true);
  const empty: Line = { path: "", comparison: "==", value: "" };
  expect(shapeOf(whenOf({ join: "and", lines: [empty] }))).toEqual({ join: "and", lines: [empty] });
});

test("values are typed as they are read", () => {
  for (const value of ["gold", "5", "true", "null", "", '"', "a, b", 5, -1.5, true, false, null]) expect(literalOf(textOf(value))).toBe(value);
  expect(literalOf("5")).toBe(5);
  expect(literalOf('"5"')).toBe("5");
  expect(literalOf("[1]")).toBe("[1]");
});

test("lists are typed between commas", () => {
  for (const list of [[], ["a"], ["a", 5, true], ["a, b", 'say "x"', ""], ["5"]]) expect(listOf(textOfList(list))).toEqual(list);
  expect(listOf("gold, vip")).toEqual(["gold", "vip"]);
});

test("paths come from what the event holds", () => {
  expect(pathsOf({ type: "x", payload: { order: { id: 1 }, tags: ["a"] } })).toEqual(["type", "payload", "payload.order", "payload.order.id", "payload.tags"]);
});

test("a number of many digits is kept", () => {
  const long = "1234567890123456789";
  expect(textOf(literalOf(long))).toBe(long);
  expect(textOfList(listOf(`${long}, 2`))).toBe(`${long}, 2`);
});
