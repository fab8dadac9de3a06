/** What a view has missed before its feed began, or while its connection was lost. */

import { useEffect, useRef } from "react";
import { RECONNECTED } from "../api/client";

/**
 * A function to call with each item of a feed. It calls `catchUp` once after the feed has begun, and again after each lost
 * connection. key: what the feed follows. delayMs: requests that are under way have then ended, so they are not taken for new ones.
 */
export function useCatchUp(key: string, catchUp: () => void, delayMs: number): () => void {
  const followed = useRef<string | null>(null);
  const timer = useRef(0);
  const latest = useRef(catchUp);
  latest.current = catchUp;
  useEffect(() => {
    const lost = (): void => {
      followed.current = null;
    };
    addEventListener(RECONNECTED, lost);
    return () => {
      removeEventListener(RECONNECTED, lost);
      window.clearTimeout(timer.current);
    };
  }, []);
  return () => {
    if (followed.current === key) return;
    followed.current = key;
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => latest.current(), delayMs);
  };
}
