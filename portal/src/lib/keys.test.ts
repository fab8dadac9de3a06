import { expect, test } from "vitest";
import { takesKeys } from "./keys";

test.each([["INPUT", "text"], ["INPUT", "search"], ["INPUT", "date"], ["TEXTAREA", ""], ["SELECT", ""]])("keys in %s %s are typed", (tag, type) => {
  expect(takesKeys(tag, type)).toBe(true);
});

test.each([["INPUT", "checkbox"], ["INPUT", "radio"], ["INPUT", "submit"], ["BUTTON", ""], ["A", ""]])("keys on %s %s are for the page", (tag, type) => {
  expect(takesKeys(tag, type)).toBe(false);
});
