/** What a person does to runs, effects and deliveries: pause, resume, cancel, select many, decide, abort, redeliver. */

import { createHmac } from "node:crypto";
import { createServer } from "node:net";
import { act, check, journey, listed, publish } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
const stamp = `${Date.now() % 100_000}`;
/** They fit the window, where alone rows are drawn. */
const MANY = 12;
const rows = (page) => page.getByRole("list", { name: "Runs", exact: true }).getByRole("listitem");

await journey(async (one) => {
  const { page } = one;
  const waits = `waits-${stamp}`;
  await one.signIn();
  await publish(page, waits, `Waits ${stamp}`, [{ key: "cool", uses: "flow.delay", with: { seconds: 600 } }]);
  const { run } = await act(page, "runWorkflow", { workflow: waits, payload: {} }, "run { id }");
  await page.goto(`/portal/${SLUG}/runs/${encodeURIComponent(run.id)}`);
  const state = (word) => page.locator("main header").first().getByText(word, { exact: true }).waitFor();
  const because = async (button, words) => {
    await page.getByRole("button", { name: button }).click();
    await page.getByLabel("Reason").fill("a journey");
    await one.accessible();
    await page.getByRole("dialog").getByRole("button", { name: words, exact: true }).click();
  };
  await state("waiting");
  await page.getByRole("region", { name: "What it waits for" }).waitFor();
  await one.shot("run-waiting");
  await because("Pause…", "Pause the run");
  await state("paused");
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await state("waiting");
  await because("Cancel…", "Cancel the run");
  await state("cancelled");
  await one.accessible();

  // Two runs are selected, one by key and one by its box, and cancelled together.
  for (let n = 0; n < 2; n += 1) await act(page, "runWorkflow", { workflow: waits, payload: { n } });
  await page.goto(`/portal/${SLUG}/runs?workflow=${waits}&state=waiting`);
  await listed(page, 2);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  const selected = page.getByRole("region", { name: "Selected runs" });
  await selected.getByText("1 run selected").waitFor();
  check(await selected.getByRole("button", { name: /^Retry/ }).isDisabled(), "open runs can be retried");
  await rows(page).nth(1).getByRole("checkbox").check();
  await one.accessible();
  await one.shot("runs-selected");
  await selected.getByRole("button", { name: "Cancel 2…" }).click();
  await page.getByLabel("Reason").fill("a journey");
  await page.getByRole("button", { name: "Cancel 2 runs", exact: true }).click();
  await one.text("No run matches these filters");
});

await journey(async (one) => {
  const { page } = one;
  const fails = `fails-${stamp}`;
  await one.signIn();
  await publish(page, fails, `Fails ${stamp}`, [{ key: "call", uses: "flow.fail", with: { message: "on purpose" } }]);
  await Promise.all(Array.from({ length: MANY }, (_, n) => act(page, "runWorkflow", { workflow: fails, payload: { n } })));
  await page.goto(`/portal/${SLUG}/runs?workflow=${fails}&state=failed`);
  await listed(page, MANY);
  for (const n of [0, 1]) await rows(page).nth(n).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Retry 2…" }).click();
  const dialog = page.getByRole("dialog", { name: "Retry the selected runs" });
  await dialog.getByText(/Runs call/).waitFor();
  await one.accessible();
  await one.shot("runs-retry-selected");
  await dialog.getByRole("button", { name: "Retry 2 runs" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.goto(`/portal/${SLUG}/runs?workflow=${fails}`);
  await listed(page, MANY + 2);

  // A bulk operation of one run a second has long to go when it is aborted.
  await page.goto(`/portal/${SLUG}/runs?workflow=${fails}&state=failed`);
  await page.getByRole("button", { name: "All that match…" }).click();
  await page.getByRole("menuitem", { name: "Retry…" }).click();
  await page.getByLabel("Runs a second").fill("1");
  await page.getByRole("button", { name: /^Retry \d/ }).click();
  await page.getByRole("button", { name: "Abort" }).click();
  await page.getByText("aborted", { exact: true }).waitFor();
  await one.accessible();
  await one.shot("bulk-aborted");
}, { scheme: "dark" });

// A mail server that takes the message and never says so.
const mail = createServer((socket) => {
  socket.setEncoding("utf8");
  socket.on("error", () => undefined);
  socket.write("220 ready\r\n");
  let body = false;
  socket.on("data", (text) => {
    if (body) {
      if (text.endsWith("\r\n.\r\n")) socket.destroy();
    } else if (/^DATA/i.test(text)) {
      body = true;
      socket.write("354 go on\r\n");
    } else socket.write("250 fine\r\n");
  });
});
await new Promise((resolve) => mail.listen(0, "127.0.0.1", resolve));

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  for (const [kind, decision] of [["happened", /^It happened/], ["lost", /^It did not happen/]]) {
    const slug = `mails-${kind}-${stamp}`;
    await publish(page, slug, `Mails ${kind} ${stamp}`, [
      { key: "mail", uses: "email.send", with: { host: "127.0.0.1", port: mail.address().port, security: "none", from: "a@example.com", to: "b@example.com", subject: "s", text: "t" } },
    ]);
    const { run } = await act(page, "runWorkflow", { workflow: slug, payload: {} }, "run { id }");
    await page.goto(`/portal/${SLUG}/runs/${encodeURIComponent(run.id)}`);
    const effect = page.getByRole("region", { name: "Effect" });
    await effect.getByText("uncertain", { exact: true }).waitFor();
    if (kind === "happened") {
      // The same effect stands in the list of those that wait, which the person finds without the run.
      await page.goto(`/portal/${SLUG}/failures?of=effects`);
      await page.getByRole("list", { name: "Undecided effects" }).getByRole("link", { name: `Mails ${kind} ${stamp}` }).waitFor();
      await one.accessible();
      await one.shot("failures-effects");
    }
    await page.getByRole("button", { name: "Decide…" }).first().click();
    await page.getByRole("radio", { name: decision }).check();
    await page.getByLabel("How you know").fill("asked the mail server");
    await one.accessible();
    await page.getByRole("button", { name: "Decide", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.goto(`/portal/${SLUG}/runs/${encodeURIComponent(run.id)}`);
    await page.locator("main header").first().getByText(kind === "happened" ? "succeeded" : "failed", { exact: true }).waitFor();
    await effect.getByText(/asked the mail server/).waitFor();
    await one.shot(`run-decided-${kind}`);
  }
});
mail.close();

// A delivery is refused because its secret is unknown, and accepted once the secret is added.
await journey(async (one) => {
  const { page } = one;
  const source = `late-${stamp}`;
  await one.signIn();
  await act(page, "saveSource", { slug: source, scheme: "GITHUB", secrets: ["the-first-long-secret"] });
  const body = JSON.stringify({ ref: "main" });
  const headers = {
    "Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": `journey-${stamp}`,
    "X-Hub-Signature-256": `sha256=${createHmac("sha256", "the-second-long-secret").update(body).digest("hex")}`,
  };
  const status = await page.evaluate(([url, headers, body]) => fetch(url, { method: "POST", headers, body }).then((answer) => answer.status), [`/t/${SLUG}/hooks/${source}`, headers, body]);
  check(status >= 400, "a wrong signature is accepted");
  await page.goto(`/portal/${SLUG}/deliveries`);
  await page.getByRole("list", { name: "Rejected" }).getByRole("link").filter({ hasText: source }).first().click();
  await page.getByRole("region", { name: "Why the signature is not proved now" }).waitFor();
  await page.getByRole("button", { name: "Accept it now" }).click();
  await page.getByRole("alert").waitFor();
  await act(page, "saveSource", { slug: source, scheme: "GITHUB", addSecrets: ["the-second-long-secret"] });
  await page.reload();
  await page.getByRole("region", { name: /^The signature is right/ }).waitFor();
  await one.accessible();
  await page.getByRole("button", { name: "Accept it now" }).click();
  await one.text("It was accepted later as");
  await page.getByRole("status").getByRole("link").click();
  await one.heading("push");
}, { tolerates: /status of 4\d\d/, scheme: "dark", size: "narrow" });
