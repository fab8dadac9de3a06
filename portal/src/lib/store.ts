/** Choices of this browser that outlive a visit: the theme and how times are shown. */

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
/** firsts: what the navigation adds to the address of a list, such as `?state=failed` for `acme/runs`. */
type Choices = { theme: Theme; utc: boolean; exact: boolean; railClosed: boolean; firsts: Record<string, string> };

const KEY = "automate.portal";
const listeners = new Set<() => void>();
let choices = read();

function read(): Choices {
  const fallback: Choices = { theme: "system", utc: false, exact: false, railClosed: false, firsts: {} };
  try {
    return { ...fallback, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Choices>) };
  } catch {
    return fallback;
  }
}

export function choose(change: Partial<Choices>): void {
  choices = { ...choices, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // A browser without storage forgets the choice.
  }
  showTheme();
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useChoices = (): Choices => useSyncExternalStore(subscribe, () => choices);

/** search: the filters with which the navigation opens the list from now on; empty forgets them. */
export function openFirst(list: string, search: string): void {
  const { [list]: _before, ...others } = choices.firsts;
  choose({ firsts: search === "" ? others : { ...others, [list]: search } });
}

/** Where a page of a tenant opens, with the filters of the person's choice. */
export function pathOf(firsts: Choices["firsts"], slug: string, page: string): string {
  const search = firsts[`${slug}/${page}`] ?? "";
  return `/${slug}/${page}${search === "" ? "" : `?${search}`}`;
}

const darkSystem = matchMedia("(prefers-color-scheme: dark)");

export function showTheme(): void {
  const dark = choices.theme === "dark" || (choices.theme === "system" && darkSystem.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

darkSystem.addEventListener("change", showTheme);

let now = Date.now();
const ticking = new Set<() => void>();
let timer = 0;

function tick(): void {
  now = Date.now();
  for (const listener of ticking) listener();
}

const subscribeToNow = (listener: () => void): (() => void) => {
  ticking.add(listener);
  if (ticking.size === 1) {
    // The last tick may have been long ago, and a time after it would be shown as one that is still to come.
    now = Date.now();
    timer = window.setInterval(tick, 1_000);
  }
  return () => {
    ticking.delete(listener);
    if (ticking.size === 0) window.clearInterval(timer);
  };
};

/** What `read` makes of the time, anew each second. Draws again only what then differs. */
export const useAtNow = <Value extends string | number>(read: (now: number) => Value): Value =>
  useSyncExternalStore(subscribeToNow, () => read(now));

/** The time, anew each second while something on the page shows it. */
export const useNow = (): number => useAtNow((time) => time);
