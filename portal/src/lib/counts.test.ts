import { expect, test } from "vitest";
import { beyond, counted, shownCount } from "./counts";

test.each([
  [0, "0 runs"],
  [1, "1 run"],
  [1_204, "1,204 runs"],
  [10_001, "10,000 or more runs"],
])("%i is %s", (count, shown) => {
  expect(counted(count, "run")).toBe(shown);
});

test("a list without a complete count names no rest", () => {
  expect([beyond(3, 3), beyond(25, 20), beyond(10_001, 20)]).toEqual([0, 5, 0]);
});

test("a number beside a link is short", () => {
  expect([shownCount(0, false), shownCount(7, false), shownCount(20, true)]).toEqual(["", "7", "20+"]);
});
