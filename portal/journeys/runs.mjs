/** A stranger finds a failed run and repairs it. Filters live in the address; a new run waits behind a badge. */

import { check, eventually, failedRun, journey, sendUntilNew } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

for (const look of [{ scheme: "light" }, { scheme: "dark" }, { scheme: "light", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    const rows = page.getByRole("list", { name: "Runs", exact: true }).getByRole("link");
    await rows.first().waitFor();
    await one.accessible();
    await one.shot("runs");
    const id = await failedRun(page, "orders");
    const begun = Date.now();
    await page.goto(`/portal/${SLUG}/runs?state=failed&workflow=orders`);
    await page.locator(`[data-row][href$="${encodeURIComponent(id)}"]`).click();
    await one.text(/^Failed at charge/);
    await one.accessible();
    await one.shot("run");
    await page.getByRole("button", { name: "Retry…" }).click();
    await one.text(/Runs charge/);
    await one.shot("retry");
    await page.getByRole("button", { name: "Retry", exact: true }).click();
    await one.text(/Takes the place of/);
    check(Date.now() - begun < 30_000, "the repair took more than 30 s");
    // The failure that a retry has replaced leaves a list that hides such runs.
    await page.goto(`/portal/${SLUG}/runs?workflow=orders&retried=no`);
    await rows.first().waitFor();
    check((await page.locator(`[data-row][href$="${encodeURIComponent(id)}"]`).count()) === 0, "a run that was retried stays in the list");
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const rows = page.getByRole("list", { name: "Runs", exact: true }).getByRole("link");
  await rows.first().waitFor();
  const first = await rows.first().getAttribute("href");
  const badge = await sendUntilNew(page, "order.created", { n: 1 });
  check((await rows.first().getAttribute("href")) === first, "the list has jumped");
  await badge.click();
  await page.waitForFunction((href) => document.querySelector("[data-row]")?.getAttribute("href") !== href, first);
  await page.getByLabel("Time", { exact: true }).selectOption("1h");
  await page.waitForURL(/since=1h/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs\/./);
  await page.goBack();
  await page.waitForURL(/since=1h/);
  await page.goto(`/portal/${SLUG}/runs?key=there-is-none`);
  await one.text("No run matches these filters");
  await one.accessible();
  await one.shot("runs-none");
});

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const chart = page.getByRole("region", { name: "Ended runs over time" });
  await chart.getByRole("button", { name: /failed/ }).last().click();
  await page.waitForURL(/endedFrom=.*endedTo=/);
  await page.getByRole("list", { name: "Runs", exact: true }).getByRole("link").first().waitFor();
  await page.getByRole("button", { name: "Remove the filter ended" }).click();
  await page.goto(`/portal/${SLUG}/runs/${encodeURIComponent(await failedRun(page, "orders"))}`);
  await page.getByRole("button", { name: /^charge/ }).click();
  await page.getByRole("region", { name: "Effect" }).waitFor();
  await one.accessible();
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  await page.locator(".react-flow__node").filter({ hasText: "tell" }).click();
  await one.text("The step tell has not begun.");
  await one.accessible();
  await one.shot("run-graph");
  await page.locator(".react-flow__node").filter({ hasText: "charge" }).click();
  await page.getByRole("button", { name: "Retry from here…" }).click();
  const dialog = page.getByRole("dialog", { name: "Retry this run" });
  await dialog.getByRole("option", { name: "v1", exact: true }).waitFor({ state: "attached" });
  await dialog.getByLabel("Version").selectOption({ label: "v1" });
  await dialog.getByRole("button", { name: "Edit the input…" }).click();
  await dialog.getByLabel("Input").fill("{");
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Input").fill('{"n": 3, "edited": true}');
  await dialog.getByText(/Runs charge, tell/).waitFor();
  await one.accessible();
  await one.shot("retry-edited");
  await dialog.getByRole("button", { name: "Retry", exact: true }).click();
  await one.text(/Takes the place of/);
});

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.setViewportSize({ width: 1280, height: 320 });
  const list = page.locator("main [aria-busy]");
  await list.locator("[data-row]").nth(5).waitFor();
  const ids = () => list.locator("[data-row]").evaluateAll((rows) => rows.map((row) => row.dataset.id));
  const focused = () => page.evaluate(() => document.activeElement?.dataset.id ?? null);
  const drawn = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  /** To the end of all rows: the list reads on meanwhile. */
  const toTheEnd = () => eventually(async () => {
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await drawn();
    return list.evaluate((element) => element.getAttribute("aria-busy") === "false" && element.scrollTop + element.clientHeight > element.scrollHeight - 1);
  }, "the list has no end");
  const first = await ids();
  await page.keyboard.press("j");
  await list.evaluate((element) => element.scrollTo(0, 80));
  await drawn();
  check((await focused()) === first[0], "the focus has left its row");
  await toTheEnd();
  await page.waitForFunction((id) => document.querySelector(`[data-id="${id}"]`) === null, first[0]);
  check((await focused()) === null, "the focus is on another row");
  await list.evaluate((element) => element.scrollTo(0, 0));
  await page.waitForFunction((id) => document.querySelector(`[data-id="${id}"]`) !== null, first[0]);
  await toTheEnd();
  await page.waitForFunction((id) => document.querySelector(`[data-id="${id}"]`) === null, first[0]);
  const last = await ids();
  check(new Set(last).size === last.length, "two elements show one row");
  await list.locator(`[data-row][data-id="${last.at(-1)}"]`).click();
  await page.waitForURL((url) => decodeURIComponent(url.pathname).endsWith(`/runs/${last.at(-1)}`));
});
