/** The second half of what decides: warnings of rules, problems beside lines, every version's graph, recipes, and sources that sign in their own way. */

import { createHmac } from "node:crypto";
import { act, ask, check, inShell, journey, publish, runIn } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
/** The list of versions is read in pages of 50. */
const VERSIONS = 52;
const stamp = `${Date.now() % 100_000}`;

await journey(async (one) => {
  const { page } = one;
  const slug = `warned-${stamp}`;
  await one.signIn();
  await act(page, "saveRule", { slug, name: `Warned ${stamp}`, workflow: "orders", when: { "==": [{ var: "type" }, `nothing.${stamp}`] } });
  await page.goto(`/portal/${SLUG}/rules/${slug}`);
  await one.heading(`Warned ${stamp}`);
  check((await page.getByRole("region", { name: "Warnings" }).count()) === 0, "a rule without a surprise has a warning");
  await page.getByLabel("Condition as JSON").fill(JSON.stringify({ "==": [{ var: "payloads.n" }, 1] }));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  // The warning stays: after the save, after a reload, and in the list.
  const warning = page.getByRole("region", { name: "Warnings" }).getByRole("listitem");
  await warning.getByText(/payloads/).first().waitFor();
  await one.accessible();
  await one.shot("rule-warned");
  await page.reload();
  await warning.getByText(/payloads/).first().waitFor();
  await page.goto(`/portal/${SLUG}/rules`);
  await page.getByRole("list", { name: "Rules" }).getByRole("link").filter({ hasText: slug }).getByText(/^\d warnings?$/).waitFor();
  await page.getByRole("list", { name: "Rules" }).getByRole("link").filter({ hasText: slug }).click();
  // A condition that lines cannot show keeps its JSON, and any of the lines may suffice.
  await page.getByLabel("Condition as JSON").fill(JSON.stringify({ or: [{ "==": [{ var: "type" }, "a"] }, { in: [{ var: "source" }, ["shop", "api"]] }] }));
  check((await page.getByLabel("How the lines are joined").inputValue()) === "or", "the lines do not say how they are joined");
  await page.getByLabel("Condition as JSON").fill(JSON.stringify({ "!": { some: [{ var: "payload.items" }, { "==": [{ var: "sku" }, "x"] }] } }));
  await one.text(/This condition has a shape that lines cannot show/);
  await page.getByRole("button", { name: "Undo changes" }).click();
}, { scheme: "dark" });

await journey(async (one) => {
  const { page } = one;
  const slug = `versions-${stamp}`;
  await one.signIn();
  const step = (key) => ({ key, uses: "log.write", with: { message: "ok" } });
  await publish(page, slug, `Versions ${stamp}`, [step("first")]);
  await publish(page, slug, `Versions ${stamp}`, [step("first"), step("second")]);
  await act(page, "saveWorkflow", { slug, name: `Versions ${stamp}`, definition: { schema: 1, steps: [step("first"), { key: "third", uses: "no.such" }] } });
  // Each version and the draft has its graph, which nobody can move.
  for (const [version, keys] of [["1", ["first"]], ["2", ["first", "second"]], ["draft", ["first", "third"]]]) {
    await page.goto(`/portal/${SLUG}/workflows/${slug}?version=${version}`);
    await page.locator(".react-flow__node").nth(keys.length - 1).waitFor();
    const shown = await page.locator(".react-flow__node").evaluateAll((nodes) => nodes.map((node) => node.innerText.split("\n")[0]));
    check(shown.sort().join() === keys.join(), `version ${version} shows ${shown}`);
    check((await page.locator(".react-flow__node.draggable").count()) === 0, "a step of the graph can be moved");
  }
  // The draft's problem stands beside its line, in both forms, and in the text to edit.
  for (const view of ["json", "yaml"]) {
    await page.goto(`/portal/${SLUG}/workflows/${slug}?version=draft&view=${view}`);
    const line = page.getByRole("region", { name: `Definition as ${view.toUpperCase()}`, exact: true }).getByRole("listitem").filter({ hasText: "▲" });
    await line.getByText(/no\.such/).first().waitFor();
    check(/uses/.test(await line.first().innerText()), `the problem is beside ${await line.first().innerText()}`);
    await one.accessible();
    await one.shot(`workflow-problem-${view}`);
  }
  await page.goto(`/portal/${SLUG}/workflows/${slug}?view=edit`);
  await page.getByRole("list", { name: "Problems" }).getByText(/^line \d+:/).first().waitFor();
  await page.goto(`/portal/${SLUG}/workflows/${slug}?view=publish`);
  await page.getByRole("region", { name: "Before you publish the draft" }).getByRole("img", { name: "forbids to publish" }).first().waitFor();
  check(await page.getByRole("button", { name: "Publish the draft" }).isDisabled(), "a draft with a problem can be published");
  // More versions than a page has: an old one has an address, and the list reads on.
  for (let n = 3; n <= VERSIONS; n += 1) await publish(page, slug, `Versions ${stamp}`, [step("first"), step(`step${n}`)]);
  await page.goto(`/portal/${SLUG}/workflows/${slug}?version=1`);
  await page.locator(".react-flow__node").getByText("first", { exact: true }).waitFor();
  await page.goto(`/portal/${SLUG}/workflows/${slug}?view=publish`);
  const versions = page.getByRole("region", { name: "Versions" });
  await versions.getByRole("button", { name: `v${VERSIONS}`, exact: true }).waitFor();
  check((await versions.getByRole("button", { name: "v1", exact: true }).count()) === 0, "all versions are read at once");
  await versions.getByRole("button", { name: "Older versions…" }).scrollIntoViewIfNeeded();
  await one.shot("workflow-versions");
  await versions.getByRole("button", { name: "Older versions…" }).click();
  await versions.getByRole("button", { name: "v1", exact: true }).waitFor();
  await versions.getByRole("button", { name: "Older versions…" }).waitFor({ state: "detached" });
  await one.accessible();
  await versions.getByRole("button", { name: "v2", exact: true }).click();
  await page.waitForURL(/version=2/);
  await page.locator(".react-flow__node").getByText("second", { exact: true }).waitFor();
  // The choice of a version reads on, too.
  await page.goto(`/portal/${SLUG}/workflows/${slug}`);
  const chosen = page.getByLabel("Version", { exact: true });
  await chosen.selectOption({ label: "Older versions…" });
  await chosen.selectOption({ label: "v1" });
  await page.waitForURL(/version=1$/);
  await page.locator(".react-flow__node").getByText("second", { exact: true }).waitFor({ state: "detached" });
  // So does the choice in a retry.
  const { run } = await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }");
  await runIn(page, run.id, "SUCCEEDED");
  await page.goto(`/portal/${SLUG}/runs/${encodeURIComponent(run.id)}`);
  await page.getByRole("button", { name: "Retry…" }).click();
  const retry = page.getByRole("dialog", { name: "Retry this run" });
  const at = retry.getByLabel("Version");
  await retry.getByRole("option", { name: `v${VERSIONS - 1}`, exact: true }).waitFor({ state: "attached" });
  check((await retry.getByRole("option", { name: "v1", exact: true }).count()) === 0, "all versions are read at once");
  await at.selectOption({ label: "Older versions…" });
  await at.selectOption({ label: "v1" });
  await retry.getByText("Runs first", { exact: true }).waitFor();
  check((await retry.getByRole("option", { name: "Older versions…" }).count()) === 0, "there are versions older than the first");
  await one.accessible();
  await one.shot("retry-older-version");
  await retry.getByRole("button", { name: "Retry", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: /v1$/ }).waitFor();
  // Two versions, neither of them the draft.
  await page.goto(`/portal/${SLUG}/workflows/${slug}?view=compare&version=2&from=1`);
  await page.getByRole("region", { name: "second", exact: true }).getByText("new", { exact: true }).waitFor();
});

await journey(async (one) => {
  const { page } = one;
  const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  const name = `burst-${stamp}`;
  await one.signIn();
  await ask(page, "mutation($i: DeleteSecretInput!) { deleteSecret(input: $i) { errors { code } } }", { i: { name: "SLACK_TOKEN", force: true } });
  await page.goto(`/portal/${SLUG}/recipes`);
  await page.getByRole("list", { name: "Recipes" }).getByRole("link").filter({ hasText: "One message for a burst of errors" }).click();
  await page.waitForURL(/recipe=error-burst-to-slack/);
  await one.text(/It needs secrets that do not exist yet: SLACK_TOKEN/);
  await act(page, "setSecret", { name: "SLACK_TOKEN", value: "not a real token" });
  await page.reload();
  await page.getByRole("heading", { name: "One message for a burst of errors" }).waitFor();
  check((await page.getByText(/It needs secrets/).count()) === 0, "a secret that exists is asked for");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Signing secret (required)").fill("too short");
  await page.getByLabel("Slack channel (required)").fill("C024BE91L");
  await page.getByRole("button", { name: "Show what it makes" }).click();
  // The refusal stands at the field.
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Signing secret (required)").and(page.locator("[aria-invalid=true]")).waitFor();
  await page.getByLabel("Signing secret (required)").fill(secret);
  await page.getByRole("button", { name: "Show what it makes" }).click();
  await one.text("Nothing is made yet. It would make:");
  await page.getByRole("status").getByText(`workflow ${name}: `).waitFor();
  await one.accessible();
  await one.shot("recipe-plan");
  await page.getByRole("button", { name: "Install", exact: true }).click();
  await one.heading("Workflows");
  await page.getByRole("list", { name: "Workflows" }).getByRole("link").filter({ hasText: "One message for a burst of errors" }).first().waitFor();
  await page.goto(`/portal/${SLUG}/schedules/nightly`);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText("paused", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.getByText("active", { exact: true }).waitFor();
}, { size: "narrow" });

// The copied command is run in a shell, and the page shows live that its webhook was accepted. Then the first secret is revoked.
await journey(async (one) => {
  const { page } = one;
  const name = `copied-${stamp}`;
  const sources = page.getByRole("list", { name: "Sources", exact: true });
  const row = (slug) => sources.getByRole("listitem").filter({ hasText: slug });
  await one.signIn();
  await page.goto(`/portal/${SLUG}/sources`);
  await page.getByRole("button", { name: "Add a source…" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Make one" }).click();
  const secret = await page.getByRole("dialog").locator("code").innerText();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row(name).getByRole("button", { name: "Try it…" }).click();
  const tried = page.getByRole("dialog", { name: `Try ${name}` });
  await tried.getByText("Waiting for a webhook…").waitFor();
  inShell((await tried.locator("code").innerText()).replace("SECRET='…'", `SECRET='${secret}'`));
  await tried.getByRole("region", { name: "What arrived" }).getByText("accepted").waitFor();
  await one.accessible();
  await tried.getByRole("link", { name: "order.created" }).click();
  await one.heading("order.created");
  await page.goto(`/portal/${SLUG}/sources`);
  await row(name).getByRole("button", { name: "Secrets…" }).click();
  await page.getByRole("button", { name: "Make one" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row(name).getByText(/secret 2/).waitFor();
  await row(name).getByText(/secret 1, used /).waitFor();
  await row(name).getByRole("button", { name: "Secrets…" }).click();
  await page.getByRole("button", { name: "Revoke secret 1" }).click();
  await row(name).getByText(/secret 1/).waitFor({ state: "detached" });

  // A sender that signs in its own way: a time, an id and the body, in Base64 of SHA-512.
  const own = `own-${stamp}`;
  await page.getByRole("button", { name: "Add a source…" }).click();
  await page.getByLabel("Name").fill(own);
  await page.getByLabel("Scheme").selectOption("HMAC");
  await page.getByLabel("Header of the signature").fill("X-Own-Signature");
  await page.getByLabel("Prefix", { exact: true }).fill("v1=");
  await page.getByLabel("How it is written").selectOption("BASE64");
  await page.getByLabel("Hash").selectOption("SHA512");
  await page.getByLabel("Signed text", { exact: true }).fill("{id}.{timestamp}.{body}");
  await page.getByLabel("Secret", { exact: true }).fill("a-secret-of-our-own");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog").getByRole("alert").first().waitFor();
  await page.getByLabel("Header of the signed time").fill("X-Own-Time");
  await page.getByLabel("Header of the message id").fill("X-Own-Id");
  await page.getByLabel("Trust headers that are not signed").check();
  await one.accessible();
  await one.shot("source-hmac");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog", { name: "The source is saved, with warnings" }).getByRole("listitem").first().waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await row(own).waitFor();
  const [time, body] = [`${Math.floor(Date.now() / 1000)}`, '{"n": 1}'];
  const headers = {
    "Content-Type": "application/json", "X-Own-Time": time, "X-Own-Id": `id-${stamp}`,
    "X-Own-Signature": `v1=${createHmac("sha512", "a-secret-of-our-own").update(`id-${stamp}.${time}.${body}`).digest("base64")}`,
  };
  const status = await page.evaluate(([url, headers, body]) => fetch(url, { method: "POST", headers, body }).then((answer) => answer.status), [`/t/${SLUG}/hooks/${own}`, headers, body]);
  check(status < 300, `a webhook that is signed as the form says is answered with ${status}`);
  await row(own).getByRole("link", { name: "its events" }).click();
  await page.getByRole("list", { name: "Events", exact: true }).getByRole("link").first().waitFor();
}, { scheme: "dark", size: "narrow" });
