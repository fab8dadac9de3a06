/** The GraphQL client of one tenant: queries over HTTP, feeds over one WebSocket that opens when it is first needed. */

import { createClient as createSocket } from "graphql-ws";
import { Client, cacheExchange, type Exchange, fetchExchange, mapExchange, type Operation, subscriptionExchange } from "urql";
import { pipe, tap } from "wonka";
import { csrfToken } from "./account";
import { isSignedOut, problemsOf } from "./errors";
import { marked, unmarked } from "../lib/numbers";

export const tenantPath = (slug: string): string => `/t/${encodeURIComponent(slug)}/graphql`;

export type SessionWatch = { expired: () => void; lost: () => Promise<void> };

/** An event of the window: the socket is open again, and what happened meanwhile was not sent. */
export const RECONNECTED = "automate-reconnected";

/** An event of the window: the person has signed in again. */
export const SIGNED_IN_AGAIN = "automate-signed-in-again";

/** Asks all queries of the page again once the person has signed in again: some of them were refused. */
const askedAgain: Exchange = ({ client, forward }) => {
  const shown = new Map<number, Operation>();
  addEventListener(SIGNED_IN_AGAIN, () => {
    for (const one of shown.values()) {
      client.reexecuteOperation(client.createRequestOperation("query", one, { ...one.context, requestPolicy: "network-only" }));
    }
  });
  const note = (one: Operation): void => {
    if (one.kind === "query") shown.set(one.key, one);
    else if (one.kind === "teardown") shown.delete(one.key);
  };
  return (operations) => forward(pipe(operations, tap(note)));
};

/** Keeps numbers that the browser cannot hold, in requests and answers. */
const exactly: typeof fetch = async (input, init) => {
  const answer = await fetch(input, typeof init?.body === "string" ? { ...init, body: unmarked(init.body) } : init);
  const { status, statusText, headers } = answer;
  return new Response(marked(await answer.text()) || null, { status, statusText, headers });
};

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
    fetch: exactly,
    fetchOptions: () => ({ credentials: "same-origin", headers: { "X-CSRFToken": csrfToken() } }),
    requestPolicy: "cache-and-network",
    exchanges: [
      askedAgain,
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
