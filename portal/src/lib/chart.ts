/** Bars of a small chart of runs that ended, by hour or day. */

export type Bucket = { from: string; to: string; succeeded: number; failed: number; cancelled: number; timedOut: number };
export type ChartBar = { from: string; to: string; parts: { state: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "CANCELLED"; count: number; percent: number }[]; total: number };
export type Span = { from: string; to: string; by: "HOUR" | "DAY" };

const HOUR_MS = 3_600_000;

/** The time that a chart shows: 24 hours by hour, or with long 14 days by day. now: in milliseconds. */
export function spanOf(long: boolean, now: number): Span {
  const step = long ? 24 * HOUR_MS : HOUR_MS;
  const to = (Math.floor(now / step) + 1) * step;
  return { from: new Date(to - (long ? 14 : 24) * step).toISOString(), to: new Date(to).toISOString(), by: long ? "DAY" : "HOUR" };
}

export function barsOf(buckets: readonly Bucket[]): ChartBar[] {
  const sum = (one: Bucket): number => Number(one.succeeded) + Number(one.failed) + Number(one.cancelled) + Number(one.timedOut);
  const most = Math.max(1, ...buckets.map(sum));
  return buckets.map((one) => {
    const counts = [
      ["SUCCEEDED", one.succeeded],
      ["FAILED", one.failed],
      ["TIMED_OUT", one.timedOut],
      ["CANCELLED", one.cancelled],
    ] as const;
    const parts = counts.filter(([, count]) => Number(count) > 0).map(([state, count]) => ({ state, count: Number(count), percent: (Number(count) / most) * 100 }));
    return { from: one.from, to: one.to, total: sum(one), parts };
  });
}
