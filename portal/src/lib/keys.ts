/** Keyboard: single keys and two-key sequences such as "g r". Typing in a field is left alone; Esc leaves it. */

import { useEffect, useRef } from "react";

export type Bindings = Record<string, () => void>;
const SEQUENCE_MS = 900;
/** The first key of all sequences. The key after it means nothing by itself, in none of the page's bindings. */
const LEADER = "g";

/** Inputs that take no text. */
const PRESSED = ["checkbox", "radio", "button", "submit", "reset", "image", "file", "color", "range"];

/** Whether keys mean text, or a choice, in an element of this name and type. */
export const takesKeys = (tag: string, type: string): boolean =>
  tag === "TEXTAREA" || tag === "SELECT" || (tag === "INPUT" && !PRESSED.includes(type));

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || takesKeys(target.tagName, target instanceof HTMLInputElement ? target.type : ""));

/** bindings: by key as the browser names it; "mod+k" is Ctrl or Command. */
export function useKeys(bindings: Bindings): void {
  const current = useRef(bindings);
  useEffect(() => {
    current.current = bindings;
  });
  useEffect(() => {
    let before = "";
    let since = 0;
    const pressed = (event: KeyboardEvent): void => {
      const modified = event.metaKey || event.ctrlKey;
      // A key that is held down in a dialog closes the dialog, and must not leave the page below it.
      if (event.altKey || event.defaultPrevented || (event.repeat && event.key === "Escape")) return;
      const name = modified ? `mod+${event.key.toLowerCase()}` : event.key;
      const inDialog = document.querySelector("dialog[open]") !== null;
      if (!modified && (inDialog || (isTyping(event.target) && name !== "Escape"))) return;
      const led = before === LEADER && event.timeStamp - since < SEQUENCE_MS;
      const act = current.current[led ? `${LEADER} ${name}` : name];
      before = led ? "" : name;
      since = event.timeStamp;
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

/** The row that has the focus, or one of its boxes has. */
export const focusedRow = (): HTMLElement | null =>
  document.activeElement?.closest("li")?.querySelector<HTMLElement>("[data-row]") ?? null;

/** `j` and `k` move the focus among the elements marked with `data-row`. */
export function moveFocus(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const focused = focusedRow();
  const at = focused === null ? -1 : rows.indexOf(focused);
  const next = rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
