/** The graph of a workflow's version, its text, a change of the draft with its difference, a test, the publish and the way back. */

import { act, check, eventually, journey, publish } from "./common.mjs";

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

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  for (const n of [1, 2]) await act(page, "ingestEvent", { type: "test.sample", payload: { n }, idempotencyKey: `sample-${n}-${Date.now()}` });
  await page.goto(`/portal/${SLUG}/workflows/refunds?view=edit`);
  const text = page.getByLabel("Definition of the draft");
  const before = JSON.parse(await text.inputValue());
  await text.fill(JSON.stringify({ ...before, steps: [...before.steps, { key: "tell", uses: "no.such" }] }, null, 2));
  await page.getByRole("list", { name: "Problems" }).getByText(/^line \d+:/).first().waitFor();
  await one.accessible();
  await one.shot("workflow-edit");
  await page.reload();
  await eventually(async () => (await text.inputValue()).includes("no.such"), "what was typed is lost by a reload");
  await text.fill(JSON.stringify({ ...before, steps: [...before.steps, { key: "tell", uses: "log.write", with: { message: "refunded" } }] }, null, 2));
  await one.text("It could be published as it is.");
  await page.getByRole("button", { name: "Save the draft" }).click();
  await page.getByRole("button", { name: "Undo changes" }).waitFor({ state: "detached" });

  await page.goto(`/portal/${SLUG}/workflows/refunds?view=compare&version=draft`);
  await page.getByRole("region", { name: "tell", exact: true }).getByText("new", { exact: true }).waitFor();
  await page.locator(".react-flow__node").filter({ hasText: "new" }).waitFor();
  await one.accessible();
  await one.shot("workflow-compare");

  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByRole("button", { name: "Test with mocked calls" }).click();
  await one.text(/No call was sent/);
  await page.getByRole("region", { name: "Steps", exact: true }).getByRole("button", { name: "tell", exact: true }).waitFor();
  await one.accessible();
  await one.shot("workflow-test");
  // The result belongs to its event: it goes when another event is chosen, also while the answer is on its way.
  const event = page.getByLabel("Test on a stored event");
  const [, other, third] = await event.locator("option").evaluateAll((options) => options.map(({ value }) => value));
  await event.selectOption(other);
  await page.getByText(/No call was sent/).waitFor({ state: "detached" });
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  const late = async (route) => {
    if (/PortalTestWorkflow/.test(route.request().postData() ?? "")) await answered;
    await route.continue();
  };
  await page.route(/\/graphql$/, late);
  const test = page.getByRole("button", { name: "Test with mocked calls" });
  const done = page.waitForResponse((response) => /PortalTestWorkflow/.test(response.request().postData() ?? ""));
  await test.click();
  await event.selectOption(third);
  answer();
  await done;
  await page.unroute(/\/graphql$/, late);
  await page.waitForFunction(() => ![...document.querySelectorAll("main button")].find((one) => one.textContent === "Test with mocked calls").disabled);
  check((await page.getByText(/No call was sent/).count()) === 0, "the result of another event shows");
  await page.getByRole("button", { name: "Test for real…" }).click();
  await page.getByRole("button", { name: "Run it for real" }).click();
  await page.getByRole("link", { name: "see the run" }).waitFor();

  await page.getByRole("button", { name: "Publish", exact: true }).click();
  const list = page.getByRole("region", { name: "Before you publish the draft" });
  await list.getByRole("listitem").first().waitFor();
  await one.accessible();
  await one.shot("workflow-publish");
  await page.getByRole("button", { name: "Publish the draft" }).click();
  await one.text(/^Published as v2/);
  await page.getByRole("region", { name: "Versions" }).getByRole("button", { name: "Roll back…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await one.text(/^v3 has the content of v1/);
  await page.getByRole("button", { name: "YAML", exact: true }).click();
  await page.getByRole("region", { name: "Definition as YAML", exact: true }).getByText("uses: flow.approval").waitFor();
  await one.accessible();
  await one.shot("workflow-yaml");
});

for (const look of [{ scheme: "dark" }, { scheme: "light", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    const slug = `paused-${look.scheme}-${Date.now() % 100_000}`;
    await one.signIn();
    await publish(page, slug, `Paused ${slug}`, [{ key: "note", uses: "log.write", with: { message: "ok" } }]);
    await page.goto(`/portal/${SLUG}/workflows/${slug}`);
    const state = (word) => page.locator("main header").first().getByText(word, { exact: true }).waitFor();
    await state("on");
    await page.getByRole("button", { name: "Pause…" }).click();
    await page.getByRole("radio", { name: "They start nothing" }).check();
    await page.getByLabel("Reason").fill("a journey");
    await one.accessible();
    await one.shot("workflow-pause");
    await page.getByRole("button", { name: "Pause the workflow" }).click();
    await state("paused");
    await one.accessible();
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await state("on");
  }, look);
}
