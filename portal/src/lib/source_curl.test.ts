// @ts-expect-error The portal is checked without the types of Node.
import { execFileSync } from "node:child_process";
// @ts-expect-error The same.
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { SourceScheme } from "../gql/graphql";
import { sourceCurl } from "./source_curl";

/** What the command gives to curl: its arguments, one a line. */
function sent(scheme: SourceScheme, secret: string): string[] {
  const script = sourceCurl(scheme, "https://host.example/t/acme/hooks/shop").replace("SECRET='…'", `SECRET='${secret}'`).replace("curl -sS", "curl");
  return execFileSync("sh", ["-c", `curl() { for word in "$@"; do printf '%s\\n' "$word"; done; }\n${script}`], { encoding: "utf8" }).trimEnd().split("\n") as string[];
}

const value = (words: string[], header: string): string => words.find((word) => word.startsWith(`${header}: `))?.slice(header.length + 2) ?? "";

test("GitHub's signature is over the body", () => {
  const words = sent("GITHUB", "s3cret");
  expect(value(words, "X-Hub-Signature-256")).toBe(`sha256=${createHmac("sha256", "s3cret").update(words.at(-1) ?? "").digest("hex")}`);
});

test("the signature of Standard Webhooks is over id, time and body, with the decoded key", () => {
  const words = sent("STANDARD_WEBHOOKS", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
  const text = `${value(words, "webhook-id")}.${value(words, "webhook-timestamp")}.${words.at(-1)}`;
  expect(value(words, "webhook-signature")).toBe(`v1,${createHmac("sha256", "0123456789abcdef0123456789abcdef").update(text).digest("base64")}`);
});

test("Slack, Stripe and Shopify sign as they do", () => {
  const slack = sent("SLACK", "k");
  expect(value(slack, "X-Slack-Signature")).toBe(`v0=${createHmac("sha256", "k").update(`v0:${value(slack, "X-Slack-Request-Timestamp")}:${slack.at(-1)}`).digest("hex")}`);
  const stripe = sent("STRIPE", "k");
  const [time = ""] = /\d+/.exec(value(stripe, "Stripe-Signature")) ?? [];
  expect(value(stripe, "Stripe-Signature")).toBe(`t=${time},v1=${createHmac("sha256", "k").update(`${time}.${stripe.at(-1)}`).digest("hex")}`);
  const shopify = sent("SHOPIFY", "k");
  expect(value(shopify, "X-Shopify-Hmac-Sha256")).toBe(createHmac("sha256", "k").update(shopify.at(-1) ?? "").digest("base64"));
});

test("a bearer token stands in its header, and the API takes no webhooks", () => {
  expect(sent("BEARER", "tok")).toContain("Authorization: Bearer tok");
  expect(sourceCurl("API", "https://x")).toBe("");
});
