/** Retry a group of failures: the plan first, then progress to the end. */

import { journey, sendEvent } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    await page.goto(`/portal/${SLUG}/failures`);
    await page.getByRole("button", { name: "Retry all…" }).first().waitFor();
    await page.getByRole("button", { name: "Details" }).first().click();
    await one.text(/^Began with/);
    await one.accessible();
    await one.shot("failures");
    await page.getByRole("button", { name: "Retry all…" }).first().click();
    await one.text(/that were not retried yet/);
    await one.shot("failures-plan");
    await page.getByRole("button", { name: /^Retry \d/ }).click();
    await page.getByText("finished", { exact: true }).waitFor({ timeout: 30_000 });
    await one.accessible();
    await one.shot("bulk");
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/failures`);
  const groups = page.getByRole("list", { name: "Failures", exact: true }).getByRole("listitem");
  const group = groups.filter({ hasText: "messages" });
  await group.getByRole("button", { name: "Resolve…" }).click();
  await page.getByLabel("What was done about it").fill("billing is back");
  await one.accessible();
  await page.getByRole("button", { name: "Mark as resolved" }).click();
  await group.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Resolved", exact: true }).click();
  await group.getByText(/billing is back/).waitFor();
  await one.accessible();
  await one.shot("failures-resolved");
  await sendEvent(page, "order.paid", { n: 9 });
  await page.waitForFunction(async () => {
    [...document.querySelectorAll("[aria-label='Which of them'] button")].find((one) => one.textContent === "Open").click();
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (document.body.innerText.includes("It failed again.")) return true;
    [...document.querySelectorAll("[aria-label='Which of them'] button")].find((one) => one.textContent === "Resolved").click();
    return false;
  }, undefined, { polling: 500, timeout: 20_000 });
  await one.accessible();
  await one.shot("failures-reopened");
});

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/failures?of=jobs`);
  await page.getByRole("list", { name: "Failures", exact: true }).getByText("Out of memory.").waitFor();
  await one.accessible();
  await one.shot("failures-jobs");
  await page.getByRole("button", { name: "Redrive all…" }).click();
  await page.getByRole("button", { name: "Redrive 1 dead job" }).click();
  await page.getByText("finished", { exact: true }).waitFor();
  await one.accessible();
  await page.goto(`/portal/${SLUG}/failures?of=jobs`);
  await one.text("Nothing has failed");
  await one.accessible();
  await page.goto(`/portal/${SLUG}/events?key=paid-8`);
  await page.getByRole("button", { name: "All that match…" }).click();
  await page.getByRole("menuitem", { name: "Replay…" }).click();
  await one.text(/with the rules of today/);
  await one.accessible();
  await page.getByRole("button", { name: "Replay 1 event" }).click();
  await page.getByText("finished", { exact: true }).waitFor({ timeout: 30_000 });
  await page.goto(`/portal/${SLUG}/runs?state=waiting`);
  await page.getByRole("button", { name: "All that match…" }).click();
  await page.getByRole("menuitem", { name: "Cancel…" }).click();
  await one.text(/that have not ended/);
  await page.getByRole("button", { name: "Leave it" }).click();
});
