import { expect, test } from "vitest";
import { NO_SLOTS, type Slots, slotsOf } from "./slots";

const begun = slotsOf(NO_SLOTS, 0, 6, false);
const keyOf = ({ first, keys }: Slots, row: number): number | undefined => keys[row - first];

test("a row that stays in view keeps its element", () => {
  const after = slotsOf(begun, 2, 6, false);
  expect([2, 3, 4, 5].map((row) => keyOf(after, row))).toEqual([2, 3, 4, 5].map((row) => keyOf(begun, row)));
  const back = slotsOf(after, 0, 6, false);
  expect([2, 3, 4, 5].map((row) => keyOf(back, row))).toEqual([2, 3, 4, 5].map((row) => keyOf(begun, row)));
});

test("after a long way the elements show other rows", () => {
  expect(slotsOf(begun, 100, 6, false).keys).toEqual(begun.keys);
  expect(slotsOf(begun, 4, 6, false).keys).toEqual(begun.keys);
});

test("after a long way a row that must stay keeps its element, and no element shows two rows", () => {
  const after = slotsOf(begun, 4, 6, true);
  expect([4, 5].map((row) => keyOf(after, row))).toEqual([4, 5].map((row) => keyOf(begun, row)));
  expect(new Set(after.keys).size).toBe(6);
  expect(slotsOf(begun, 100, 6, true).keys.some((key) => begun.keys.includes(key))).toBe(false);
});

test("more and fewer rows have elements of their own", () => {
  const more = slotsOf(begun, 50, 9, false);
  expect(more.keys.slice(0, 6)).toEqual(begun.keys);
  expect(new Set(more.keys).size).toBe(9);
  expect(slotsOf(more, 50, 4, false).keys).toEqual(begun.keys.slice(0, 4));
});

test("the same rows are the same slots", () => {
  expect(slotsOf(begun, 0, 6, false)).toBe(begun);
});
