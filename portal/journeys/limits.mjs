/** What limits a tenant and what it keeps: budgets with the runs that they throttle, usage, versions and users of a secret, retention, audit, members. */

import { createServer } from "node:http";
import { act, ask, check, closedPort, eventually, journey, mailedBy, publish, runIn } from "./common.mjs";

const { PORTAL_TENANT: SLUG, PORTAL_PASSWORD: PASSWORD, PORTAL_NEW_TENANT: FRESH, PORTAL_NEW_EMAIL: OWNER } = process.env;
/** A person may call herself anything. */
const HOSTILE = `Mona <img src=x onerror="document.title='broken'">`;
const stamp = `${Date.now() % 100_000}`;

await journey(async (one) => {
  const { page } = one;
  const slug = `scarce-${stamp}`;
  await one.signIn();
  await publish(page, slug, `Scarce ${stamp}`, [{ key: "note", uses: "log.write", with: { message: "ok" } }]);
  await act(page, "setBudget", { metric: "RUNS", window: "MONTH", limit: "1", workflow: slug, action: "THROTTLE" });
  const run = async () => (await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }")).run;
  await runIn(page, (await run()).id, "SUCCEEDED");
  const late = await run();
  for (let cause = ""; cause !== "BUDGET"; ) cause = (await runIn(page, late.id, "QUEUED", "waitingFor { cause }")).waitingFor?.cause;
  const { data } = await ask(page, "{ runs(first: 1, filter: { workflow: \"long\" }) { edges { node { id } } } }", {});
  await runIn(page, data.runs.edges[0].node.id, "SUCCEEDED");
  await page.goto(`/portal/${SLUG}/settings/budgets`);
  const budget = page.getByRole("region", { name: "Budgets" }).getByRole("listitem").filter({ hasText: slug });
  check((await budget.getByRole("meter").getAttribute("aria-valuenow")) === "100", "the gauge is not full");
  await budget.getByText(/^1 used, of 1 /).waitFor();
  await budget.getByText(/^full at this pace/).waitFor();
  await budget.getByText(/^resets/).waitFor();
  await budget.getByText("work waits at the limit").waitFor();
  const held = page.getByRole("region", { name: /^Runs that a budget throttles: \d/ });
  await held.getByRole("link", { name: `Scarce ${stamp}` }).waitFor();
  await held.getByRole("link", { name: "all waiting runs" }).click();
  await page.waitForURL(/\/runs\?waiting=budget$/);
  const list = page.getByRole("list", { name: "Runs", exact: true });
  await list.getByRole("link", { name: `Scarce ${stamp}` }).waitFor();
  check((await list.getByRole("link").count()) === 1, "the list holds runs that wait for no budget");
  await one.accessible();
  await one.shot("runs-waiting");
  await page.getByRole("button", { name: "Remove the filter waiting for" }).click();
  await list.getByRole("link").nth(1).waitFor();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("menuitemcheckbox", { name: "Waiting for a budget" }).click();
  await page.waitForURL(/waiting=budget/);
  await page.goto(`/portal/${SLUG}/settings/budgets`);

  // Usage by day, of what is chosen.
  const usage = page.getByRole("region", { name: "Usage of the last 14 days" });
  const counted = async () => (await usage.getByRole("listitem").locator("span:last-child").allInnerTexts()).reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0);
  await usage.getByRole("listitem").first().waitFor();
  await eventually(async () => (await counted()) >= 1, "no run is counted");
  await usage.getByLabel("What is counted").selectOption("STEPS");
  await eventually(async () => (await counted()) >= 1_000, "the steps of the long run are not counted");
  await one.accessible();
  await one.shot("settings-budgets-full");

  // A higher limit lets the run begin.
  await budget.getByRole("button", { name: "Change…" }).click();
  await page.getByLabel("Limit", { exact: true }).fill("50");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await runIn(page, late.id, "SUCCEEDED");
  await budget.getByText(/used, of 50 /).waitFor();
  await budget.getByRole("button", { name: "Remove…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove the budget" }).click();
  await budget.waitFor({ state: "detached" });
});

// A call that is under way reserves its part of a budget.
await journey(async (one) => {
  const { page } = one;
  const slug = `slow-${stamp}`;
  let answer;
  const arrived = new Promise((resolve) => (answer = resolve));
  const receiver = createServer((_request, response) => answer(() => response.end("{}")));
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  await one.signIn();
  await publish(page, slug, `Slow ${stamp}`, [{ key: "call", uses: "http.request", with: { method: "POST", url: `http://127.0.0.1:${receiver.address().port}/` } }]);
  await act(page, "setBudget", { metric: "CALLS", window: "MONTH", limit: "4", workflow: slug, action: "THROTTLE" });
  const { run } = await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }");
  const end = await arrived;
  await page.goto(`/portal/${SLUG}/settings/budgets`);
  const budget = page.getByRole("region", { name: "Budgets" }).getByRole("listitem").filter({ hasText: slug });
  await budget.getByText("0 used, 1 reserved, of 4 (25 %)").waitFor();
  await one.accessible();
  await one.shot("settings-budgets-reserved");
  end();
  await runIn(page, run.id, "SUCCEEDED");
  await page.reload();
  await budget.getByText("1 used, of 4 (25 %)").waitFor();
  receiver.close();
  receiver.closeAllConnections();
}, { scheme: "dark" });

// Events wait for a budget, too: in a tenant of their own, for such a budget holds all events of a tenant.
for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    const key = `held-${stamp}-${look.scheme}`;
    await one.signIn(OWNER);
    const { budget } = await act(page, "setBudget", { metric: "EVENTS", window: "MONTH", limit: "0", action: "THROTTLE" }, "budget { id }", FRESH);
    for (const end of ["first", "second"]) await act(page, "ingestEvent", { type: "held.back", payload: {}, idempotencyKey: `${key}-${end}` }, "", FRESH);
    const waits = async () => (await ask(page, "{ events(first: 1, filter: { waitsForBudget: true }) { totalCount edges { node { waitingFor { cause } } } } }", {}, FRESH)).data.events;
    await eventually(async () => {
      const { totalCount, edges } = await waits();
      return totalCount === 2 && edges[0].node.waitingFor?.cause === "BUDGET";
    }, "the events do not wait");
    await page.goto(`/portal/${FRESH}/settings/budgets`);
    const held = page.getByRole("region", { name: "Events that a budget throttles: 2" });
    const rows = held.getByRole("listitem");
    await rows.first().getByText(/budget "events per month" is full/).waitFor();
    // The oldest is first, as rules look at them.
    check((await rows.first().innerText()).includes(`${key}-first`) && (await rows.nth(1).innerText()).includes(`${key}-second`), "the events are in another order");
    await rows.first().getByText("place 1", { exact: true }).waitFor();
    await one.accessible();
    await one.shot("settings-budgets-events");
    await held.getByRole("link", { name: "all waiting events" }).click();
    const list = page.getByRole("list", { name: "Events", exact: true }).getByRole("link");
    await list.filter({ hasText: "held.back" }).nth(1).waitFor();
    check((await list.count()) === 2, "the list shows events that do not wait");
    await one.accessible();
    await one.shot("events-waiting");
    await list.filter({ hasText: "held.back" }).first().click();
    await one.text(/budget "events per month" is full/);
    await page.goBack();
    await page.getByRole("button", { name: "Remove the filter: waiting for a budget" }).click();
    await page.waitForURL((url) => url.searchParams.get("waiting") === null);
    await act(page, "deleteBudget", { id: budget.id }, "", FRESH);
    await eventually(async () => (await waits()).totalCount === 0, "the events still wait");
    await page.goto(`/portal/${FRESH}/settings/budgets`);
    await page.getByRole("region", { name: "Events that a budget throttles", exact: true }).getByText("No event waits for a budget.").waitFor();
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  const name = `USED_${stamp}`;
  const slug = `uses-${stamp}`;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/settings/secrets`);
  const values = ["the-first-value-of-it", "the-second-value-of-it"];
  const type = async (value) => {
    await page.getByLabel("Value", { exact: true }).fill(value);
    await one.accessible();
  };
  await page.getByRole("button", { name: "Add a secret…" }).click();
  await page.getByLabel("Name").fill(name);
  await type(values[0]);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const secret = page.getByRole("region", { name: "Secrets" }).getByRole("listitem").filter({ hasText: name });
  await secret.getByText("version 1", { exact: true }).waitFor();
  await secret.getByText(/no workflow names it/).waitFor();
  await secret.getByText("never used").waitFor();
  await secret.getByRole("button", { name: "New value…" }).click();
  await type(values[1]);
  await page.getByLabel("The old value ends").selectOption({ label: "in 1 hour" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await secret.getByText("version 2, the old one still works").waitFor();

  // Who uses it, and when last.
  const url = `http://127.0.0.1:${await closedPort()}/`;
  await publish(page, slug, `Uses ${stamp}`, [{ key: "call", uses: "http.request", with: { method: "GET", url, auth: { bearer: `$secret:${name}` } }, retry: { max_attempts: 1 } }]);
  await runIn(page, (await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }")).run.id, "FAILED");
  await page.reload();
  await secret.getByText(new RegExp(`used by ${slug}`)).waitFor();
  await secret.getByText(/^used /).last().locator("time").waitFor();
  await one.shot("settings-secret");
  await secret.getByRole("button", { name: "Delete…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(new RegExp(`used by ${slug}`)).waitFor();
  await dialog.getByRole("button", { name: "Delete the secret" }).click();
  await dialog.getByRole("alert").getByText(`Type ${name} to delete a secret in use.`).waitFor();
  await dialog.getByLabel(`Type ${name}`).fill(name);
  await one.accessible();
  await dialog.getByRole("button", { name: "Delete the secret" }).click();
  await secret.waitFor({ state: "detached" });
  const html = await page.content();
  check(values.every((value) => !html.includes(value)), "the value of a secret is in the page");
}, { scheme: "dark" });

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  // Retention is previewed, saved, and set back to the platform's.
  await page.goto(`/portal/${SLUG}/settings/retention`);
  const days = page.getByLabel("Days for Decisions of rules");
  const before = await days.inputValue();
  await days.fill("9");
  await page.getByText(/rows would go now|nothing to remove now/).first().waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForFunction(() => [...document.querySelectorAll("main button")].find((one) => one.textContent === "Undo changes")?.disabled === true);
  await page.reload();
  await page.waitForFunction(() => document.querySelector("[aria-label='Days for Decisions of rules']")?.value === "9");
  await days.fill(before);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForFunction(() => [...document.querySelectorAll("main button")].find((one) => one.textContent === "Undo changes")?.disabled === true);

  // The audit record names the person, the object and the change; its filter is in the address.
  await page.goto(`/portal/${SLUG}/settings/audit`);
  const record = page.getByRole("region", { name: /^Audit record/ });
  const saved = record.getByRole("listitem").filter({ hasText: /retention/ }).first();
  await saved.getByText("Grace Hopper").waitFor();
  const action = await saved.locator("summary code").innerText();
  await page.getByLabel("Action", { exact: true }).fill(action);
  await page.waitForURL((url) => url.searchParams.get("action") === action);
  await page.waitForFunction((action) => [...document.querySelectorAll("main summary code")].every((one) => one.textContent === action), action);
  await saved.locator("summary").first().click();
  await saved.getByRole("region", { name: "Changes", exact: true }).waitFor();
  await saved.getByRole("button", { name: "Copy the trace id" }).waitFor();
  await one.accessible();
}, { size: "narrow" });

// A member gets another role, and leaves.
await journey(async (one) => {
  const { page } = one;
  const email = `mona-${stamp}@example.com`;
  await one.signIn();
  const path = await mailedBy("invitation", () => act(page, "inviteMember", { email, role: "OPERATOR" }));
  await page.goto(`/portal/${SLUG}/settings/members`);
  const open = page.getByRole("region", { name: "Open invitations" }).getByRole("listitem").filter({ hasText: email });
  await open.getByText("as operator").waitFor();
  await page.context().clearCookies();
  await page.goto(path);
  await page.getByLabel("Your name").fill(HOSTILE);
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("link", { name: "Open the portal" }).click();
  await one.heading("Runs");
  await page.context().clearCookies();
  await one.signIn();
  await page.goto(`/portal/${SLUG}/settings/members`);
  const member = page.getByRole("listitem").filter({ hasText: email });
  await page.getByLabel(`Role of ${email}`).selectOption("VIEWER");
  await page.reload();
  await page.waitForFunction((email) => document.querySelector(`[aria-label="Role of ${email}"]`)?.value === "VIEWER", email);
  await member.getByText(HOSTILE).waitFor();
  check((await page.locator("img[src='x']").count()) === 0, "a name has become an element");
  await member.getByRole("button", { name: "Remove…" }).click();
  await one.accessible();
  await page.getByRole("button", { name: "Remove the member" }).click();
  await member.waitFor({ state: "detached" });
});
