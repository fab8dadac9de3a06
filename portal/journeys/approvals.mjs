/** Decide an approval with its form. */

import { check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.getByRole("list", { name: "Approvals", exact: true }).getByRole("link").first().waitFor();
  await one.accessible();
  await one.shot("approvals");
  await page.getByRole("list", { name: "Approvals", exact: true }).getByRole("link").filter({ hasText: "Refund order 7" }).click();
  await one.heading(/^Refund order/);
  await one.accessible();
  await one.shot("approval");
  // Who must decide, until when, and what counts without a decision.
  await one.text(/^One person must approve. Asked: owner\./);
  const deadline = page.getByText(/Without a decision it counts as rejected/).locator("time");
  check(Date.parse(await deadline.getAttribute("datetime")) > Date.now(), "the approval says no deadline");
  // The fields have the order in which the workflow lists them.
  const labels = await page.locator("main form label").allInnerTexts();
  check(labels.join() === "Reason (required),Amount,Refund the postage", `the fields are ${labels}`);
  // What is no number is named at its field, with a number as an example.
  await page.getByLabel("Reason (required)").fill("The parcel was lost");
  await page.getByLabel("Amount").fill("12,50");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByRole("alert").getByText("Amount is no number. Write digits, with a point before decimals, such as 1200.5.").waitFor();
  await page.getByLabel("Amount").and(page.locator("[aria-invalid=true]")).waitFor();
  await one.accessible();
  await one.shot("approval-refused");
  await page.getByLabel("Amount").fill("007.5");
  await page.getByLabel("Refund the postage").check();
  // What is typed outlives another page, and a reload.
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await one.heading("Workflows");
  await page.goBack();
  await one.heading(/^Refund order/);
  await page.reload();
  await page.waitForFunction(() => [...document.querySelectorAll("form input")].some((one) => one.value === "The parcel was lost"));
  // The session ends meanwhile. Signing in again happens above the page, which keeps the form.
  await page.context().clearCookies();
  // Not the pointer: the portal may notice the end before the click, and ask at once.
  await page.getByRole("button", { name: "Approve", exact: true }).evaluate((button) => button.click());
  await page.getByRole("dialog", { name: "Sign in" }).waitFor();
  await one.shot("sign-in-again");
  await page.getByRole("dialog").getByLabel("Password").fill(process.env.PORTAL_PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  check((await page.getByLabel("Reason (required)").inputValue()) === "The parcel was lost", "what was typed is lost");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await one.text("approved");
  const decisions = page.getByRole("region", { name: "Decisions" });
  await decisions.getByText("Grace Hopper").waitFor();
  for (const answer of ["Reason: The parcel was lost", "Amount: 7.5", "Refund the postage: yes"]) await decisions.getByText(answer).waitFor();
  await one.accessible();
  await one.shot("approval-decided");

  // It has left the inbox of the person, and stays in the history.
  await page.goto(`/portal/${SLUG}/approvals?show=all`);
  await page.getByRole("list", { name: "Approvals", exact: true }).getByRole("link", { name: /approved.*Refund order 7/s }).waitFor();
  await page.getByRole("button", { name: "All that wait" }).click();
  await page.waitForURL(/show=open/);
  await one.accessible();
});

await journey(async (one) => {
  await one.signIn();
  await one.page.goto(`/portal/${SLUG}/approvals`);
  await one.text("Nothing waits for a decision");
  await one.accessible();
  await one.shot("approvals-none");
}, { scheme: "dark", size: "narrow" });
