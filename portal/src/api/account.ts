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

/** An answer about the account: what was asked for, or why it was refused. */
export type Answered<Value> = { value: Value; problem?: never } | { problem: Problem };

async function asked<Value>(method: string, path: string, body: unknown, read: (body: unknown) => Value, fine: readonly number[] = [200]): Promise<Answered<Value>> {
  try {
    const answer = await send(method, `${FLOWS}${path}`, body);
    return fine.includes(answer.status) ? { value: read(answer.body) } : { problem: problemOfBody(answer.body, answer.status) };
  } catch (error) {
    return { problem: unreachable(error) };
  }
}

/** password: what the server asks for again before it changes how a person signs in. */
async function proven<Value>(password: string, act: () => Promise<Answered<Value>>): Promise<Answered<Value>> {
  const proof = await asked("POST", "/auth/reauthenticate", { password }, () => null);
  return proof.problem === undefined ? act() : { problem: proof.problem };
}

const TOTP = "/account/authenticators/totp";
const nothing = (): null => null;

export type Factor = { on: true; unusedCodes: number } | { on: false; secret: string; link: string };
type Authenticator = { type: string; unused_code_count?: number };

/** Whether the person signs in with a second factor. Without one, the server offers a secret for it. */
export async function secondFactor(): Promise<Answered<Factor>> {
  const listed = await asked("GET", "/account/authenticators", undefined, (body) => (body as { data: Authenticator[] }).data);
  if (listed.problem !== undefined) return { problem: listed.problem };
  if (listed.value.some(({ type }) => type === "totp")) {
    return { value: { on: true, unusedCodes: listed.value.find(({ type }) => type === "recovery_codes")?.unused_code_count ?? 0 } };
  }
  return asked<Factor>("GET", TOTP, undefined, (body) => {
    const { secret, totp_url: link } = (body as { meta: { secret: string; totp_url: string } }).meta;
    return { on: false, secret, link };
  }, [404]);
}

export const switchOn = (password: string, code: string): Promise<Answered<null>> => proven(password, () => asked("POST", TOTP, { code }, nothing));

export const switchOff = (password: string): Promise<Answered<null>> => proven(password, () => asked("DELETE", TOTP, undefined, nothing));

export const recoveryCodes = (password: string): Promise<Answered<string[]>> =>
  proven(password, () => asked("GET", "/account/authenticators/recovery-codes", undefined, (body) => (body as { data: { unused_codes: string[] } }).data.unused_codes));

/** It ends all other sessions of the person. */
export const changePassword = (before: string, after: string): Promise<Answered<null>> =>
  asked("POST", "/account/password/change", { current_password: before, new_password: after }, nothing);

export async function signOutEverywhere(): Promise<Answered<null>> {
  try {
    const query = "mutation { signOutEverywhere { signedOut errors { code message traceId } } }";
    const answer = await send("POST", "/graphql/account", { query });
    const done = (answer.body as { data?: { signOutEverywhere?: { signedOut: boolean | null; errors: Problem[] } } } | null)?.data?.signOutEverywhere;
    if (done?.signedOut === true) return { value: null };
    return { problem: done?.errors[0] ?? problemOfBody(answer.body, answer.status) };
  } catch (error) {
    return { problem: unreachable(error) };
  }
}
