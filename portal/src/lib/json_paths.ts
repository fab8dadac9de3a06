/** The places of a JSON value, as rules and templates name them: `items.0.sku`. */

import { isNumber, jsonOf } from "./numbers";

export type JsonPlace = { path: string; value: unknown };

const isOpen = (value: unknown): value is object => typeof value === "object" && value !== null && Object.keys(value).length > 0;

/** The leaves of a value. A value that is a leaf itself has no place. */
export function leaves(value: unknown, before = ""): JsonPlace[] {
  if (!isOpen(value)) return before === "" ? [] : [{ path: before, value }];
  return Object.entries(value).flatMap(([name, one]) => leaves(one, before === "" ? name : `${before}.${name}`));
}

/** Text that a copy holds: a string as it is, anything else as JSON. */
export const copied = (value: unknown): string => (typeof value === "string" && !isNumber(value) ? value : jsonOf(value));

/** The leaves whose place or value has the text, in any case. */
export function found(value: unknown, text: string): JsonPlace[] {
  const wanted = text.trim().toLowerCase();
  return leaves(value).filter(({ path, value: one }) => path.toLowerCase().includes(wanted) || copied(one).toLowerCase().includes(wanted));
}
