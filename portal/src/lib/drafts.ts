/** What a person has typed and not saved, as this tab keeps it. */

/** revision: of what was stored when the typing began. A save sends it, so that the API refuses to replace a later save. */
export type Draft = { text: string; revision: number };
/** saved: the server has it, at this revision, but its answer with it has not come yet. */
export type Held = Draft & { saved?: boolean };
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

/** The draft that is shown: none once the server's answer, of this revision, holds what was saved. */
export const held = (draft: Held | null, revision: number): Held | null =>
  draft?.saved === true && revision >= draft.revision ? null : draft;

/** The draft after the text has been typed over what the server has. */
export function typed(draft: Held | null, text: string, stored: string, revision: number): Held | null {
  const before = held(draft, revision);
  return text === stored && before?.saved !== true ? null : { text, revision: before?.revision ?? revision };
}

/** The draft after a save of the text has made the revision: what was typed meanwhile is still not saved. */
export const settled = (draft: Held | null, sent: string, revision: number): Held | null =>
  draft === null ? null : draft.text === sent ? { text: sent, revision, saved: true } : { text: draft.text, revision };
