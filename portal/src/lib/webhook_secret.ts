/** Secrets that sign outgoing webhooks, in the form of Standard Webhooks. */

const BYTES = 32;

export function newSecret(random: Uint8Array = crypto.getRandomValues(new Uint8Array(BYTES))): string {
  return `whsec_${btoa(String.fromCharCode(...random))}`;
}
