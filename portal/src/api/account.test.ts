import { expect, test } from "vitest";
import { csrfToken } from "./account";

test("the CSRF cookie is found under either name, the guarded one first", () => {
  expect(csrfToken("a=1; automate_csrf=plain")).toBe("plain");
  expect(csrfToken("automate_csrf=plain; __Host-automate_csrf=guarded")).toBe("guarded");
  expect(csrfToken("")).toBe("");
});
