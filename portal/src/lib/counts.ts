/** Counts of the API are exact up to this many; one more means at least so many. */
const EXACT = 10_000;

/** "1 run", "41 runs", "10,000 or more runs". */
export function counted(count: number, noun: string): string {
  const shown = count > EXACT ? `${EXACT.toLocaleString("en")} or more` : count.toLocaleString("en");
  return `${shown} ${noun}${count === 1 ? "" : "s"}`;
}
