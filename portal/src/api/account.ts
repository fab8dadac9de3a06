/** The person: sign-in by allauth's HTTP API, and memberships by the account's GraphQL API. */

import { type Problem, problemOfBody, problemsOf } from "./errors";

const FLOWS = "/account/browser/v1";
const CSRF_COOKIES = ["__Host-automate_csrf", "automate_csrf"];

export type Membership = { slug: string; name: string; role: string; suspended: boolean };
export type Person = { email: string; name: string; memberships: Membership[] };
export type SignIn =
  | { step: "done" }
  | { step: "code" }
  | { step: "refused"; problem: Problem };

export function csrfToken(cookies: string = document.cookie): string {
  const pairs = cookies.split("; ").map((pair) => pair.split("=") as [string, string?]);
  for (const name of CSRF_COOKIES) {
    const value = pairs.find(([key]) => key === name)?.[1];
    if (value) return value;
  }
  return "";
}

async function send(method: string, url: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  const answer = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  const text = await answer.text();
  try {
    return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
  } catch {
    return { status: answer.status, body: null };
  }
}

const unreachable = (error: unknown): Problem =>
  problemsOf({ networkError: error instanceof Error ? error : new Error(String(error)) })[0] as Problem;

/** The person who is signed in; null without a session. Sets the CSRF cookie, too. Throws a Problem. */
export async function whoIsSignedIn(): Promise<Person | null> {
  const session = await send("GET", `${FLOWS}/auth/session`).catch((error: unknown) => {
    throw unreachable(error);
  });
  if (session.status === 401 || session.status === 410) return null;
  if (session.status !== 200) throw problemOfBody(session.body, session.status);
  const query = "{ viewer { email name memberships { slug name role suspended } } }";
  const answer = await send("POST", "/graphql/account", { query });
  const found = answer.body as { data?: { viewer?: Person | null } } | null;
  if (!found?.data) throw problemOfBody(answer.body, answer.status);
  return found.data.viewer ?? null;
}

type Flow = { id: string; is_pending?: boolean };

function outcome(answer: { status: number; body: unknown }): SignIn {
  if (answer.status === 200) return { step: "done" };
  const data = (answer.body as { data?: { flows?: Flow[] } } | null)?.data;
  if (answer.status === 401 && data?.flows?.some((flow) => flow.id === "mfa_authenticate" && flow.is_pending)) {
    return { step: "code" };
  }
  return { step: "refused", problem: problemOfBody(answer.body, answer.status) };
}

async function tried(path: string, body: unknown): Promise<SignIn> {
  try {
    // The first request of a new browser fetches the CSRF cookie.
    if (csrfToken() === "") await send("GET", `${FLOWS}/auth/session`);
    return outcome(await send("POST", `${FLOWS}${path}`, body));
  } catch (error) {
    return { step: "refused", problem: unreachable(error) };
  }
}

export const signIn = (email: string, password: string): Promise<SignIn> => tried("/auth/login", { email, password });

/** code: of the authenticator app, or a recovery code. */
export const confirmCode = (code: string): Promise<SignIn> => tried("/auth/2fa/authenticate", { code });

/** Ask for a mail with a link. The answer is the same for every address. */
export const askForReset = (email: string): Promise<SignIn> => tried("/auth/password/request", { email });

export async function signOut(): Promise<void> {
  await send("DELETE", `${FLOWS}/auth/session`);
}
