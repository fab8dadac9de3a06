/** What the page in view offers to do, for the command palette, with the keys that do it. */

import { useEffect, useRef } from "react";
import { useKeys } from "./keys";

export type PageAction = { title: string; key?: string; act: () => void };

const offered = new Set<{ current: readonly PageAction[] }>();

export function usePageActions(actions: readonly PageAction[]): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    offered.add(latest);
    return () => void offered.delete(latest);
  }, []);
  useKeys(Object.fromEntries(actions.flatMap(({ key, act }) => (key === undefined ? [] : [[key, act]]))));
}

export const pageActions = (): PageAction[] => [...offered].flatMap(({ current }) => current);
