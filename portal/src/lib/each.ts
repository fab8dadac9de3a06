import { useEffect, useRef } from "react";

const EVERY_MS = 15_000;

/** Reads again at times, while the page is seen. */
export function useEach(read: () => void): void {
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) latest.current(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
}
