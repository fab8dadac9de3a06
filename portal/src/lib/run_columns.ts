/** The columns of the run list beside state and workflow. The address holds the chosen ones, unless they are the usual ones. */

import { t } from "../strings";

export const COLUMNS = t.runColumns;
export type Column = keyof typeof COLUMNS;

export const USUAL: readonly Column[] = ["event", "reason", "took", "created"];
const NONE = "none";
const all = Object.keys(COLUMNS) as Column[];

/** text: of the address. Unknown names are left out. */
export function columnsOf(text: string): readonly Column[] {
  if (text === NONE) return [];
  const asked = new Set(text.split(","));
  const found = all.filter((one) => asked.has(one));
  return found.length === 0 ? USUAL : found;
}

/** Empty for the usual columns. */
export function textOfColumns(columns: readonly Column[]): string {
  const chosen = all.filter((one) => columns.includes(one));
  if (chosen.length === 0) return NONE;
  return chosen.join() === USUAL.join() ? "" : chosen.join();
}
