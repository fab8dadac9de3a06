import { expect, test } from "vitest";
import { newSecret } from "./webhook_secret";

test("a secret is 32 random bytes in base64", () => {
  expect(newSecret(new Uint8Array(32))).toBe(`whsec_${"A".repeat(43)}=`);
  expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSecret()).not.toBe(newSecret());
});
