/** What must not be lost: an object that exists, a text that is typed, a token that is shown once, the session of one person. */

import { act, ask, check, eventually, inPalette, journey, publish } from "./common.mjs";

const { PORTAL_TENANT: SLUG, PORTAL_PASSWORD: PASSWORD, PORTAL_VIEWER: VIEWER, PORTAL_EMAIL: EMAIL } = process.env;
const stamp = `${Date.now() % 100_000}`;
const flow = `careful-${stamp}`;
const NOTE = [{ key: "note", uses: "log.write", with: { message: "n is {{ event.payload.n }}" } }];

/** A form for a new object refuses the name of one that exists, and keeps what was typed. */
async function refusesName(page, open, name, label, others) {
  await page.getByRole("button", { name: open }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(label).fill(name);
  for (const [field, value] of others) await dialog.getByLabel(field).fill(value);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.getByRole("alert").getByText("CONFLICT").waitFor();
  check((await dialog.getByLabel(label).inputValue()) === name, "what was typed is lost");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await publish(page, flow, `Careful ${stamp}`, NOTE);
  await act(page, "setSecret", { name: `CAREFUL_${stamp}`, value: "the first value" });
  await act(page, "saveSource", { slug: flow, scheme: "GITHUB", secrets: ["the-first-long-secret"] });
  await act(page, "saveWebhookEndpoint", { slug: flow, url: "http://127.0.0.1:9999/first", secrets: [`whsec_${"c2VjcmV0".repeat(5)}`] });
  await act(page, "saveRule", { slug: flow, name: "The first", workflow: flow, when: { "==": [{ var: "type" }, "a.b"] } });

  await page.goto(`/portal/${SLUG}/settings/secrets`);
  await refusesName(page, "Add a secret…", `CAREFUL_${stamp}`, "Name", [["Value", "another value"]]);
  await page.goto(`/portal/${SLUG}/sources`);
  await refusesName(page, "Add a source…", flow, "Name", [["Secret", "another-long-secret"]]);
  await page.goto(`/portal/${SLUG}/webhooks`);
  await refusesName(page, "Add an endpoint…", flow, "Name", [["URL", "http://127.0.0.1:9999/other"]]);
  await page.goto(`/portal/${SLUG}/rules`);
  await page.getByRole("button", { name: "Add a rule" }).first().click();
  await page.getByLabel("Slug").fill(flow);
  await page.getByLabel("Name").fill("Another");
  await page.getByLabel("Workflow that a match starts").selectOption(flow);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("alert").getByText("CONFLICT").waitFor();
  check((await page.getByLabel("Name").inputValue()) === "Another", "the name that was typed is lost");
  await page.getByRole("button", { name: "Undo changes" }).click();

  // The same for a budget and for a view of the runs, which another person saves meanwhile.
  await act(page, "setBudget", { metric: "RUNS", window: "DAY", workflow: flow, limit: "77", action: "ALERT" });
  await page.goto(`/portal/${SLUG}/settings/budgets`);
  await refusesName(page, "Set a budget…", flow, "Workflow", [[/^Limit$/, "5"]]);
  await page.goto(`/portal/${SLUG}/runs?state=failed`);
  await page.getByRole("button", { name: /^Saved views/ }).click();
  await page.getByRole("menuitem", { name: "Save these filters…" }).click();
  const view = page.getByRole("dialog");
  await view.getByLabel("Name of the view").fill(flow);
  await act(page, "saveView", { page: "runs", name: flow, search: "state=cancelled" });
  await view.getByRole("button", { name: "Save", exact: true }).click();
  await view.getByRole("alert").getByText("CONFLICT").waitFor();
  await one.accessible();
  await page.keyboard.press("Escape");
  const kept = (await ask(page, "{ budgets { id limit workflow } savedViews(page: \"runs\") { id name search } }", {})).data;
  const [budget, saved] = [kept.budgets.find(({ workflow }) => workflow === flow), kept.savedViews.find(({ name }) => name === flow)];
  check(budget.limit === "77", "the budget is replaced");
  check(saved.search === "state=cancelled", "the view is replaced");
  await act(page, "deleteBudget", { id: budget.id });
  await act(page, "deleteView", { id: saved.id });

  // The example of the guided start leaves what people have made of it.
  await publish(page, "first-order", "Changed by people", NOTE);
  await page.goto(`/portal/${SLUG}/start`);
  for (const words of [/^The workflow( and the rule)? first-order exists? already/, "The workflow and the rule first-order exist already and were not replaced. Now send the event again."]) {
    await page.getByRole("button", { name: "Install the example" }).click();
    await one.text(words);
    await one.accessible();
    await one.shot("start-exists");
    await page.reload();
  }
  const { data: first } = await ask(page, "{ workflow(slug: \"first-order\") { name draft { definition } } rule(slug: \"first-order\") { workflow { slug } } }", {});
  check(first.workflow.name === "Changed by people" && first.workflow.draft.definition.steps[0].key === "note", "the example replaces a workflow");
  check(first.rule.workflow.slug === "first-order", "the example does not go on to its rule");

  const query = "query($s: String!) { rule(slug: $s) { name } secrets { name version } webhookEndpoints(first: 100) { edges { node { slug url } } } sources(first: 100) { edges { node { slug secrets { version } } } } }";
  const { data } = await ask(page, query, { s: flow });
  check(data.rule.name === "The first", "the rule is replaced");
  check(data.secrets.find(({ name }) => name === `CAREFUL_${stamp}`).version === 1, "the secret is replaced");
  check(data.webhookEndpoints.edges.find(({ node }) => node.slug === flow).node.url.endsWith("/first"), "the endpoint is replaced");
  check(data.sources.edges.find(({ node }) => node.slug === flow).node.secrets[0].version === 1, "the source is replaced");

  // A rule may have any slug.
  await act(page, "saveRule", { slug: "new", name: "Named new", workflow: flow, when: { "==": [{ var: "type" }, "a.new"] } });
  await page.goto(`/portal/${SLUG}/rules/new`);
  await one.heading("Named new");
  await act(page, "deleteRule", { rule: "new" });
});

// A rule's form follows the server while nothing is typed, and keeps what is typed while a save is on its way.
await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const rule = `follows-${stamp}`;
  const given = { slug: rule, name: "First name", workflow: flow, when: { "==": [{ var: "type" }, "a.c"] } };
  await publish(page, `${flow}-b`, `Careful b ${stamp}`, NOTE);
  await act(page, "saveRule", given);
  await page.goto(`/portal/${SLUG}/rules/${rule}`);
  await one.heading("First name");
  const enabled = page.getByRole("checkbox", { name: "Enabled" });
  const workflow = page.getByLabel("Workflow that a match starts");
  const name = page.getByLabel("Name");
  check(await enabled.isChecked(), "the rule is not enabled");
  await page.getByRole("link", { name: "Rules", exact: true }).first().click();
  await one.heading("Rules");
  await act(page, "saveRule", { ...given, workflow: `${flow}-b`, enabled: false });
  await page.getByRole("list", { name: "Rules", exact: true }).getByRole("link", { name: rule }).click();
  await page.locator("main header").first().getByText("disabled", { exact: true }).waitFor();
  await eventually(async () => !(await enabled.isChecked()) && (await workflow.inputValue()) === `${flow}-b`, "the form shows what was stored before");
  await workflow.selectOption(flow);
  await enabled.check();
  await name.fill("Typed");
  await page.getByRole("button", { name: "Undo changes" }).click();
  await eventually(async () => !(await enabled.isChecked()) && (await workflow.inputValue()) === `${flow}-b` && (await name.inputValue()) === "First name", "not all changes are undone");

  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  await page.route(/\/graphql$/, async (route) => {
    if (/PortalSave(Rule|Workflow)/.test(route.request().postData() ?? "")) await answered;
    await route.continue();
  });
  await name.fill("Second name");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await name.fill("Second name and more");
  answer();
  await one.heading("Second name");
  check((await name.inputValue()) === "Second name and more", "what was typed during the save is lost");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await one.heading("Second name and more");
  await page.getByRole("button", { name: "Undo changes" }).waitFor({ state: "detached" });
  check((await name.inputValue()) === "Second name and more", "the form does not show what was saved");

  // The chosen step is in the address.
  await page.goto(`/portal/${SLUG}/workflows/${flow}`);
  await page.locator(".react-flow__node").first().click();
  await page.waitForURL(/step=note/);
  await page.reload();
  await page.getByRole("region", { name: "Step note", exact: true }).waitFor();
});

// A dialog is closed by a click beside it, by no slip.
await journey(async (one) => {
  const { page } = one;
  const { mouse, keyboard } = page;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/settings/tokens`);
  const open = page.getByRole("button", { name: "Create a token…" });
  const dialog = page.getByRole("dialog");
  await open.click();
  await eventually(() => dialog.getByLabel("Name").evaluate((input) => input === document.activeElement), "the first field has no focus");
  await mouse.click(5, 5);
  await dialog.waitFor({ state: "detached" });
  await open.click();
  const field = await dialog.getByLabel("Name").boundingBox();
  await mouse.move(field.x + 5, field.y + 5);
  await mouse.down();
  await mouse.move(5, 5);
  await mouse.up();
  check(await dialog.isVisible(), "a drag out of the dialog closes it");
  await dialog.getByLabel("Name").fill(`careful ${stamp}`);
  await mouse.click(5, 5);
  check((await dialog.getByLabel("Name").inputValue()) === `careful ${stamp}`, "a click beside the dialog loses what was typed");
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await dialog.getByText(/automate_/).waitFor();
  await mouse.click(5, 5);
  for (let press = 0; press < 3; press += 1) await keyboard.press("Escape");
  check(await dialog.getByText(/automate_/).isVisible(), "the token is lost");
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });

  // The palette takes text at once.
  await inPalette(one, "failed runs", "Failed runs");
  await page.waitForURL(/runs\?state=failed/);

  // A row's box takes no text, so keys go on to work.
  const rows = page.getByRole("list", { name: "Runs", exact: true }).getByRole("listitem");
  const box = rows.first().getByRole("checkbox");
  await box.check();
  await keyboard.press("x");
  await eventually(async () => !(await box.isChecked()), "x does not work on a row's box");
  await keyboard.press("j");
  await keyboard.press("x");
  await eventually(() => rows.nth(1).getByRole("checkbox").isChecked(), "j does not leave a row's box");

  // No row answers a filter that is refused.
  await page.goto(`/portal/${SLUG}/runs`);
  await rows.first().waitFor();
  await page.getByLabel(/^Key of the event/).fill("rule:no-such-rule");
  await keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await eventually(async () => (await rows.count()) === 0, "rows of other filters stay");
  await page.goto(`/portal/${SLUG}/runs?from=2026-01-01&to=`);
  await rows.first().waitFor();
});

// A number of 19 digits is sent and shown as it was typed, and an event's page follows what its rules decide.
await journey(async (one) => {
  const { page } = one;
  const [kind, long] = [`careful.${stamp}`, "1234567890123456789"];
  await one.signIn();
  await act(page, "saveRule", { slug: `long-${stamp}`, name: "Long", workflow: flow, when: { "==": [{ var: "type" }, kind] } });
  await page.goto(`/portal/${SLUG}/events`);
  await page.getByRole("button", { name: "Send an event…" }).click();
  const dialog = page.getByRole("dialog", { name: "Send an event" });
  await dialog.getByLabel("Type").fill(kind);
  await dialog.getByLabel("Payload").fill(`{"n": ${long}, "m": [${long}]}`);
  await dialog.getByRole("button", { name: "Send", exact: true }).click();
  await one.heading(kind);
  await page.getByText(/This event started one run/).waitFor();
  await page.getByRole("region", { name: "Payload, redacted", exact: true }).getByText(long).first().waitFor();
  await page.locator("main").getByText("succeeded", { exact: true }).first().waitFor();

  // A renamed rule keeps the numbers of its condition.
  await page.goto(`/portal/${SLUG}/rules/~new`);
  await page.getByLabel("Slug").fill(`digits-${stamp}`);
  await page.getByLabel("Name").fill("Digits");
  await page.getByLabel("Workflow that a match starts").selectOption(flow);
  await page.getByLabel("Condition as JSON").fill(`{"==": [{"var": "payload.id"}, ${long}]}`);
  await eventually(async () => (await page.getByLabel("Value of line 1").inputValue()) === long, "the line shows another number");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await one.heading("Digits");
  await page.getByLabel("Name").fill("More digits");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await one.heading("More digits");
  await page.reload();
  await one.heading("More digits");
  check((await page.getByLabel("Condition as JSON").inputValue()).includes(long), "the number has changed");

  // No version is shown for another.
  await page.goto(`/portal/${SLUG}/workflows/${flow}?version=77`);
  await one.text("This workflow has no version 77.");
});

// A session ends: its dialog stays until somebody signs in. Another person sees nothing of the first.
await journey(async (one) => {
  const { page } = one;
  await page.goto("/portal/");
  await page.getByLabel("E-mail address").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await one.heading("Runs");
  const cookies = await page.context().cookies();
  await page.goto(`/portal/${SLUG}/rules/~new`);
  await page.getByLabel("Slug").fill("plan");
  await page.getByLabel("Name").fill("A secret plan");
  await page.getByLabel("Workflow that a match starts").selectOption(flow);
  await page.getByRole("checkbox", { name: "Enabled" }).uncheck();
  await page.reload();
  await page.getByRole("checkbox", { name: "Enabled" }).waitFor();
  const kept = [await page.getByLabel("Slug").inputValue(), await page.getByLabel("Workflow that a match starts").inputValue(), await page.getByRole("checkbox", { name: "Enabled" }).isChecked()];
  check(JSON.stringify(kept) === JSON.stringify(["plan", flow, false]), `a reload loses what was typed: ${kept}`);
  await page.getByRole("link", { name: "Settings", exact: true }).first().click();
  await page.getByRole("link", { name: "Secrets" }).waitFor();
  await page.context().clearCookies();
  const dialog = page.getByRole("dialog", { name: "Sign in" });
  // If a request of the page has found the ended session before, the dialog covers the link until the person signs in.
  const clicked = page.getByRole("link", { name: "Secrets" }).click();
  await dialog.waitFor();
  for (let press = 0; press < 4; press += 1) await page.keyboard.press("Escape");
  check(await dialog.isVisible(), "the dialog is gone, and the session too");
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await clicked;
  await dialog.waitFor({ state: "detached" });
  await page.getByText(`CAREFUL_${stamp}`).waitFor();
  check((await page.getByText("UNAUTHENTICATED").count()) === 0, "the refusal stays");

  await page.getByRole("link", { name: "Tokens" }).click();
  await page.getByRole("button", { name: "Create a token…" }).click();
  const form = page.getByRole("dialog", { name: "Create a token" });
  await form.getByLabel("Name").fill("half typed");
  await page.context().clearCookies();
  await form.getByRole("button", { name: "Create", exact: true }).click();
  await dialog.waitFor();
  for (let press = 0; press < 5; press += 1) await page.keyboard.press("Escape");
  check((await dialog.isVisible()) && (await form.getByLabel("Name").inputValue()) === "half typed", "Esc closes the form under the dialog");
  await dialog.getByLabel("E-mail address").fill(VIEWER);
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Account of Vera/ }).waitFor();
  await eventually(async () => (await form.count()) === 0, "a person sees the form of another");
  await page.goto(`/portal/${SLUG}/rules/~new`);
  await one.heading("Add a rule");
  check((await page.getByLabel("Name").inputValue()) === "", "a person sees the draft of another");

  // The first person has signed in again in another tab.
  await page.context().clearCookies();
  await page.context().addCookies(cookies);
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await page.getByRole("button", { name: /^Account of Grace/ }).waitFor();
  await one.heading("Add a rule");
  await eventually(async () => (await page.getByLabel("Name").inputValue()) === "A secret plan", "the draft of the first person is lost");
  await page.getByRole("button", { name: "Undo changes" }).click();
}, { tolerates: /WebSocket|status of 40[13]/ });
