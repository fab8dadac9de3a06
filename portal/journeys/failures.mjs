/** Retry a group of failures: the plan first, then progress to the end. */

import { act, check, eventually, journey, listed, publish, runIn, sendEvent } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
/** So many at one a second are seen while they are cancelled. */
const MANY = 7;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    // A group of its own: runs of others may have been retried already.
    const slug = `broken-${Date.now() % 100_000}`;
    await publish(page, slug, slug, [{ key: "fail", uses: "flow.fail", with: { message: `no ${slug}` } }]);
    await runIn(page, (await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }")).run.id, "FAILED");
    await page.goto(`/portal/${SLUG}/failures`);
    const group = page.getByRole("list", { name: "Failures", exact: true }).getByRole("listitem").filter({ hasText: slug });
    await group.getByRole("button", { name: "Details" }).click();
    await one.text(/^Began with/);
    await one.accessible();
    await one.shot("failures");
    await group.getByRole("button", { name: "Retry all…" }).click();
    await one.text(/that were not retried yet/);
    await one.shot("failures-plan");
    await page.getByRole("button", { name: /^Retry \d/ }).click();
    await page.getByText("finished", { exact: true }).waitFor({ timeout: 30_000 });
    await one.accessible();
    await one.shot("bulk");
    // A person who has left the page finds the operation again.
    await page.goto(`/portal/${SLUG}/failures`);
    await page.getByRole("link", { name: "Bulk operations" }).click();
    await one.heading("Bulk operations");
    const operations = page.getByRole("list", { name: "Bulk operations" }).getByRole("link");
    await operations.first().waitFor();
    await one.accessible();
    await operations.first().click();
    await page.getByRole("progressbar").waitFor();
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
  const again = group.getByText("It failed again.");
  await eventually(async () => {
    await page.goto(`/portal/${SLUG}/failures`);
    return again.waitFor({ timeout: 3_000 }).then(() => true, () => false);
  }, "the group is not open again");
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

// A group says when it began, how often it happens, what it hits, and which version brought it.
await journey(async (one) => {
  const { page } = one;
  const [slug, stamp] = [`turned-${Date.now() % 100_000}`, Date.now()];
  await one.signIn();
  const run = async (state) => runIn(page, (await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }")).run.id, state);
  await publish(page, slug, `Turned ${slug}`, [{ key: "step", uses: "log.write", with: { message: "ok" } }]);
  await run("SUCCEEDED");
  for (const key of ["second", "third"]) {
    await publish(page, slug, `Turned ${slug}`, [{ key: "step", uses: "flow.fail", with: { message: `the cause of ${slug}` } }, { key, uses: "log.write", with: { message: "ok" } }]);
    await run("FAILED");
  }
  await page.goto(`/portal/${SLUG}/failures`);
  const group = page.getByRole("list", { name: "Failures", exact: true }).getByRole("listitem").filter({ hasText: slug });
  await group.getByText(/^last /).waitFor();
  await group.getByText(/^since /).waitFor();
  await group.getByRole("link", { name: "2 runs" }).waitFor();
  await group.getByRole("img", { name: /^2 in the last 24 hours/ }).waitFor();
  check((await group.locator("p").nth(1).innerText()).includes(slug), "the group does not name its workflow");
  const [last, first] = await group.locator("time").evaluateAll((all) => all.map((one) => Date.parse(one.dateTime)));
  check(first >= stamp - 60_000 && last >= first, "first and last are not when the runs failed");
  await group.getByRole("button", { name: "Details" }).click();
  await page.waitForURL(/group=[0-9a-f]{32}/);
  await page.reload();
  await one.accessible();
  await one.shot("failures-details");
  await group.getByRole("link", { name: `Turned ${slug} v2` }).click();
  await one.heading(`Turned ${slug}`);
  check((await page.getByLabel("Version", { exact: true }).inputValue()) === "2", "the link leads to another version");
  await page.goBack();
  await group.getByRole("link", { name: "2 runs" }).click();
  await listed(page, 2);
}, { scheme: "dark" });

// All that match are cancelled at a rate, with progress, and the finished operation has an address.
await journey(async (one) => {
  const { page } = one;
  const slug = `many-${Date.now() % 100_000}`;
  await one.signIn();
  await publish(page, slug, "Many", [{ key: "cool", uses: "flow.delay", with: { seconds: 600 } }]);
  const begun = await Promise.all(Array.from({ length: MANY }, (_, n) => act(page, "runWorkflow", { workflow: slug, payload: { n } }, "run { id }")));
  for (const { run } of begun) await runIn(page, run.id, "WAITING");
  await page.goto(`/portal/${SLUG}/runs?workflow=${slug}&state=waiting`);
  await page.getByRole("button", { name: "All that match…" }).click();
  await page.getByRole("menuitem", { name: "Cancel…" }).click();
  const plan = page.getByRole("region", { name: "Plan" });
  await plan.getByText(`${MANY} runs`).waitFor();
  await page.getByLabel("Runs a second").fill("1");
  await page.getByLabel("Stop when more than this percentage fails").fill("50");
  await one.accessible();
  await page.getByRole("button", { name: `Cancel ${MANY} runs` }).click();
  await page.getByText("running", { exact: true }).waitFor();
  await page.getByRole("progressbar").waitFor();
  await page.getByText("finished", { exact: true }).waitFor({ timeout: 30_000 });
  await one.text(`${MANY} of ${MANY}: ${MANY} done, 0 skipped, 0 refused`);
  await page.reload();
  await one.text(`${MANY} of ${MANY}: ${MANY} done, 0 skipped, 0 refused`);
  const items = page.getByRole("region", { name: "Items, newest first" });
  await eventually(async () => (await items.getByRole("listitem").count()) === MANY, "the operation does not list its items");
  await one.accessible();
  await one.shot("bulk-items");
  await items.getByRole("button", { name: "refused", exact: true }).click();
  await page.waitForURL(/outcome=refused/);
  await items.getByText("No item has this outcome.").waitFor();
  await items.getByRole("button", { name: "done", exact: true }).click();
  await items.getByRole("link", { name: "run", exact: true }).first().click();
  await page.locator("main header").first().getByText("cancelled", { exact: true }).waitFor();
  await page.goto(`/portal/${SLUG}/runs?workflow=${slug}&state=cancelled`);
  await listed(page, MANY);
}, { size: "narrow" });
