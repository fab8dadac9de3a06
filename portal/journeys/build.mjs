/** What decides: a rule is tried on a stored event and saved, a schedule runs now, a source gets a second secret. */

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
  const condition = page.getByLabel("Condition");
  await condition.fill("{");
  await one.text(/^This is no JSON/);
  check(await page.getByRole("button", { name: "Save", exact: true }).isDisabled(), "a condition that is no JSON can be saved");
  await condition.fill('{"==": [{"var": "type"}, "order.vip"]}');
  await page.getByRole("region", { name: "Try it" }).getByText(/^It would not match/).waitFor();
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
  await source.getByRole("button", { name: "Disable" }).click();
  await source.getByText("disabled", { exact: true }).waitFor();
});
