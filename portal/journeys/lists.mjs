/** The list of runs: each filter finds its runs and no others, pages follow one another, and views are one's own or shared. */

import { act, ask, check, eventually, journey, listed, publish, runIn } from "./common.mjs";

const { PORTAL_TENANT: SLUG, PORTAL_VIEWER: VIEWER } = process.env;
const stamp = `${Date.now() % 100_000}`;
const MANY = 60;
const OPEN = "query($first: Int!, $filter: RunFilter) { runs(first: $first, filter: $filter) { edges { node { id state } } } }";
const list = (page) => page.getByRole("list", { name: "Runs", exact: true });
const rowOf = (page, id) => page.locator(`main [data-row][data-id="${id}"]`);

/** The id of the run that the event started, once it has ended. */
async function runOf(page, event, state) {
  let run;
  await eventually(async () => {
    const { data } = await ask(page, "query($id: ID!) { event(id: $id) { runs(first: 1) { edges { node { id } } } } }", { id: event });
    run = data.event.runs.edges[0]?.node;
    return run !== undefined;
  }, "the event starts no run");
  return runIn(page, run.id, state, "createdAt traceId");
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const [good, bad] = [`good-${stamp}`, `bad-${stamp}`];
  await publish(page, good, `Good ${stamp}`, [{ key: "note", uses: "log.write", with: { message: "ok" } }]);
  await publish(page, bad, `Bad ${stamp}`, [{ key: "fail", uses: "flow.fail", with: { message: `broken ${stamp}` } }]);
  await act(page, "saveEventType", { name: `bad.${stamp}`, searchKeys: [{ name: "order", expression: "payload.order" }] });
  const started = {};
  for (const [slug, kind] of [[good, `good.${stamp}`], [bad, `bad.${stamp}`]]) {
    await act(page, "saveRule", { slug, name: `Rule ${slug}`, workflow: slug, when: { "==": [{ var: "type" }, kind] } });
    const { event } = await act(page, "ingestEvent", { type: kind, payload: { order: `A-${stamp}` }, idempotencyKey: `key-${slug}` }, "event { id }");
    started[slug] = { ...(await runOf(page, event.id, slug === good ? "SUCCEEDED" : "FAILED")), event: event.id };
  }
  const { run: byHand } = await act(page, "runWorkflow", { workflow: good, payload: {} }, "run { id }");
  await runIn(page, byHand.id, "SUCCEEDED");
  const { [good]: fine, [bad]: failed } = started;
  const until = new Date(Date.parse(failed.createdAt) + 1).toISOString();

  // Each filter of the address: a run that it finds, and one that it leaves out.
  for (const [search, found, left] of [
    [{ state: "failed" }, failed, fine],
    [{ state: "succeeded,running", workflow: good }, fine, failed],
    [{ workflow: bad }, failed, fine],
    [{ rule: bad }, failed, fine],
    [{ source: "manual" }, byHand, fine],
    [{ source: "api", workflow: good }, fine, byHand],
    [{ hide: "manual", workflow: good }, fine, byHand],
    [{ since: "1h", workflow: bad }, failed, fine],
    [{ from: failed.createdAt, to: until }, failed, byHand],
    [{ trace: failed.traceId }, failed, fine],
    [{ event: failed.event }, failed, fine],
    [{ key: `key-${bad}` }, failed, fine],
    [{ error: "FAILED_ON_PURPOSE" }, failed, fine],
    [{ business: `order=A-${stamp}` }, failed, fine],
  ]) {
    const path = `/portal/${SLUG}/runs?${new URLSearchParams(search)}`;
    await page.goto(path);
    await rowOf(page, found.id).waitFor();
    check((await rowOf(page, left.id).count()) === 0, `${path} shows a run of another kind`);
  }

  // What is pasted into the search is recognised.
  const search = page.getByLabel(/^Key of the event/);
  for (const [typed, name] of [[failed.traceId, "trace"], [`key-${bad}`, "key"], ["FAILED_ON_PURPOSE", "error"], [`order=A-${stamp}`, "business"], [`event:${failed.event}`, "event"]]) {
    await page.goto(`/portal/${SLUG}/runs`);
    await listed(page, 1);
    await page.keyboard.press("/");
    await page.waitForFunction(() => document.activeElement?.matches("[data-search]"));
    await search.fill(typed);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.searchParams.get(name) === typed.replace("event:", ""));
    await rowOf(page, failed.id).waitFor();
    await page.getByRole("button", { name: `Remove the filter ${name}` }).waitFor();
  }
  await one.accessible();
  await page.getByRole("button", { name: /^States:/ }).click();
  await page.getByRole("menuitemcheckbox", { name: "cancelled" }).click();
  await page.waitForURL(/state=cancelled/);
  await page.keyboard.press("Escape");
  await one.text("No run matches these filters");
  await page.getByLabel("Workflow", { exact: true }).selectOption({ label: `Good ${stamp}` });
  await page.waitForURL(new RegExp(`workflow=${good}`));

  // More runs than a page has: the list reads on, and shows each of them once.
  for (let done = 0; done < MANY; done += 10) await Promise.all(Array.from({ length: 10 }, (_, n) => act(page, "runWorkflow", { workflow: good, payload: { n: done + n } })));
  const asked = [];
  page.on("request", (request) => {
    const sent = request.postDataJSON();
    if (sent?.operationName === "PortalRuns" && sent.variables.filter?.workflow === good) asked.push(sent.variables.after ?? null);
  });
  await page.goto(`/portal/${SLUG}/runs?workflow=${good}`);
  await listed(page, 10);
  const seen = new Set();
  const scroll = page.locator("main [aria-busy]");
  await eventually(async () => {
    for (const id of await page.locator("main [data-row]").evaluateAll((rows) => rows.map((row) => row.dataset.id))) seen.add(id);
    await scroll.evaluate((element) => element.scrollBy(0, 300));
    return seen.size >= MANY + 2;
  }, `not all ${MANY + 2} runs were shown`);
  check(seen.size === MANY + 2, `${seen.size} instead of ${MANY + 2} runs were shown`);
  check(asked.some((after) => after !== null), "no page was read after a cursor");
  await one.text("That is all.");
  const { data } = await ask(page, OPEN, { first: 100, filter: { workflow: good } });
  check(data.runs.edges.every(({ node }) => seen.has(node.id)), "the list has shown other runs");
});

await journey(async (one) => {
  const { page } = one;
  const save = async (name, shared) => {
    await page.getByRole("button", { name: /^Saved views/ }).click();
    await page.getByRole("menuitem", { name: "Save these filters…" }).click();
    await page.getByLabel("Name of the view").fill(name);
    if (shared) await page.getByLabel("Show it to all members").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: `Saved views: ${name}` }).waitFor();
  };
  await one.signIn();
  await page.goto(`/portal/${SLUG}/runs?state=failed&since=1h`);
  await save(`Mine ${stamp}`, false);
  await page.goto(`/portal/${SLUG}/runs?state=timed_out&columns=event,trace`);
  await save(`Ours ${stamp}`, true);
});

await journey(async (one) => {
  const { page } = one;
  await one.signIn(VIEWER);
  await page.goto(`/portal/${SLUG}/runs?state=paused`);
  await list(page).or(page.getByText("No run matches these filters")).first().waitFor();
  await page.getByRole("button", { name: /^Saved views/ }).click();
  await page.getByRole("menuitem", { name: `Ours ${stamp}` }).waitFor();
  check((await page.getByRole("menuitem", { name: `Mine ${stamp}` }).count()) === 0, "a view of one person shows to another");
  await one.accessible();
  await page.getByRole("menuitem", { name: "Save these filters…" }).click();
  check(await page.getByLabel("Show it to all members").isDisabled(), "a viewer may share views");
  await page.getByLabel("Name of the view").fill(`Hers ${stamp}`);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: `Saved views: Hers ${stamp}` }).click();
  await page.getByRole("menuitem", { name: `Ours ${stamp}` }).click();
  await page.waitForURL(/state=timed_out.*columns=/);
  await page.getByRole("button", { name: `Saved views: Ours ${stamp}` }).click();
  check((await page.getByRole("menuitem", { name: /^Remove/ }).getAttribute("aria-disabled")) === "true", "a viewer may remove the view of all");
}, { scheme: "dark" });

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await page.goto(`/portal/${SLUG}/runs?state=timed_out&columns=event%2Ctrace`);
  await page.getByRole("button", { name: `Saved views: Ours ${stamp}` }).click();
  check((await page.getByRole("menuitem", { name: `Hers ${stamp}` }).count()) === 0, "a view of one person shows to another");
  await page.getByRole("menuitem", { name: `Remove “Ours ${stamp}”` }).click();
  await page.getByRole("button", { name: "Saved views: Views" }).waitFor();
}, { size: "narrow" });
