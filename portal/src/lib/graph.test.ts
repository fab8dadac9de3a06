import { expect, test } from "vitest";
import { graphOf } from "./graph";

const edges = (steps: unknown) => graphOf({ steps }).edges.map(({ from, to, failure }) => `${from}${failure ? "!" : "-"}${to}`);

test("a step follows the one above, or those that it needs", () => {
  expect(edges([{ key: "a" }, { key: "b" }, { key: "c", needs: ["a"] }, { key: "d", needs: [] }])).toEqual(["a-b", "a-c"]);
});

test("a handler follows the steps that name it, and no other", () => {
  expect(edges([{ key: "a", on_failure: "h" }, { key: "b" }, { key: "h" }])).toEqual(["a-b", "a!h"]);
});

test("steps are placed below those that they need", () => {
  const [a, b] = graphOf({ steps: [{ key: "a", uses: "http.request" }, { key: "b" }] }).nodes;
  expect((b?.y ?? 0) > (a?.y ?? 0)).toBe(true);
});

test.each([null, 3, {}, { steps: 1 }, { steps: [null, { key: 1 }] }])("%j has no steps", (definition) => {
  expect(graphOf(definition).nodes).toEqual([]);
});
