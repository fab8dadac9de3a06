/** How full a budget is. */

export type Gauge = { used: number; reserved: number; percent: number; level: "calm" | "near" | "full" };

const NEAR_PERCENT = 80;

/** Widths in percent of the limit: what is used, and after it what is reserved, together at most 100. */
export function gauge(used: number, reserved: number, limit: number): Gauge {
  const share = (count: number): number => (limit <= 0 ? 100 : Math.min(100, (count / limit) * 100));
  const percent = Math.floor(share(used + reserved));
  const width = share(used);
  return { used: width, reserved: Math.min(100 - width, share(reserved)), percent, level: percent >= 100 ? "full" : percent >= NEAR_PERCENT ? "near" : "calm" };
}
