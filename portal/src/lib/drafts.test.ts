import { expect, test } from "vitest";
import { held, readDraft, settled, typed, writeDraft } from "./drafts";

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

test("a draft keeps the revision with which the typing began", () => {
  expect(typed(null, "b", "a", 3)).toEqual({ text: "b", revision: 3 });
  expect(typed({ text: "b", revision: 3 }, "c", "saved by another", 4)).toEqual({ text: "c", revision: 3 });
  expect(typed({ text: "b", revision: 3 }, "a", "a", 3)).toBeNull();
});

test("a saved text is shown until the server's answer holds it", () => {
  const saved = settled({ text: "b", revision: 3 }, "b", 4);
  expect(held(saved, 3)).toEqual({ text: "b", revision: 4, saved: true });
  expect(held(saved, 4)).toBeNull();
  expect(typed(saved, "a", "a", 3)).toEqual({ text: "a", revision: 4 });
});

test("text typed during a save stays an unsaved draft", () => {
  expect(settled({ text: "b and more", revision: 3 }, "b", 4)).toEqual({ text: "b and more", revision: 4 });
  expect(settled(null, "b", 4)).toBeNull();
});
