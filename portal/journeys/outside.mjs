/** What comes from outside and goes there: rejected deliveries, outgoing webhooks, breakers. */

import { check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    await page.goto(`/portal/${SLUG}/events`);
    await page.getByRole("link", { name: "Rejected" }).click();
    const rows = page.getByRole("list", { name: "Rejected" }).getByRole("link");
    await rows.first().waitFor();
    await one.accessible();
    await one.shot("deliveries");
    await rows.filter({ hasText: "shop" }).first().click();
    await one.heading("Delivery to shop");
    await one.text("INVALID_SIGNATURE");
    await page.getByRole("region", { name: /signature/ }).waitFor();
    await one.accessible();
    await one.shot("delivery");
    await page.goto(`/portal/${SLUG}/breakers`);
    await page.getByRole("list", { name: "Breakers" }).getByText("127.0.0.1").first().waitFor();
    await one.accessible();
    await one.shot("breakers");
    await page.goto(`/portal/${SLUG}/webhooks`);
    await page.getByRole("region", { name: "Messages" }).getByText("order.paid").first().waitFor();
    await one.accessible();
    await one.shot("webhooks");
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await one.heading("Breakers");
  const breaker = page.getByRole("list", { name: "Breakers" }).getByRole("listitem").filter({ hasText: "127.0.0.1" }).first();
  for (const [mode, shown] of [[/^Forced open/, "forced open"], [/^Automatic/, "closed"]]) {
    await breaker.getByRole("button", { name: "Change…" }).click();
    await page.getByRole("radio", { name: mode }).check();
    await page.getByLabel("Reason").fill("a journey");
    await one.accessible();
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await breaker.getByText(shown, { exact: true }).waitFor();
  }
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await one.heading("Webhooks");
  const messages = page.getByRole("region", { name: "Messages" }).getByRole("listitem");
  await messages.first().getByRole("checkbox").check();
  await page.getByRole("button", { name: "Send 1 again" }).click();
  await page.getByRole("button", { name: "Send again" }).waitFor();
  await page.getByRole("button", { name: "Add an endpoint…" }).click();
  const slug = `shop-${Date.now() % 100_000}`;
  await page.getByLabel("Name").fill(slug);
  await page.getByLabel("URL").fill("http://127.0.0.1:9999/other");
  check((await page.getByRole("dialog").locator("code").first().innerText()).startsWith("whsec_"), "no secret is shown");
  await one.accessible();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const row = page.getByRole("region", { name: "Endpoints" }).getByRole("listitem").filter({ hasText: slug });
  await row.getByRole("button", { name: "Change…" }).click();
  await page.getByRole("button", { name: "Rotate the secret…" }).click();
  await page.getByRole("region", { name: "Secret" }).waitFor();
  await one.shot("endpoint");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
});
