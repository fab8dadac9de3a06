import { expect, test } from "vitest";
import { duration, exact, relative } from "./time";

test.each([
  [0, "now"],
  [5_000, "5 s ago"],
  [119_000, "1 m ago"],
  [7_300_000, "2 h ago"],
  [-90_000, "in 1 m"],
  [3 * 86_400_000, "3 d ago"],
])("%i ms before now is %s", (before, shown) => {
  expect(relative(1_000_000_000_000 - before, 1_000_000_000_000)).toBe(shown);
});

test.each([
  [12, "0.012 s"],
  [3_140, "3.14 s"],
  [31_400, "31.4 s"],
  [125_000, "2 m 5 s"],
  [3_780_000, "1 h 3 m"],
  [90_000_000, "1 d 1 h"],
  [-5, "0.000 s"],
])("%i ms last %s", (milliseconds, shown) => {
  expect(duration(milliseconds)).toBe(shown);
});

test("an exact time names UTC", () => {
  expect(exact("2026-11-28T23:04:05Z", true)).toBe("2026-11-28 23:04:05 UTC");
});
