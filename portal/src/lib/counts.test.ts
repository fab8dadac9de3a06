import { expect, test } from "vitest";
import { counted } from "./counts";

test.each([
  [0, "0 runs"],
  [1, "1 run"],
  [1_204, "1,204 runs"],
  [10_001, "10,000 or more runs"],
])("%i is %s", (count, shown) => {
  expect(counted(count, "run")).toBe(shown);
});
