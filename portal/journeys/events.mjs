/** Why an event started nothing: each rule's decision. Then a replay. */

import { check, journey } from "./common.mjs";

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
});
