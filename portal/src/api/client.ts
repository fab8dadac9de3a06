/** The GraphQL client of one tenant: queries over HTTP, feeds over one WebSocket that opens when it is first needed. */

import { createClient as createSocket } from "graphql-ws";
import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from "urql";
import { csrfToken } from "./account";
import { isSignedOut, problemsOf } from "./errors";

export const tenantPath = (slug: string): string => `/t/${encodeURIComponent(slug)}/graphql`;

export type SessionWatch = { expired: () => void; lost: () => Promise<void> };

/** An event of the window: the socket is open again, and what happened meanwhile was not sent. */
export const RECONNECTED = "automate-reconnected";

const ENDED_CODES = [4401, 4403];
const LONGEST_WAIT_MS = 30_000;

/** watch: is told when the server says that the session has ended, and when a socket is closed for it. */
export function tenantClient(slug: string, watch: SessionWatch): Client {
  const path = tenantPath(slug);
  let code = 0;
  let connections = 0;
  const socket = createSocket({
    url: `${location.origin.replace(/^http/, "ws")}${path}`,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    on: {
      connected: () => {
        connections += 1;
        if (connections > 1) dispatchEvent(new Event(RECONNECTED));
      },
      closed: (event) => {
        code = event instanceof CloseEvent ? event.code : 0;
      },
    },
    retryWait: async (retries) => {
      if (ENDED_CODES.includes(code)) await watch.lost();
      const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** retries) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, wait));
    },
  });
  return new Client({
    url: path,
    preferGetMethod: false,
    fetchOptions: () => ({ credentials: "same-origin", headers: { "X-CSRFToken": csrfToken() } }),
    requestPolicy: "cache-and-network",
    exchanges: [
      mapExchange({
        // An answer without data has null there; to every view it is as if nothing had come.
        onResult(result) {
          return result.data === null ? { ...result, data: undefined } : result;
        },
        onError(error) {
          if (isSignedOut(problemsOf(error))) watch.expired();
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => {
            const dispose = socket.subscribe({ query: request.query ?? "", variables: request.variables }, sink);
            return { unsubscribe: dispose };
          },
        }),
      }),
    ],
  });
}
