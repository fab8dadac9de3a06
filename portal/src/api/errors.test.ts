import { expect, test } from "vitest";
import { isSignedOut, problemOfBody, problemsAt, problemsOf } from "./errors";

test("a GraphQL error keeps its code and its trace id", () => {
  const failure = { graphQLErrors: [{ message: "No.", extensions: { code: "FORBIDDEN", trace_id: "ab" } }] };
  expect(problemsOf(failure)).toEqual([{ code: "FORBIDDEN", message: "No.", traceId: "ab" }]);
});

test("a GraphQL error keeps its place in the input", () => {
  const failure = { graphQLErrors: [{ message: "No.", extensions: { code: "NOT_FOUND", path: ["workflow"] } }] };
  expect(problemsOf(failure)).toEqual([{ code: "NOT_FOUND", message: "No.", traceId: "", path: ["workflow"] }]);
});

test("an answer with status 401 is an ended session", () => {
  expect(isSignedOut(problemsOf({ networkError: new Error("x"), response: { status: 401 } }))).toBe(true);
  expect(isSignedOut(problemsOf({ networkError: new Error("x") }))).toBe(false);
});

test("a refusal of the account's API names its cause", () => {
  const body = { status: 400, errors: [{ message: "Wrong.", code: "email_password_mismatch" }], trace_id: "cd" };
  expect(problemOfBody(body, 400)).toEqual({ code: "EMAIL_PASSWORD_MISMATCH", message: "Wrong.", traceId: "cd" });
  expect(problemOfBody("<html>", 502)).toEqual({ code: "HTTP_502", message: "The server answered 502.", traceId: "" });
});

test("a field has the problems of its place, and of what is below", () => {
  const problem = (...path: string[]) => ({ code: "BAD_USER_INPUT", message: path.join(), traceId: "", path });
  const found = problemsAt([problem("secrets", "0"), problem("secretsBefore"), problem(), problem("url")], "secrets");
  expect(found.map(({ message }) => message)).toEqual(["secrets,0"]);
  expect(problemsAt([problem("url")], undefined)).toEqual([]);
});
