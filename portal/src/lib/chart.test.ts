import { expect, test } from "vitest";
import { barsOf, spanOf } from "./chart";

const bucket = (succeeded: number, failed: number) => ({ from: "a", to: "b", succeeded, failed, cancelled: 0, timedOut: 0 });

test("the highest bar fills the chart, and empty states have no part", () => {
  const [first, second] = barsOf([bucket(3, 1), bucket(2, 0)]);
  expect(first?.parts.map(({ state, percent }) => [state, percent])).toEqual([["SUCCEEDED", 75], ["FAILED", 25]]);
  expect(second?.parts).toEqual([{ state: "SUCCEEDED", count: 2, percent: 50 }]);
  expect(barsOf([bucket(0, 0)])[0]).toEqual({ from: "a", to: "b", total: 0, parts: [] });
});

test("the span ends with the hour that has begun", () => {
  const span = spanOf(false, Date.parse("2026-01-02T10:20:30Z"));
  expect(span).toEqual({ from: "2026-01-01T11:00:00.000Z", to: "2026-01-02T11:00:00.000Z", by: "HOUR" });
  expect(spanOf(true, Date.parse("2026-01-15T10:20:30Z")).from).toBe("2026-01-02T00:00:00.000Z");
});
