import { expect, test } from "vitest";
import { parsed, present } from "./json";

test("null is JSON, but no value", () => {
  expect([parsed("null").problem, present("null").problem === "", present("0").problem, present("{").problem]).toEqual(["", false, "", parsed("{").problem]);
});
