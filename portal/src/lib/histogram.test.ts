import { expect, test } from "vitest";
import { histogram } from "./histogram";

test("each time is in one part, the last one included", () => {
  expect(histogram([0, 1, 49, 50, 100, 120], 0, 100, 4)).toEqual([2, 1, 1, 2]);
  expect(histogram([7], 7, 7, 2)).toEqual([1, 0]);
  expect(histogram([], 0, 10, 3)).toEqual([0, 0, 0]);
});
