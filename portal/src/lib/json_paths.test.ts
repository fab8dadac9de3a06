import { expect, test } from "vitest";
import { copied, found, leaves } from "./json_paths";

const ORDER = { id: 4711, items: [{ sku: "Lamp", tags: [] }, { sku: "chair" }], note: null };

test("leaves have the places that rules name", () => {
  expect(leaves(ORDER).map(({ path }) => path)).toEqual(["id", "items.0.sku", "items.0.tags", "items.1.sku", "note"]);
  expect(leaves("text")).toEqual([]);
});

test("a search looks at places and values, in any case", () => {
  expect(found(ORDER, "LAMP")).toEqual([{ path: "items.0.sku", value: "Lamp" }]);
  expect(found(ORDER, "sku")).toHaveLength(2);
  expect(found(ORDER, "471")).toHaveLength(1);
  expect(found(ORDER, "nowhere")).toEqual([]);
});

test("a copied string has no quotes", () => {
  expect(copied("Lamp")).toBe("Lamp");
  expect(copied([])).toBe("[]");
});
