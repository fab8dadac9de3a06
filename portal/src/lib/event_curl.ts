/** The command that sends an event from a terminal. */

import { jsonOf } from "./numbers";

const QUERY = "mutation($input: IngestEventInput!) { ingestEvent(input: $input) { outcome event { id } errors { code message } } }";

/** token: itself, or `$TOKEN` for the shell's variable. */
export function eventCurl(slug: string, token: string, input: object): string {
  const body = jsonOf({ query: QUERY, variables: { input } });
  return `curl -sS ${location.origin}/t/${slug}/graphql \\\n  -H "Authorization: Bearer ${token}" \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
}
