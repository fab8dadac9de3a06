/** Times and durations as people read them. */

import { t } from "../strings";

const UNITS: readonly [string, number][] = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
];

/** "3 m ago", "in 2 h", "now". Both in milliseconds since the epoch. */
export function relative(then: number, now: number): string {
  const seconds = Math.round((now - then) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 2) return t.time.now;
  const [unit, size] = UNITS.find(([, size]) => distance >= size) ?? ["s", 1];
  const shown = `${Math.floor(distance / size)} ${unit}`;
  return seconds > 0 ? t.time.ago(shown) : t.time.ahead(shown);
}

/** A duration with three significant digits: "0.012 s", "3.14 s", "2 m 5 s", "1 h 3 m". */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 60) {
    const digits = seconds >= 10 ? 1 : seconds >= 1 ? 2 : 3;
    return `${seconds.toFixed(digits)} s`;
  }
  const [large, size, small, rest] =
    seconds < 3_600 ? (["m", 60, "s", 1] as const) : seconds < 86_400 ? (["h", 3_600, "m", 60] as const) : (["d", 86_400, "h", 3_600] as const);
  const whole = Math.floor(seconds / size);
  const part = Math.floor((seconds - whole * size) / rest);
  return part === 0 ? `${whole} ${large}` : `${whole} ${large} ${part} ${small}`;
}

const SHOWN = { dateStyle: "short", timeStyle: "medium" } as const;
/** To make one takes longer than to draw a row. */
const EXACT = new Intl.DateTimeFormat("sv-SE", SHOWN);
const EXACT_UTC = new Intl.DateTimeFormat("sv-SE", { ...SHOWN, timeZone: "UTC" });

/** The exact time, in UTC or in the browser's zone. */
export function exact(iso: string, utc: boolean): string {
  const date = new Date(iso);
  return utc ? `${EXACT_UTC.format(date)} UTC` : EXACT.format(date);
}
