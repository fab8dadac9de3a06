import { expect, test } from "vitest";
import { readDraft, writeDraft } from "./drafts";

test("a draft is kept with its revision until it is forgotten", () => {
  const held = new Map<string, string>();
  const storage = { getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => void held.set(key, value), removeItem: (key: string) => held.delete(key) } as unknown as Storage;
  writeDraft("acme/rule/a", { text: "{", revision: 3 }, storage);
  expect(readDraft("acme/rule/a", storage)).toEqual({ text: "{", revision: 3 });
  expect(readDraft("globex/rule/a", storage)).toBeNull();
  held.set("automate.portal.draft.acme/rule/b", '{"text": 1}');
  expect(readDraft("acme/rule/b", storage)).toBeNull();
  writeDraft("acme/rule/a", null, storage);
  expect(held.size).toBe(1);
});

test("a browser that refuses storage forgets", () => {
  const refuse = (): never => { throw new Error("no"); };
  const storage = { getItem: refuse, setItem: refuse, removeItem: refuse } as unknown as Storage;
  writeDraft("a", { text: "b", revision: 0 }, storage);
  expect(readDraft("a", storage)).toBeNull();
});
