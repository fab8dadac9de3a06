/** The graph of a workflow's version, and the part of a step. */

import { journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark" }, { scheme: "light", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    await page.goto(`/portal/${SLUG}/workflows`);
    await one.heading("Workflows");
    await page.getByRole("link", { name: /Orders/ }).waitFor();
    await one.accessible();
    await one.shot("workflows");
    await page.getByRole("link", { name: /Orders/ }).click();
    await one.heading("Orders");
    await page.locator(".react-flow__node").filter({ hasText: "charge" }).click();
    await page.getByRole("region", { name: "Step charge", exact: true }).waitFor();
    await one.accessible();
    await one.shot("workflow");
  }, look);
}
