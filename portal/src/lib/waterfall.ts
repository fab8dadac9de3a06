/** The bars of a run's timeline: what each step did when, its attempts and its waits. */

import type { StepState } from "../gql/graphql";

export type Moment = {
  at: string;
  kind: string;
  step?: string | null;
  item?: number | null;
  compensates: boolean;
  attempt?: number | null;
};
export type Step = {
  key: string;
  state: StepState;
  attempt: number;
  startedAt: string;
  finishedAt?: string | null;
};
export type Bar = { kind: "work" | "wait"; state: string; from: number; to: number; attempt: number };
/** kept: the run took the result of an earlier run, so the lane has no bars. */
export type Lane = { key: string; state: StepState; attempt: number; bars: Bar[]; from: number; to: number; kept: boolean };
export type Waterfall = { from: number; to: number; lanes: Lane[] };

const WAITS = new Set(["waiting", "retrying", "uncertain", "pending"]);
const ENDS = new Set(["succeeded", "failed", "skipped", "cancelled"]);

/**
 * steps: in the order of execution. moments: oldest first; they may be fewer than happened.
 * begin, end: of the run in milliseconds; end is now while it has not ended.
 */
export function waterfall(steps: readonly Step[], moments: readonly Moment[], begin: number, end: number): Waterfall {
  const momentsOf = new Map<string, Moment[]>();
  for (const one of moments) {
    if (!one.step || one.item != null || one.compensates) continue;
    const known = momentsOf.get(one.step);
    if (known) known.push(one);
    else momentsOf.set(one.step, [one]);
  }
  const lanes = steps.map((step): Lane => {
    if (step.finishedAt && Date.parse(step.finishedAt) < begin) {
      return { key: step.key, state: step.state, attempt: step.attempt, bars: [], from: begin, to: begin, kept: true };
    }
    const own = momentsOf.get(step.key) ?? [];
    // The last moments of the step may not be read yet.
    const bars = barsOf(own, step.finishedAt ? Date.parse(step.finishedAt) : end);
    const all = bars.length > 0 ? bars : [whole(step, end)];
    const from = Math.min(...all.map((bar) => bar.from));
    const to = Math.max(...all.map((bar) => bar.to));
    return { key: step.key, state: step.state, attempt: step.attempt, bars: all, from, to, kept: false };
  });
  const to = Math.max(end, ...lanes.map((lane) => lane.to));
  return { from: Math.min(begin, ...lanes.map((lane) => lane.from)), to, lanes };
}

function barsOf(moments: readonly Moment[], end: number): Bar[] {
  const bars: Bar[] = [];
  moments.forEach((moment, index) => {
    const state = moment.kind.replace(/^step\./, "");
    const next = moments[index + 1];
    const from = Date.parse(moment.at);
    if (ENDS.has(state)) {
      if (index === 0) bars.push({ kind: "work", state, from, to: from, attempt: moment.attempt ?? 1 });
      const before = bars.at(-1);
      if (before) before.state = state;
      return;
    }
    const to = next === undefined ? Math.max(end, from) : Date.parse(next.at);
    bars.push({ kind: WAITS.has(state) ? "wait" : "work", state, from, to, attempt: moment.attempt ?? 1 });
  });
  return bars;
}

function whole(step: Step, end: number): Bar {
  const from = Date.parse(step.startedAt);
  const to = step.finishedAt ? Date.parse(step.finishedAt) : Math.max(end, from);
  return { kind: "work", state: step.state.toLowerCase(), from, to, attempt: step.attempt };
}

type Span = { from: number; to: number };

/** Whether a part of the bar is within the whole. */
export const overlaps = (bar: Span, all: Span): boolean => bar.from <= all.to && bar.to >= all.from;

/** Left edge and width of a bar in percent of the whole, which may cut it off; a bar is never thinner than half a percent. */
export function place(bar: Span, all: Span): { left: number; width: number } {
  const span = Math.max(1, all.to - all.from);
  const from = Math.max(bar.from, all.from);
  const left = Math.min(99.5, ((from - all.from) / span) * 100);
  return { left, width: Math.min(100 - left, Math.max(0.5, ((Math.min(bar.to, all.to) - from) / span) * 100)) };
}
