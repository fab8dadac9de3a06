/** What a person has typed and not saved. It survives navigation, a reload and a new build of the portal, in this tab. */

import { useState } from "react";

/** revision: of what was stored when the typing began. A save sends it, so that the API refuses to replace a later save. */
export type Draft = { text: string; revision: number };
const PREFIX = "automate.portal.draft.";

export function readDraft(key: string, storage: Storage = sessionStorage): Draft | null {
  try {
    const found = JSON.parse(storage.getItem(PREFIX + key) ?? "null") as Partial<Draft> | null;
    return typeof found?.text === "string" && typeof found.revision === "number" ? { text: found.text, revision: found.revision } : null;
  } catch {
    return null;
  }
}

/** draft: null forgets it. */
export function writeDraft(key: string, draft: Draft | null, storage: Storage = sessionStorage): void {
  try {
    if (draft === null) storage.removeItem(PREFIX + key);
    else storage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // A browser without storage forgets the draft.
  }
}

type Drafted = { text: string; revision: number; isChanged: boolean; change: (text: string) => void; undo: () => void };

/** stored: what the server has, at this revision; 0 for what is new. */
export function useDraft(key: string, stored: string, revision = 0): Drafted {
  const [draft, setDraft] = useState(() => readDraft(key));
  const keep = (next: Draft | null): void => {
    setDraft(next);
    writeDraft(key, next);
  };
  return {
    text: draft?.text ?? stored,
    revision: draft?.revision ?? revision,
    isChanged: draft !== null,
    change: (text) => keep(text === stored ? null : { text, revision: draft?.revision ?? revision }),
    undo: () => keep(null),
  };
}
