import { expect, test } from "vitest";
import { overlaps, place, waterfall } from "./waterfall";

const T = Date.parse("2026-01-01T00:00:00Z");
const at = (ms: number) => new Date(T + ms).toISOString();
const moment = (ms: number, kind: string, attempt = 1) => ({ at: at(ms), kind, step: "charge", compensates: false, attempt });
const charge = { key: "charge", state: "FAILED", attempt: 2, startedAt: at(1_100), finishedAt: at(1_300) } as const;

test("attempts and the wait between them are bars of one lane", () => {
  const moments = [
    moment(100, "step.running"),
    moment(300, "step.retrying"),
    moment(1_100, "step.running", 2),
    moment(1_300, "step.failed", 2),
  ];
  const { lanes } = waterfall([charge], moments, T, T + 1_300);
  expect(lanes[0]?.bars.map(({ kind, state, from, to }) => [kind, state, from - T, to - T])).toEqual([
    ["work", "running", 100, 300],
    ["wait", "retrying", 300, 1_100],
    ["work", "failed", 1_100, 1_300],
  ]);
});

test("a step without moments is one bar, and an open one ends now", () => {
  const open = { ...charge, state: "RUNNING", finishedAt: null } as const;
  const { lanes, to } = waterfall([open], [], T, T + 5_000);
  expect([lanes[0]?.bars.length, lanes[0]?.to, to]).toEqual([1, T + 5_000, T + 5_000]);
});

test("a step whose end is not read yet ends when it ended", () => {
  const { lanes } = waterfall([charge], [moment(100, "step.running")], T, T + 90_000);
  expect(lanes[0]?.to).toBe(T + 1_300);
});

test("moments of items and of compensations do not make bars of the step", () => {
  const moments = [{ ...moment(0, "step.running"), item: 3 }, { ...moment(0, "step.running"), compensates: true }];
  expect(waterfall([charge], moments, T, T + 1_300).lanes[0]?.bars).toHaveLength(1);
});

test("a bar stays visible and inside", () => {
  expect(place({ from: 10, to: 10 }, { from: 0, to: 10 })).toEqual({ left: 99.5, width: 0.5 });
  expect(place({ from: 0, to: 0 }, { from: 0, to: 0 })).toEqual({ left: 0, width: 0.5 });
});

test("a step that ended before the run began was kept, and does not stretch the time", () => {
  const { lanes, from } = waterfall([charge], [], T + 60_000, T + 61_000);
  expect([lanes[0]?.kept, lanes[0]?.bars, from]).toEqual([true, [], T + 60_000]);
});

test("a shorter time cuts bars off at its edges", () => {
  const shown = { from: 100, to: 200 };
  expect(place({ from: 0, to: 150 }, shown)).toEqual({ left: 0, width: 50 });
  expect(place({ from: 150, to: 900 }, shown)).toEqual({ left: 50, width: 50 });
  expect([overlaps({ from: 0, to: 99 }, shown), overlaps({ from: 201, to: 300 }, shown), overlaps({ from: 0, to: 300 }, shown)]).toEqual([false, false, true]);
});
