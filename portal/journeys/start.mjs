/** The guided start: an event, an automation, its run. Then a view of one's own and the chart. */

import { check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    await page.goto(`/portal/${SLUG}/start`);
    await one.heading("Start here");
    await page.getByRole("button", { name: "Make a token for the command" }).click();
    await one.text(/shown this once/);
    check((await page.locator("code").first().innerText()).includes("Bearer automate_"), "the command holds no token");
    await page.getByRole("button", { name: "Install the example" }).click();
    await one.text("Installed. Now send the event again.");
    await page.getByRole("button", { name: "Send it from here" }).click();
    await page.getByRole("link", { name: /^Run of/ }).waitFor();
    await page.getByRole("button", { name: "Choose a recipe…" }).click();
    await page.getByLabel("Recipe").selectOption("order-approval");
    await one.accessible();
    await one.shot("start");
    await page.getByLabel("Limit (required)").fill("ten");
    await page.getByRole("button", { name: "Show what it makes" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByRole("link", { name: /^Run of/ }).click();
    await page.getByRole("region", { name: "Steps" }).waitFor();
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/runs?state=failed`);
  await page.getByRole("button", { name: "Columns" }).click();
  for (const name of ["Rule", "Source", "Trace id"]) await page.getByRole("menuitemcheckbox", { name }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("list", { name: "Runs", exact: true }).getByText("All orders").first().waitFor();
  await one.accessible();
  await one.shot("runs-columns");
  await page.getByRole("button", { name: /^Saved views/ }).click();
  await page.getByRole("menuitem", { name: "Save these filters…" }).click();
  await page.getByLabel("Name of the view").fill("What failed");
  await page.getByLabel("Show it to all members").check();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Saved views: What failed" }).waitFor();
  await page.goto(`/portal/${SLUG}/runs`);
  await page.getByRole("button", { name: /^Saved views/ }).click();
  await page.getByRole("menuitem", { name: "What failed" }).click();
  await page.waitForURL(/state=failed.*columns=/);
  await page.getByRole("button", { name: "Saved views: What failed" }).waitFor();
  await one.accessible();
});
