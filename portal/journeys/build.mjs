/** What decides: a rule is built, tried, backtested and saved, a schedule runs now, a source gets a second secret. Connectors and recipes. */

import { check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    for (const [path, title] of [["rules", "Rules"], ["schedules", "Schedules"], ["sources", "Sources"]]) {
      await page.goto(`/portal/${SLUG}/${path}`);
      await one.heading(title);
      await page.getByRole("list", { name: title, exact: true }).getByRole("listitem").first().waitFor();
      await one.accessible();
      await one.shot(path);
    }
    await page.goto(`/portal/${SLUG}/rules/orders-rule`);
    await page.getByRole("region", { name: "Try it" }).getByText(/^It would/).waitFor();
    await one.accessible();
    await one.shot("rule");
    await page.goto(`/portal/${SLUG}/connectors?name=http.request`);
    await page.getByRole("article").getByRole("region", { name: "A step to copy" }).waitFor();
    await one.accessible();
    await one.shot("connectors");
    await page.goto(`/portal/${SLUG}/recipes`);
    await page.getByRole("list", { name: "Recipes" }).getByRole("link").first().waitFor();
    await one.accessible();
    await one.shot("recipes");
    await page.goto(`/portal/${SLUG}/schedules/nightly`);
    await page.getByRole("region", { name: "Next ticks" }).getByRole("listitem").nth(3).waitFor();
    await one.accessible();
    await one.shot("schedule");
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  const stamp = `${Date.now() % 100_000}`;
  await one.signIn();
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await one.heading("Rules");
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByLabel("Slug").fill(`vip-${stamp}`);
  await page.getByLabel("Name").fill("Very important");
  await page.getByLabel("Workflow that a match starts").selectOption({ label: "Orders" });
  const condition = page.getByLabel("Condition as JSON");
  await condition.fill("{");
  await one.text(/^This is no JSON/);
  check(await page.getByRole("button", { name: "Save", exact: true }).isDisabled(), "a condition that is no JSON can be saved");
  await condition.fill('{"==": [{"var": "type"}, "order.vip"]}');
  await page.getByRole("region", { name: "Try it" }).getByText(/^It would not match/).waitFor();
  check((await page.getByLabel("Value of line 1").inputValue()) === "order.vip", "the lines do not follow the JSON");
  await page.getByLabel("Value of line 1").fill("order.created");
  await page.getByRole("button", { name: "Add a line" }).click();
  await page.getByLabel("Field of line 2").fill("payload.n");
  await page.getByLabel("Comparison of line 2").selectOption(">");
  await page.getByLabel("Value of line 2").fill("5.0");
  check((await page.getByLabel("Value of line 2").inputValue()) === "5.0", "what is typed is rewritten");
  const built = JSON.parse(await condition.inputValue());
  check(JSON.stringify(built) === '{"and":[{"==":[{"var":"type"},"order.created"]},{">":[{"var":"payload.n"},5]}]}', `the JSON does not follow the lines: ${JSON.stringify(built)}`);
  await page.getByRole("region", { name: "Verdict at each node" }).getByText("and", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Backtest on stored events" }).click();
  await page.getByRole("region", { name: "Backtest", exact: true }).getByText(/^finished: /).waitFor({ timeout: 30_000 });
  const matched = page.getByRole("list", { name: "Difference" }).getByRole("button", { name: /matched$/ }).first();
  check(Number((await matched.innerText()).split("\n")[0]) >= 1, "the backtest matches nothing");
  await matched.click();
  await page.getByRole("region", { name: "Some of these events" }).getByRole("link").first().waitFor();
  await one.accessible();
  await one.shot("rule-built");
  // What is typed outlives a reload until it is saved.
  await page.reload();
  await page.waitForFunction(() => document.querySelector("textarea")?.value.includes("payload.n"));
  await page.getByLabel("Slug").fill(`vip-${stamp}`);
  await page.getByLabel("Workflow that a match starts").selectOption({ label: "Orders" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await one.heading("Very important");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText("paused", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.getByText("in force", { exact: true }).waitFor();

  await page.goto(`/portal/${SLUG}/schedules/nightly`);
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("region", { name: /^Past ticks/ }).getByText("made an event").first().waitFor();

  await page.goto(`/portal/${SLUG}/sources`);
  await page.getByRole("button", { name: "Add a source…" }).click();
  await page.getByLabel("Name").fill(`partner-${stamp}`);
  await page.getByRole("button", { name: "Make one" }).click();
  await one.accessible();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const source = page.getByRole("list", { name: "Sources" }).getByRole("listitem").filter({ hasText: `partner-${stamp}` });
  await source.getByRole("button", { name: "Secrets…" }).click();
  await page.getByRole("button", { name: "Make one" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await source.getByText(/secret 2/).waitFor();
  await source.getByRole("button", { name: "Try it…" }).click();
  const tried = page.getByRole("dialog", { name: `Try partner-${stamp}` });
  check((await tried.locator("code").innerText()).includes("webhook-signature: v1,$SIG"), "the command does not sign");
  const status = await page.evaluate(([slug, name]) => fetch(`/t/${slug}/hooks/${name}`, { method: "POST", headers: { "Content-Type": "application/json", "webhook-id": "msg_1", "webhook-timestamp": `${Math.floor(Date.now() / 1000)}`, "webhook-signature": `v1,${"A".repeat(43)}=` }, body: "{}" }).then((answer) => answer.status), [SLUG, `partner-${stamp}`]);
  check(status >= 400, "a webhook with a wrong signature is accepted");
  await tried.getByRole("region", { name: "What arrived" }).getByText("rejected").waitFor();
  await one.accessible();
  await one.shot("source-try");
  await page.keyboard.press("Escape");
  await source.getByRole("button", { name: "Disable" }).click();
  await source.getByText("disabled", { exact: true }).waitFor();
}, { tolerates: /status of 4\d\d/ });
