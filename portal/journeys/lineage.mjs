/** One run in full: live graph, waits with their end, attempts, the payload with its reveal, parent and child, a retry from the start, 1,000 steps. */

import { act, check, closedPort, eventually, journey, publish, runIn } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
const stamp = `${Date.now() % 100_000}`;
const DAY_S = 86_400;
const pageOf = (run, more = "") => `/portal/${SLUG}/runs/${encodeURIComponent(run.id)}${more}`;
const node = (page, key) => page.locator(".react-flow__node").filter({ hasText: key });
const header = (page) => page.locator("main header").first();

await journey(async (one) => {
  const { page } = one;
  const [child, parent] = [`child-${stamp}`, `parent-${stamp}`];
  await one.signIn();
  await publish(page, child, `Child ${stamp}`, [{ key: "hold", uses: "flow.wait_for_event", with: { type: `go.${stamp}`, timeout_seconds: DAY_S } }, { key: "done", uses: "log.write", with: { message: "ok" } }]);
  await publish(page, parent, `Parent ${stamp}`, [{ key: "call", uses: "flow.run_workflow", with: { workflow: child } }, { key: "after", uses: "log.write", with: { message: "ok" } }]);
  const { run } = await act(page, "runWorkflow", { workflow: parent, payload: { n: 1 } }, "run { id }");
  await page.goto(pageOf(run, "?view=graph"));
  await node(page, "call").getByText("waiting").waitFor();
  await node(page, "after").getByText("not begun").waitFor();
  await node(page, "call").click();
  const started = page.getByRole("region", { name: "Step call", exact: true });
  await started.getByText("It started the").waitFor();
  await one.accessible();

  // From the parent to its child, and back.
  await started.getByRole("link", { name: `run of Child ${stamp}` }).click();
  await one.heading(new RegExp(`^Child ${stamp}`));
  const waits = page.getByRole("region", { name: "What it waits for" });
  const until = Date.parse(await waits.locator("time").getAttribute("datetime"));
  check(Math.abs(until - Date.now() - DAY_S * 1_000) < 600_000, "the page does not say until when the run waits");
  await one.accessible();
  await one.shot("run-child");
  await page.getByRole("region", { name: "Where it comes from" }).getByRole("link", { name: `run of Parent ${stamp}` }).click();
  await one.heading(new RegExp(`^Parent ${stamp}`));

  // The graph moves without a reload.
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  await node(page, "after").getByText("not begun").waitFor();
  await act(page, "ingestEvent", { type: `go.${stamp}`, payload: {} });
  await node(page, "after").getByText("succeeded").waitFor();
  await header(page).getByText("succeeded", { exact: true }).waitFor();
  await page.reload();
  await node(page, "call").getByText("succeeded").waitFor();
}, { scheme: "dark" });

await journey(async (one) => {
  const { page } = one;
  const fails = `tries-${stamp}`;
  await one.signIn();
  await publish(page, fails, `Tries ${stamp}`, [
    { key: "note", uses: "log.write", with: { message: "order {{ event.payload.n }}" } },
    { key: "call", uses: "http.request", with: { method: "POST", url: `http://127.0.0.1:${await closedPort()}/nobody` }, retry: { max_attempts: 3, initial_seconds: 0.2, factor: 1 } },
  ]);
  const { run } = await act(page, "runWorkflow", { workflow: fails, payload: { n: 3, password: "hunter2" } }, "run { id }");
  await runIn(page, run.id, "FAILED");
  await page.goto(pageOf(run));
  await one.text(/^Failed at call after 3 attempts: /);

  // Time in the queue, three attempts, and the waits between them.
  const steps = page.getByRole("region", { name: "Steps" });
  await steps.getByText("in the queue").first().waitFor();
  const bars = () => steps.getByRole("button", { name: /^call/ }).locator("[title]").evaluateAll((all) => all.map((one) => one.title));
  for (const attempt of [1, 2, 3]) await eventually(async () => (await bars()).some((title) => title.includes(`attempt ${attempt}: `)), `no bar for attempt ${attempt}`);
  for (const attempt of [1, 2]) await eventually(async () => (await bars()).some((title) => title.startsWith(`retrying, attempt ${attempt}: `)), `no wait after attempt ${attempt}`);

  // The inspector: error with its code and trace id, input, ledger with proof and key, attempts.
  const step = page.getByRole("region", { name: "Step call", exact: true });
  const problem = step.getByRole("alert");
  await problem.getByText("CONNECTOR_TRANSIENT").waitFor();
  await problem.getByRole("button", { name: "Copy the trace id" }).waitFor();
  await step.getByRole("region", { name: "Input", exact: true }).getByText(/nobody/).waitFor();
  const effect = step.getByRole("region", { name: "Effect" });
  await effect.getByRole("button", { name: "Copy the idempotency key" }).waitFor();
  await effect.getByText("3, none arrived").waitFor();
  check((await effect.locator("p").first().innerText()).length > 20, "the ledger gives no proof");
  await eventually(async () => (await step.getByRole("region", { name: "Attempts" }).getByRole("listitem").count()) === 3, "the inspector does not list three attempts");

  // The payload of the run's event is hidden until a person states a reason.
  await page.getByText("Payload of its event").click();
  const hidden = page.getByRole("region", { name: "Payload, redacted", exact: true });
  await hidden.getByText("••••").first().waitFor();
  check(!(await page.locator("main").innerText()).includes("hunter2"), "a secret value shows");
  await one.accessible();
  await one.shot("run-payload");
  await page.getByRole("button", { name: "Reveal…" }).click();
  await page.getByLabel("Reason").fill("ticket 4711");
  await page.getByRole("button", { name: "Reveal", exact: true }).click();
  await page.getByRole("region", { name: "Payload, revealed", exact: true }).getByText("hunter2").first().waitFor();
  await page.getByText(/^History, \d+ entries/).click();
  await page.getByText(/call/).last().waitFor();

  // From the start: the plan first.
  await page.getByRole("button", { name: "Retry…" }).click();
  const dialog = page.getByRole("dialog", { name: "Retry this run" });
  await dialog.getByText("Keeps the results of note").waitFor();
  await dialog.getByLabel("Begin at").selectOption({ label: "the start" });
  await dialog.getByText(/Runs note, call/).waitFor();
  await one.accessible();
  await dialog.getByRole("button", { name: "Retry", exact: true }).click();
  await one.text(/Takes the place of/);
  await page.getByRole("region", { name: "Where it comes from" }).getByRole("link", { name: "a run" }).click();
  await page.getByRole("region", { name: "Where it comes from" }).getByText("Retried as").waitFor();
}, { size: "narrow" });

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/runs?workflow=long`);
  await page.getByRole("list", { name: "Runs", exact: true }).getByRole("link").first().click();
  const steps = page.getByRole("region", { name: "Steps" });
  await steps.getByRole("heading", { name: "1,000 steps" }).waitFor();
  const list = steps.locator("ul");
  await page.waitForFunction(() => document.querySelector("[aria-label=Steps] ul")?.clientHeight === 1_000 * 36, undefined, { timeout: 60_000 });
  // Its whole history is read, too, and shown in parts.
  await page.waitForFunction(() => /^History, [1-9],\d{3} entries$/.test([...document.querySelectorAll("main summary")].find((one) => one.textContent.startsWith("History"))?.textContent ?? ""), undefined, { timeout: 60_000 });
  const history = page.locator("main details").filter({ hasText: /^History/ });
  await history.locator("summary").click();
  await history.getByRole("button", { name: "Show more" }).click();
  await eventually(async () => (await history.getByRole("listitem").count()) === 400, "the history does not show 400 entries");
  await history.locator("summary").click();
  const shown = await list.getByRole("listitem").count();
  check(shown < 100, `${shown} of 1,000 steps are in the page at once`);

  // Each frame of the scrolling is drawn soon. The limits are wide, because the machine may do much else.
  const frames = await list.evaluate((element) => new Promise((done) => {
    const [times, box] = [[], element.parentElement];
    box.scrollTo(0, 0);
    const step = (now) => {
      times.push(now);
      box.scrollBy(0, 200);
      if (box.scrollTop + box.clientHeight < box.scrollHeight - 1) requestAnimationFrame(step);
      else done(times.slice(1).map((time, index) => time - times[index]));
    };
    requestAnimationFrame(step);
  }));
  const ordered = [...frames].sort((a, b) => a - b);
  console.log(`1,000 steps: ${frames.length} frames, median ${ordered[Math.floor(frames.length / 2)].toFixed(1)} ms, most ${ordered.at(-1).toFixed(1)} ms`);
  check(ordered[Math.floor(frames.length / 2)] < 100, "the steps do not scroll smoothly");
  await page.waitForFunction(() => [...document.querySelectorAll("[aria-label=Steps] li")].some((row) => row.style.transform === `translateY(${999 * 36}px)`));
  const last = list.getByRole("listitem").last().getByRole("button");
  const key = (await last.innerText()).split("\n")[0];
  await last.click();
  await page.getByRole("region", { name: `Step ${key}`, exact: true }).waitFor();
  await page.reload();
  await page.getByRole("region", { name: `Step ${key}`, exact: true }).waitFor();
  await one.accessible();
  await one.shot("run-long");
});

// A run that sent more than the page reads at first.
await journey(async (one) => {
  const { page } = one;
  const sends = `sends-${stamp}`;
  await one.signIn();
  await publish(page, sends, `Sends ${stamp}`, Array.from({ length: 25 }, (_, n) => ({ key: `note${n}`, uses: "log.write", needs: [], with: { message: "sent" } })));
  const { run } = await act(page, "runWorkflow", { workflow: sends, payload: {} }, "run { id }");
  await runIn(page, run.id, "SUCCEEDED");
  await page.goto(pageOf(run));
  const sent = page.getByRole("region", { name: "What it sent" });
  await sent.getByRole("button", { name: "Show more" }).click();
  await page.waitForFunction(() => document.querySelectorAll("[aria-label='What it sent'] li").length === 25);
  await sent.getByRole("button", { name: "Show more" }).waitFor({ state: "detached" });
  await one.accessible();
});
