import { expect, test } from "vitest";
import { gauge } from "./gauge";

test.each([
  [10, 0, 100, { used: 10, reserved: 0, percent: 10, level: "calm" }],
  [70, 10, 100, { used: 70, reserved: 10, percent: 80, level: "near" }],
  [90, 30, 100, { used: 90, reserved: 10, percent: 100, level: "full" }],
  [0, 0, 0, { used: 100, reserved: 0, percent: 100, level: "full" }],
] as const)("%i used and %i reserved of %i", (used, reserved, limit, expected) => {
  expect(gauge(used, reserved, limit)).toEqual(expected);
});
