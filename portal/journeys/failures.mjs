/** Retry a group of failures: the plan first, then progress to the end. */

import { journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    await page.goto(`/portal/${SLUG}/failures`);
    await page.getByRole("button", { name: "Retry all…" }).first().waitFor();
    await one.accessible();
    await one.shot("failures");
    await page.getByRole("button", { name: "Retry all…" }).first().click();
    await one.text(/that nobody has retried yet/);
    await one.shot("failures-plan");
    await page.getByRole("button", { name: /^Retry \d/ }).click();
    await page.getByText("finished", { exact: true }).waitFor({ timeout: 30_000 });
    await one.accessible();
    await one.shot("bulk");
  }, look);
}
