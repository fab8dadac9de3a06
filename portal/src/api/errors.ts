/** Every error that the portal shows is a NormalizedError of the API, or is given that shape here. */

import { t } from "../strings";

export type Problem = {
  code: string;
  message: string;
  traceId: string;
  path?: readonly string[];
};

type Extensions = { code?: unknown; trace_id?: unknown; traceId?: unknown; path?: unknown };
type GraphQLProblem = { message: string; extensions?: Extensions };
export type Failure = { graphQLErrors?: readonly GraphQLProblem[]; networkError?: Error; response?: unknown };

/** Sign in again: the session has ended. */
export const UNAUTHENTICATED = "UNAUTHENTICATED";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The problems of a GraphQL answer, or of a request that got none. */
export function problemsOf(failure: Failure | undefined): Problem[] {
  if (failure === undefined) return [];
  const told = failure.graphQLErrors ?? [];
  if (told.length > 0) {
    return told.map(({ message, extensions }) => ({
      code: text(extensions?.code) || "INTERNAL",
      message,
      traceId: text(extensions?.trace_id) || text(extensions?.traceId),
      ...(Array.isArray(extensions?.path) ? { path: extensions.path.map(text) } : {}),
    }));
  }
  const status = statusOf(failure.response);
  if (status === 401) return [{ code: UNAUTHENTICATED, message: t.errors.signedOut, traceId: "" }];
  if (status === 403) return [{ code: "FORBIDDEN", message: t.errors.refused, traceId: "" }];
  return [
    {
      code: "UNREACHABLE",
      message: t.errors.unreachable,
      traceId: "",
    },
  ];
}

function statusOf(response: unknown): number {
  return typeof response === "object" && response !== null && "status" in response ? Number(response.status) : 0;
}

/** A body of the account's HTTP API, or of any other refusal over HTTP. */
export function problemOfBody(body: unknown, status: number): Problem {
  const told = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const first = Array.isArray(told.errors) ? (told.errors[0] as Record<string, unknown> | undefined) : undefined;
  return {
    code: text(told.code) || text(first?.code).toUpperCase() || `HTTP_${status}`,
    message: text(first?.message) || text(told.message) || t.errors.answered(status),
    traceId: text(told.trace_id),
  };
}

export const isSignedOut = (problems: readonly Problem[]): boolean =>
  problems.some(({ code }) => code === UNAUTHENTICATED);

/** Those of a place in the input and of what is below it. */
export const problemsAt = (problems: readonly Problem[], at: string | undefined): Problem[] =>
  at === undefined ? [] : problems.filter(({ path }) => path !== undefined && `${path.join(".")}.`.startsWith(`${at}.`));
