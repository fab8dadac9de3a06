import { expect, test } from "vitest";
import { readViews, withView, writeViews } from "./saved_views";

function storage(): Storage {
  const held = new Map<string, string>();
  return { getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => void held.set(key, value) } as unknown as Storage;
}

test("views belong to one person in one tenant", () => {
  const place = storage();
  writeViews("acme", "ada", [{ name: "Failed", search: "state=failed" }], place);
  expect(readViews("acme", "ada", place)).toEqual([{ name: "Failed", search: "state=failed" }]);
  expect(readViews("globex", "ada", place)).toEqual([]);
  expect(readViews("acme", "bob", place)).toEqual([]);
});

test("a view of the same name is replaced, an empty name is none", () => {
  const one = withView([], " Failed ", "state=failed");
  expect(withView(one, "Failed", "since=1h")).toEqual([{ name: "Failed", search: "since=1h" }]);
  expect(withView(one, "  ", "since=1h")).toEqual(one);
});

test("what is stored but is no view is left out", () => {
  const place = storage();
  place.setItem("automate.portal.views.acme.ada", '[{"name": 1}, "x", {"name": "a", "search": "b"}]');
  expect(readViews("acme", "ada", place)).toEqual([{ name: "a", search: "b" }]);
  place.setItem("automate.portal.views.acme.ada", "{");
  expect(readViews("acme", "ada", place)).toEqual([]);
});
