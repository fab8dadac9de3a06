/** The guided start of a new tenant, as its first visit shows it. Then the same in a tenant in use, and a saved view. */

import { createHmac } from "node:crypto";
import { act, check, inShell, journey } from "./common.mjs";

const { PORTAL_TENANT: SLUG, PORTAL_NEW_TENANT: FRESH, PORTAL_NEW_EMAIL: OWNER } = process.env;

await journey(async (one) => {
  const { page } = one;
  await one.signIn(OWNER);
  await page.waitForURL(new RegExp(`/portal/${FRESH}/start$`));
  await one.text("Waiting for your first event…");
  await one.accessible();
  await one.shot("start-new");
  await page.getByRole("button", { name: "Make a token for the command" }).click();
  await one.text(/shown this once/);
  const said = inShell(await page.locator("code").first().innerText());
  check(/"outcome": ?"NEW"/.test(said), `the command says ${said}`);
  await one.text("Received:");

  // A recipe is installed, its webhook comes, and its run shows here.
  const secret = "shpss_0123456789abcdef";
  await page.getByRole("button", { name: "Choose a recipe…" }).click();
  await page.getByLabel("Recipe").selectOption("order-approval");
  await page.getByLabel("Limit (required)").fill("100");
  await page.getByLabel("ERP (required)").fill("http://127.0.0.1:9");
  await page.getByLabel("Webhook secret (required)").fill(secret);
  await page.getByRole("button", { name: "Install", exact: true }).click();
  await page.getByRole("alert").getByText("SECRET_UNAVAILABLE").first().waitFor();
  await page.getByRole("link", { name: "Add them" }).waitFor();
  await one.accessible();
  await act(page, "setSecret", { name: "ERP_TOKEN", value: "not a real token" }, "", FRESH);
  await page.getByRole("button", { name: "Install", exact: true }).click();
  await page.getByRole("status").getByText(/workflow order-approval: /).waitFor();
  const body = JSON.stringify({ id: 7, name: "#7", total_price: "250.00", currency: "EUR", email: "a@example.com", line_items: [] });
  const headers = {
    "Content-Type": "application/json", "X-Shopify-Topic": "orders/create", "X-Shopify-Webhook-Id": "first-order",
    "X-Shopify-Hmac-Sha256": createHmac("sha256", secret).update(body).digest("base64"),
  };
  const status = await page.evaluate(([url, headers, body]) => fetch(url, { method: "POST", headers, body }).then((answer) => answer.status), [`/t/${FRESH}/hooks/order-approval`, headers, body]);
  check(status < 300, `the webhook is answered with ${status}`);
  await page.getByRole("link", { name: "Run of Approval of large orders" }).click();
  await page.getByRole("region", { name: "Steps" }).getByText("reserve").first().waitFor();
  await page.goto("/portal/");
  await one.heading("Runs");
});

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
    await one.text(/Now send the event again\.$/);
    await page.getByRole("button", { name: "Send it from here" }).click();
    await page.getByRole("link", { name: /^Run of/ }).waitFor();
    await page.getByRole("button", { name: "Choose a recipe…" }).click();
    await page.getByLabel("Recipe").selectOption("order-approval");
    await one.accessible();
    await one.shot("start");
    await page.getByLabel("Limit (required)").fill("ten");
    await page.getByRole("button", { name: "Show what it makes" }).click();
    await page.getByRole("alert").getByText(/^Limit is no number\. Write digits/).waitFor();
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
