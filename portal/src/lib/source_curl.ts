/** A shell command that sends one signed webhook to a source. The secret is in $SECRET: the portal does not know it. */

import type { SourceScheme } from "../gql/graphql";

const BODY = '{"type": "order.created", "data": {"n": 42}}';
const BODIES: Partial<Record<SourceScheme, string>> = {
  GITHUB: '{"zen": "Keep it logically awesome."}',
  STRIPE: '{"id": "evt_try", "type": "invoice.paid", "data": {"object": {}}}',
  SLACK: '{"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention"}}',
  SHOPIFY: '{"id": 42}',
};
const hex = (signed: string): string => `$(printf '%s' "${signed}" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)`;

type Signed = { before: string[]; headers: string[] };

function signed(scheme: SourceScheme): Signed | null {
  const now = "NOW=$(date +%s)";
  switch (scheme) {
    case "BEARER":
      return { before: [], headers: ["Authorization: Bearer $SECRET"] };
    case "BASIC":
      return { before: [], headers: ["Authorization: Basic $(printf '%s' \"$SECRET\" | base64 -w0)"] };
    case "UNSIGNED":
      return { before: [], headers: [] };
    case "GITHUB":
      return { before: [`SIG=${hex("$BODY")}`], headers: ["X-Hub-Signature-256: sha256=$SIG", "X-GitHub-Event: ping", "X-GitHub-Delivery: $(cat /proc/sys/kernel/random/uuid)"] };
    case "STRIPE":
      return { before: [now, `SIG=${hex("$NOW.$BODY")}`], headers: ["Stripe-Signature: t=$NOW,v1=$SIG"] };
    case "SLACK":
      return { before: [now, `SIG=${hex("v0:$NOW:$BODY")}`], headers: ["X-Slack-Request-Timestamp: $NOW", "X-Slack-Signature: v0=$SIG"] };
    case "SHOPIFY":
      return { before: ["SIG=$(printf '%s' \"$BODY\" | openssl dgst -sha256 -hmac \"$SECRET\" -binary | base64)"], headers: ["X-Shopify-Hmac-Sha256: $SIG", "X-Shopify-Topic: orders/create", "X-Shopify-Webhook-Id: $(cat /proc/sys/kernel/random/uuid)"] };
    case "STANDARD_WEBHOOKS":
      return {
        before: [now, "ID=msg_$NOW", "KEY=$(printf '%s' \"${SECRET#whsec_}\" | base64 -d | od -An -v -tx1 | tr -d ' \\n')",
          "SIG=$(printf '%s' \"$ID.$NOW.$BODY\" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY -binary | base64)"],
        headers: ["webhook-id: $ID", "webhook-timestamp: $NOW", "webhook-signature: v1,$SIG"],
      };
    default:
      return null;
  }
}

/** Empty for a scheme whose signature has options of its own, or that takes no webhooks. */
export function sourceCurl(scheme: SourceScheme, url: string): string {
  const found = signed(scheme);
  if (found === null) return "";
  const lines = [
    ...(scheme === "UNSIGNED" ? [] : ["SECRET='…'"]),
    `BODY='${BODIES[scheme] ?? BODY}'`,
    ...found.before,
    `curl -sS '${url}' -H 'Content-Type: application/json' ${found.headers.map((header) => `\\\n  -H "${header}" `).join("")}\\\n  -d "$BODY"`,
  ];
  return lines.join("\n");
}
