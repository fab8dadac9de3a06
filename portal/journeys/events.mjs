/** Why an event started nothing: each rule's decision. Then a replay. */

import { act, check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    await page.goto(`/portal/${SLUG}/events`);
    await page.getByRole("list", { name: "Events", exact: true }).getByRole("link").first().waitFor();
    await one.accessible();
    await one.shot("events");
    await page.goto(`/portal/${SLUG}/events?key=order-small`);
    const rows = page.getByRole("list", { name: "Events", exact: true }).getByRole("link");
    await rows.first().waitFor();
    check((await rows.count()) === 1, "the key finds more than one event");
    await rows.first().click();
    await one.text("This event started no run.");
    await one.text("unmatched");
    await one.accessible();
    await one.shot("event");
    // The rule that did not match says which value is the cause, and at which place.
    await page.getByRole("button", { name: "Why? All orders" }).click();
    const decisions = page.getByRole("region", { name: "Rules", exact: true });
    await decisions.getByText(/As the rule stands now/).waitFor();
    check(/payload\.n/.test(await decisions.innerText()), "the reason names no value");
    await one.accessible();
    await one.shot("event-why");
    await page.getByRole("region", { name: "Rules", exact: true }).getByRole("link", { name: "All orders" }).click();
    await one.heading("All orders");
    await page.getByText(/^It would not match/).waitFor();
    check(/order-small/.test(await page.getByLabel("Try it on a stored event").locator("option:checked").innerText()), "the rule is tried on another event");
    await one.accessible();
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/events?key=order-big`);
  await page.getByRole("list", { name: "Events", exact: true }).getByRole("link").first().click();
  const runs = page.getByRole("region", { name: "Runs", exact: true }).getByRole("link");
  await runs.first().waitFor();
  const before = await runs.count();
  await page.getByRole("button", { name: "Replay…" }).click();
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await runs.nth(before).waitFor();
  await page.getByRole("button", { name: "Reveal…" }).click();
  await page.getByLabel("Reason").fill("ticket 4711");
  await page.getByRole("button", { name: "Reveal", exact: true }).click();
  await page.getByRole("region", { name: "Payload, revealed", exact: true }).waitFor();
  await one.accessible();

  // The type of events is chosen from a list, and can be any other.
  // Types without a schema are those of the newest events.
  await act(page, "ingestEvent", { type: "order.created", payload: { n: 0 } });
  await page.goto(`/portal/${SLUG}/events`);
  const type = page.getByLabel("Type", { exact: true });
  await page.locator('datalist option[value="order.created"]').waitFor({ state: "attached" });
  await type.fill("order.created");
  await page.waitForURL(/type=order\.created/);
  await page.getByRole("list", { name: "Events", exact: true }).getByRole("link").first().waitFor();
  await type.fill("order.unheard-of");
  await type.press("Enter");
  await page.waitForURL(/type=order\.unheard-of/);
  await page.getByRole("list", { name: "Events", exact: true }).waitFor({ state: "detached" });
});
