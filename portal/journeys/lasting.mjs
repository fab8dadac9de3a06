/** A stranger repairs a failed run in under 30 seconds and five clicks. Then: what is typed outlives a lost connection, a killed web and an ended session. */

import { createServer } from "node:http";
import { act, check, journey, publish, sendUntilNew } from "./common.mjs";

const { PORTAL_TENANT: SLUG, PORTAL_PASSWORD: PASSWORD, PORTAL_RECEIVER: RECEIVER, PORTAL_WEB_PID: WEB } = process.env;
const MOST_CLICKS = 5;
const MOST_MS = 30_000;

// The receiver was down when the run failed, and is back now.
const receiver = createServer((_request, response) => response.end("{}"));
await new Promise((resolve) => receiver.listen(Number(RECEIVER), "127.0.0.1", resolve));

await journey(async (one) => {
  const { page } = one;
  await page.addInitScript(() => {
    globalThis.clicks = 0;
    addEventListener("click", () => (globalThis.clicks += 1), true);
  });
  await one.signIn();
  // As the link of a notice leads there.
  await page.goto(`/portal/${SLUG}/runs?state=failed&workflow=invoices`);
  const begun = Date.now();
  await page.getByRole("list", { name: "Runs", exact: true }).getByRole("link", { name: /Invoices/ }).filter({ hasText: "failed" }).first().click();
  await one.text(/^Failed at pay/);
  await page.getByRole("button", { name: "Retry…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry", exact: true }).click();
  await one.text(/Takes the place of/);
  await page.locator("main").getByText("succeeded", { exact: true }).first().waitFor({ timeout: MOST_MS });
  const took = Date.now() - begun;
  const clicks = await page.evaluate(() => globalThis.clicks);
  check(took < MOST_MS, `the repair took ${took} ms`);
  check(clicks <= MOST_CLICKS, `the repair took ${clicks} clicks`);
  await one.shot("repaired");
});

await journey(async (one) => {
  const { page } = one;
  const context = page.context();
  await one.signIn();
  await page.goto(`/portal/${SLUG}/rules/~new`);
  const stamp = `${Date.now() % 100_000}`;
  await page.getByLabel("Slug").fill(`lasting-${stamp}`);
  await page.getByLabel("Name").fill("It lasts");
  await page.getByLabel("Workflow that a match starts").selectOption({ label: "Orders" });
  await page.getByLabel("Value of line 1").fill("order.lasting");
  const save = page.getByRole("button", { name: "Save", exact: true });
  const kept = async (when) => {
    check((await page.getByLabel("Name").inputValue()) === "It lasts", `the name is lost ${when}`);
    check((await page.getByLabel("Condition as JSON").inputValue()).includes("order.lasting"), `the condition is lost ${when}`);
  };

  await context.setOffline(true);
  await save.click();
  await page.getByRole("alert").getByText("UNREACHABLE").waitFor();
  await kept("without a connection");
  await one.shot("unreachable");
  await context.setOffline(false);

  process.kill(Number(WEB), "SIGKILL");
  await page.waitForFunction(() => fetch("/readyz").then((answer) => answer.status === 200, () => false), undefined, { polling: 200, timeout: 60_000 });
  await kept("after web was killed");

  await context.clearCookies();
  const dialog = page.getByRole("dialog", { name: "Sign in" });
  // A browser does not repeat a POST on a connection that died with web: the page says so, and the person saves again.
  const asked = () => dialog.waitFor({ timeout: 3_000 }).then(() => true, () => false);
  do await save.click();
  while (!(await asked()));
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  await kept("after the session ended");
  await save.click();
  await one.heading("It lasts");

  // The feed has come back by itself.
  await page.getByRole("link", { name: "Runs", exact: true }).first().click();
  await page.getByRole("list", { name: "Runs", exact: true }).getByRole("link").first().waitFor();
  await sendUntilNew(page, "order.created", { n: 3 });
}, { tolerates: /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|ERR_INVALID_HTTP_RESPONSE|WebSocket|status of 50[23]/ });
receiver.close();

// What moves before the feed begins is shown, too: the page's socket opens late.
await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const slug = `late-${Date.now() % 100_000}`;
  await publish(page, slug, "Late", [{ key: "cool", uses: "flow.delay", with: { seconds: 600 } }]);
  const list = page.getByRole("list", { name: "Runs", exact: true });
  for (const [path, shown] of [
    [(run) => `runs/${encodeURIComponent(run.id)}`, (word) => page.locator("main header").first().getByText(word, { exact: true })],
    [() => `runs?workflow=${slug}`, (word) => list.getByRole("link").first().getByText(word, { exact: true })],
  ]) {
    let open;
    const opened = new Promise((resolve) => (open = resolve));
    await page.routeWebSocket(/\/graphql$/, async (socket) => {
      await opened;
      socket.connectToServer();
    });
    const { run } = await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }");
    const waits = () => page.goto(`/portal/${SLUG}/runs?workflow=${slug}&state=waiting`).then(() => list.getByRole("link").first().waitFor({ timeout: 2_000 })).then(() => true, () => false);
    while (!(await waits()));
    await page.goto(`/portal/${SLUG}/${path(run)}`);
    await shown("waiting").waitFor();
    await act(page, "cancelRuns", { runs: [run.id], reason: "a journey" });
    check(await shown("waiting").isVisible(), "the page has moved without its feed");
    open();
    await shown("cancelled").waitFor();
  }
}, { tolerates: /WebSocket/ });
