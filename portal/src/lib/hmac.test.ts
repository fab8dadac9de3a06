import { expect, test } from "vitest";
import { USUAL_HMAC, verificationOf } from "./hmac";

const BODY_ALONE = { header: "X-Signature", prefix: "", encoding: "HEX", algorithm: "SHA256", signs: "{body}", trustUnsignedHeaders: false };

test("a sender that signs the body alone has no headers for time and id", () => {
  expect(verificationOf(USUAL_HMAC)).toEqual(BODY_ALONE);
});

test("a signed time has a tolerance in seconds", () => {
  const options = { ...USUAL_HMAC, signs: "{id}.{timestamp}.{body}", timestampHeader: " X-Time ", idHeader: "X-Id", toleranceSeconds: "60" };
  expect(verificationOf(options)).toEqual({ ...BODY_ALONE, signs: "{id}.{timestamp}.{body}", timestampHeader: "X-Time", idHeader: "X-Id", toleranceSeconds: 60 });
});
