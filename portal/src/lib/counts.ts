import { t } from "../strings";

export type Noun = keyof typeof t.nouns;

/** Counts of the API are exact up to this many; one more means at least so many. */
const EXACT = 10_000;

/** "1 run", "41 runs", "10,000 or more runs". */
export function counted(count: number, noun: Noun): string {
  const shown = count > EXACT ? t.orMore(EXACT.toLocaleString(t.locale)) : count.toLocaleString(t.locale);
  return t.counted(shown, count === 1 ? t.nouns[noun].one : t.nouns[noun].many);
}

/** A number beside a link: nothing for none, "20+" where there are more. */
export const shownCount = (count: number, more: boolean): string => (count === 0 ? "" : `${count}${more ? "+" : ""}`);
