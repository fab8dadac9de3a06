/** Filters under a name, of this browser: one list for each tenant and person. */

export type SavedView = { name: string; search: string };

const KEY = "automate.portal.views";
const LONGEST_NAME = 60;
const MOST = 50;

const keyOf = (tenant: string, person: string): string => `${KEY}.${tenant}.${person}`;

export function readViews(tenant: string, person: string, storage: Storage = localStorage): SavedView[] {
  try {
    const found = JSON.parse(storage.getItem(keyOf(tenant, person)) ?? "[]") as unknown;
    return Array.isArray(found) ? found.filter(isView) : [];
  } catch {
    return [];
  }
}

const isView = (one: unknown): one is SavedView =>
  typeof one === "object" && one !== null && "name" in one && "search" in one && typeof one.name === "string" && typeof one.search === "string";

/** The views with one more; a view of the same name is replaced. The newest is first. */
export function withView(views: readonly SavedView[], name: string, search: string): SavedView[] {
  const short = name.trim().slice(0, LONGEST_NAME);
  if (short === "") return [...views];
  return [{ name: short, search }, ...views.filter((one) => one.name !== short)].slice(0, MOST);
}

export function writeViews(tenant: string, person: string, views: readonly SavedView[], storage: Storage = localStorage): void {
  try {
    storage.setItem(keyOf(tenant, person), JSON.stringify(views));
  } catch {
    // A browser without storage forgets the views.
  }
}
