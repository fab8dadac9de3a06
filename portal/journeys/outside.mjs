/** What comes from outside and goes there: rejected deliveries, outgoing webhooks, breakers. */

import { act, check, journey, publish, runIn } from "./common.mjs";

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
  // A host of its own, whose state no other journey changes.
  const host = `modes-${Date.now() % 100_000}.example`;
  await act(page, "setBreaker", { connector: "http.request", host, mode: "CLOSED", reason: "a journey" });
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await one.heading("Breakers");
  const breaker = page.getByRole("list", { name: "Breakers" }).getByRole("listitem").filter({ hasText: host });
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
  await page.getByLabel("The old secret").fill(`whsec_${"c2VjcmV0".repeat(5)}`);
  await one.accessible();
  await one.shot("endpoint");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await row.getByText("2 secrets, one is rotated").waitFor();
  await page.getByLabel("Endpoint", { exact: true }).selectOption(slug);
  await page.waitForURL(new RegExp(`endpoint=${slug}`));
  await page.getByText("No message matches.").waitFor();
  await page.getByLabel("Endpoint", { exact: true }).selectOption("billing");
  await page.getByLabel("State", { exact: true }).selectOption("FAILED");
  await page.waitForURL(/state=failed/);
  await messages.first().getByText(/CONNECTOR_/).waitFor();
  await messages.first().getByText(/attempt/).waitFor();
  await messages.first().getByRole("link", { name: "its run" }).click();
  await one.heading(/^Messages/);
});

// A host that is held back: who waits for it, and what each mode does to them.
await journey(async (one) => {
  const { page } = one;
  const slug = `held-${Date.now() % 100_000}`;
  const host = `${slug}.example`;
  const set = async (mode, shown) => {
    const row = page.getByRole("list", { name: "Breakers" }).getByRole("listitem").filter({ hasText: host });
    await row.getByRole("button", { name: "Change…" }).click();
    await page.getByRole("radio", { name: mode }).check();
    await page.getByLabel("Reason").fill("a journey");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await row.getByText(shown, { exact: true }).waitFor();
  };
  await one.signIn();
  await act(page, "setBreaker", { connector: "http.request", host, mode: "OPEN", reason: "a journey" });
  await publish(page, slug, `Held ${slug}`, [{ key: "call", uses: "http.request", with: { method: "POST", url: `http://${host}/` }, retry: { max_attempts: 1 } }]);
  const { run } = await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }");
  for (let cause = ""; cause !== "BREAKER"; ) cause = (await runIn(page, run.id, "WAITING", "waitingFor { cause }")).waitingFor?.cause;
  await page.goto(`/portal/${SLUG}/breakers?show=holding`);
  const waiting = page.getByRole("region", { name: /^Runs that wait/ });
  await waiting.getByRole("link", { name: `Held ${slug}` }).waitFor();
  await waiting.getByText(new RegExp(host)).first().waitFor();
  await page.getByRole("list", { name: "Breakers" }).getByText(host).waitFor();
  await one.accessible();
  await one.shot("breakers-holding");
  await waiting.getByRole("link", { name: `Held ${slug}` }).click();
  await page.getByRole("region", { name: "What it waits for" }).getByText(new RegExp(host)).waitFor();
  await page.goto(`/portal/${SLUG}/breakers`);
  await set(/^Forced closed/, "forced closed");
  await runIn(page, run.id, "FAILED");
  await set(/^Automatic/, "closed");
}, { scheme: "dark" });
