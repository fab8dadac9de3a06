/** Which elements show the rows of a list that scrolls. New elements cost several times as much as new texts in old ones. */

/** The rows from `first`, each with the key of its element. */
export type Slots = { first: number; keys: readonly number[]; next: number };

export const NO_SLOTS: Slots = { first: 0, keys: [], next: 0 };

/**
 * The slots of `count` rows from `first`. Elements stand in the order of their rows. After a long way, the elements show other
 * rows, unless `keep`; otherwise a row that stays keeps its element.
 */
export function slotsOf(before: Slots, first: number, count: number, keep: boolean): Slots {
  if (before.first === first && before.keys.length === count) return before;
  const moved = first - before.first;
  const stay = Math.min(first + count, before.first + before.keys.length) - Math.max(first, before.first);
  const offset = keep || stay >= count / 2 ? moved : 0;
  let { next } = before;
  const keys = Array.from({ length: count }, (_, place) => before.keys[place + offset] ?? next++);
  return { first, keys, next };
}
