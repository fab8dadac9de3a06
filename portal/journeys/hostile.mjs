/** Hostile texts in every field that takes text are shown as text, on every page. */

import { createHmac } from "node:crypto";
import { act, check, journey, listed, publish } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
const stamp = `${Date.now() % 100_000}`;
/** It would become an element, run a script, or be a template. */
const HOSTILE = `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script>"'}}{{7*7}}`;
const PART = "<img src=x onerror=";

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const slug = `hostile-${stamp}`;
  // Braces are templates in a definition.
  const sentence = HOSTILE.replaceAll(/[{}]/g, "");
  const form = {
    type: "object", required: ["why"],
    properties: { why: { type: "string", title: sentence, description: sentence, examples: [sentence] }, which: { type: "string", title: sentence, enum: [sentence, "b"] } },
  };
  await publish(page, slug, HOSTILE, [
    { key: "echo", uses: "flow.transform", with: { output: { [sentence]: [sentence] } } },
    { key: "ask", uses: "flow.approval", with: { title: sentence, description: sentence, data: { [sentence]: sentence }, roles: ["owner"], form } },
  ]);
  await publish(page, `${slug}-fails`, HOSTILE, [{ key: "fail", uses: "flow.fail", with: { message: "{{ event.payload.text }}" } }]);
  for (const [name, type] of [[slug, `asked.${stamp}`], [`${slug}-fails`, `hostile.${stamp}`]]) {
    await act(page, "saveRule", { slug: name, name: HOSTILE, workflow: name, when: { "==": [{ var: "type" }, type] } });
  }
  await act(page, "saveSchedule", { slug, name: HOSTILE, plan: { cron: { expression: "30 2 * * *", timezone: "Europe/Berlin" } }, data: { [HOSTILE]: HOSTILE } });
  await act(page, "saveView", { page: "runs", name: HOSTILE.slice(0, 60), search: `key=${encodeURIComponent(HOSTILE)}`, shared: true });
  await act(page, "createToken", { name: HOSTILE.slice(0, 60), role: "VIEWER" });
  await act(page, "setBreaker", { connector: "http.request", host: "hostile.example", mode: "OPEN", reason: HOSTILE });
  const { event } = await act(page, "ingestEvent", { type: `hostile.${stamp}`, subject: HOSTILE, idempotencyKey: `${HOSTILE}${stamp}`, payload: { text: HOSTILE, a: 1, b: 2, c: 3, [HOSTILE]: { [HOSTILE]: [HOSTILE] } } }, "event { id }");
  // Who sends an event may not approve what it starts, so a webhook asks.
  await act(page, "saveSource", { slug, scheme: "GITHUB", secrets: ["a-long-hostile-secret"] });
  const body = JSON.stringify({ text: HOSTILE });
  const headers = {
    "Content-Type": "application/json", "X-GitHub-Event": `asked.${stamp}`, "X-GitHub-Delivery": `hostile-${stamp}`,
    "X-Hub-Signature-256": `sha256=${createHmac("sha256", "a-long-hostile-secret").update(body).digest("hex")}`,
  };
  const status = await page.evaluate(([url, headers, body]) => fetch(url, { method: "POST", headers, body }).then((answer) => answer.status), [`/t/${SLUG}/hooks/${slug}`, headers, body]);
  check(status < 300, `the webhook is answered with ${status}`);

  /** The page shows the text where `seen`, and made nothing of it. */
  const inert = async (path, seen = true) => {
    if (path !== null) await page.goto(`/portal/${SLUG}/${path}`);
    if (seen) await page.waitForFunction((part) => document.body.innerText.includes(part) || [...document.querySelectorAll("option, [title], textarea")].some((one) => one.textContent.includes(part)), PART);
    check((await page.locator("img[src='x']").count()) === 0, `${path}: the text has become an element`);
    check((await page.title()) !== "broken", `${path}: the text has run`);
    check(!(await page.locator("body").innerText()).includes("}}49"), `${path}: the text is a template`);
  };
  const open = async (path, list) => {
    await page.goto(`/portal/${SLUG}/${path}`);
    await page.getByRole("list", { name: list, exact: true }).getByRole("link").first().click();
    await page.waitForURL((url) => !url.pathname.endsWith(path.split("?")[0]));
  };

  await page.goto(`/portal/${SLUG}/runs?workflow=${slug}-fails`);
  await listed(page, 1);
  await inert(null);
  await inert(`runs?key=${encodeURIComponent(HOSTILE)}`);
  await page.getByRole("button", { name: /^Saved views/ }).click();
  await inert(null);
  await page.keyboard.press("Escape");
  await open(`runs?workflow=${slug}-fails`, "Runs");
  await page.getByRole("region", { name: "What happened" }).waitFor();
  await inert(null);
  await one.accessible();
  await one.shot("hostile-run");
  await page.keyboard.press("r");
  await page.getByRole("button", { name: "Edit the input…" }).click();
  await inert(null);
  await page.keyboard.press("Escape");
  await page.goto(`/portal/${SLUG}/runs?workflow=${slug}`);
  await listed(page, 1);
  await open(`runs?workflow=${slug}`, "Runs");
  await page.getByRole("button", { name: /^echo/ }).click();
  await page.getByRole("region", { name: "Output", exact: true }).getByText(PART).first().waitFor();
  await inert(null);
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  await page.locator(".react-flow__node").first().waitFor();
  await inert(null);
  await inert(`events/${encodeURIComponent(event.id)}`);
  const search = page.getByRole("searchbox", { name: /^Search in/ }).first();
  await search.fill("onerror");
  await inert(null);
  await inert("events");
  await inert("failures");
  await page.getByRole("button", { name: "Details" }).first().click();
  await page.getByRole("list", { name: "Failures", exact: true }).getByRole("listitem").filter({ hasText: PART }).first().getByRole("button", { name: "Resolve…" }).click();
  await page.getByLabel("What was done about it").fill(HOSTILE.slice(0, 255));
  await page.getByRole("button", { name: "Mark as resolved" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await inert("failures?state=resolved");
  await inert("approvals");
  await page.getByRole("list", { name: "Approvals", exact: true }).getByRole("link").filter({ hasText: PART }).first().click();
  await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
  await inert(null);
  await one.accessible();
  await one.shot("hostile-approval");
  await page.getByRole("button", { name: "Reject", exact: true }).click();
  await page.getByRole("region", { name: "Decisions" }).waitFor();
  await inert("workflows");
  for (const view of ["graph", "json", "yaml", "edit", "test", "publish"]) await inert(`workflows/${slug}?view=${view}`);
  await act(page, "saveWorkflow", { slug, name: HOSTILE, definition: { schema: 1, steps: [{ key: "echo", uses: "flow.transform", with: { output: { [`${sentence} changed`]: [sentence] } } }] } });
  await inert(`workflows/${slug}?view=compare&version=draft`);
  await page.getByText(`+ ${sentence}`).or(page.getByText(PART)).first().waitFor();
  // Reasons that people give: of a run that is cancelled, and of a bulk operation.
  await publish(page, `${slug}-waits`, HOSTILE, [{ key: "cool", uses: "flow.delay", with: { seconds: 600 } }]);
  const waits = async () => (await act(page, "runWorkflow", { workflow: `${slug}-waits`, payload: {} }, "run { id }")).run.id;
  const [first] = [await waits(), await waits()];
  await act(page, "cancelRuns", { runs: [first], reason: HOSTILE });
  await inert(`runs/${encodeURIComponent(first)}`);
  await page.goto(`/portal/${SLUG}/runs?workflow=${slug}-waits&state=waiting,queued,running`);
  await page.getByRole("button", { name: "All that match…" }).click();
  await page.getByRole("menuitem", { name: "Cancel…" }).click();
  await page.getByLabel("Reason").fill(HOSTILE);
  await page.getByRole("button", { name: "Cancel 1 run", exact: true }).click();
  await page.waitForURL(/\/bulk\//);
  await inert(null);
  await inert("rules");
  await inert(`rules/${slug}`);
  await inert("schedules");
  await inert(`schedules/${slug}`);
  await inert("breakers", false);
  await inert("webhooks", false);
  await inert("deliveries", false);
  await inert("settings/tokens");
  await inert("settings/audit");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder(/Search for a page/).fill(HOSTILE);
  await page.getByRole("option", { name: /Find runs of/ }).waitFor();
  await inert(null);
});
