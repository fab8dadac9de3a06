/** Decide an approval with its form. */

import { journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.getByRole("list", { name: "Approvals", exact: true }).getByRole("link").first().waitFor();
  await one.accessible();
  await one.shot("approvals");
  await page.getByRole("list", { name: "Approvals", exact: true }).getByRole("link").first().click();
  await one.heading(/^Refund order/);
  await one.accessible();
  await one.shot("approval");
  await page.getByLabel("Reason (required)").fill("The parcel was lost");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await one.text("approved");
  await page.getByRole("region", { name: "Decisions" }).waitFor();
});

await journey(async (one) => {
  await one.signIn();
  await one.page.goto(`/portal/${SLUG}/approvals`);
  await one.text("Nothing waits for a decision");
  await one.accessible();
  await one.shot("approvals-none");
}, { scheme: "dark", size: "narrow" });
