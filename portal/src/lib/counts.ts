import { t } from "../strings";

export type Noun = keyof typeof t.nouns;

/** Counts of the API are exact up to this many; one more means at least so many. */
const EXACT = 10_000;

/** "41", "10,000 or more". */
export const shownTotal = (count: number): string => (count > EXACT ? t.orMore(EXACT.toLocaleString(t.locale)) : count.toLocaleString(t.locale));

/** "1 run", "41 runs", "10,000 or more runs". */
export const counted = (count: number, noun: Noun): string => t.counted(shownTotal(count), count === 1 ? t.nouns[noun].one : t.nouns[noun].many);

/** The number of entries that are not shown. It is 0 if the list was not counted. */
export const beyond = (count: number, shown: number): number => (count > EXACT ? 0 : count - shown);

/** A number beside a link: nothing for none, "20+" where there are more. */
export const shownCount = (count: number, more: boolean): string => (count === 0 ? "" : `${count}${more ? "+" : ""}`);
