/** The tenant's settings: people, tokens, secrets, budgets, retention and the audit record. */

import { check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
const TABS = ["members", "tokens", "secrets", "budgets", "retention", "audit", "export"];

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    for (const tab of TABS) {
      await page.goto(`/portal/${SLUG}/settings/${tab}`);
      await one.heading("Settings");
      await page.getByRole("status", { name: "Loading" }).waitFor({ state: "detached" });
      await page.waitForLoadState("networkidle");
      await one.accessible();
      await one.shot(`settings-${tab}`);
    }
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  const stamp = `${Date.now() % 100_000}`;
  await one.signIn();
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await one.heading("Settings");
  await page.getByLabel("E-mail address").fill(`new-${stamp}@example.com`);
  await page.getByLabel("Role", { exact: true }).selectOption("viewer");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const invitation = page.getByRole("region", { name: "Open invitations" }).getByRole("listitem").filter({ hasText: `new-${stamp}` });
  await invitation.getByRole("button", { name: "Revoke" }).click();
  await invitation.waitFor({ state: "detached" });

  await page.getByRole("link", { name: "Tokens" }).click();
  await page.getByRole("button", { name: "Create a token…" }).click();
  await page.getByLabel("Name").fill(`journey ${stamp}`);
  await page.getByLabel("Scopes").fill("ingest_events");
  await one.accessible();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  check((await page.getByRole("dialog").locator("code").innerText()).startsWith("automate_"), "no token is shown");
  await page.getByRole("button", { name: "Done" }).click();
  const token = page.getByRole("region", { name: "Tokens" }).getByRole("listitem").filter({ hasText: `journey ${stamp}` });
  await token.getByRole("button", { name: "Revoke…" }).click();
  await page.getByRole("button", { name: "Revoke the token" }).click();
  await token.getByText("revoked", { exact: true }).waitFor();

  await page.getByRole("link", { name: "Secrets" }).click();
  await page.getByRole("button", { name: "Add a secret…" }).click();
  await page.getByLabel("Name").fill(`JOURNEY_${stamp}`);
  await page.getByLabel("Value").fill("nobody may read this");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const secret = page.getByRole("region", { name: "Secrets" }).getByRole("listitem").filter({ hasText: `JOURNEY_${stamp}` });
  await secret.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete the secret" }).click();
  await secret.waitFor({ state: "detached" });
  check(!(await page.content()).includes("nobody may read this"), "the value of the secret is in the page");

  await page.getByRole("link", { name: "Budgets and usage" }).click();
  await page.getByRole("button", { name: "Set a budget…" }).click();
  await page.getByLabel("Limit", { exact: true }).fill("12345");
  await page.getByLabel("In", { exact: true }).selectOption("MONTH");
  await page.getByLabel("At the limit").selectOption("ALERT");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const budget = page.getByRole("region", { name: "Budgets" }).getByRole("listitem").filter({ hasText: "12,345" });
  await budget.getByRole("meter").waitFor();
  await budget.getByRole("button", { name: "Remove…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove the budget" }).click();
  await budget.waitFor({ state: "detached" });

  await page.getByRole("link", { name: "Retention" }).click();
  await page.getByLabel("Days for History of runs").fill("5");
  await page.getByText(/rows would go now|nothing to remove now/).first().waitFor();
  await page.getByRole("button", { name: "Undo changes" }).click();

  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByLabel("Action", { exact: true }).fill("secret.delete");
  await page.waitForURL(/action=secret\.delete/);
  await page.getByRole("region", { name: /^Audit record/ }).getByText(`JOURNEY_${stamp}`).first().click();
  await page.getByRole("region", { name: "Changes", exact: true }).waitFor();

  await page.getByRole("link", { name: "Export", exact: true }).click();
  await page.getByLabel("Reason").fill("a journey");
  await page.getByRole("button", { name: "Prepare the export" }).click();
  const begun = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the file" }).click();
  const file = await begun;
  check(file.suggestedFilename() === `${SLUG}.tar`, `the file is named ${file.suggestedFilename()}`);
  check((await file.failure()) === null, "the download failed");
  await one.accessible();
});
