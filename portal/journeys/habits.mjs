/** What people do all day: narrow a list, begin with it, search in JSON, send an event, run a workflow. What they choose is remembered. */

import { act, check, journey, publish, sendEvent } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
const stamp = `${Date.now() % 100_000}`;

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn();
    const kind = `habit.${stamp}.${look.scheme}`;
    const schema = {
      type: "object", required: ["customer", "total"],
      properties: { customer: { type: "string", title: "Customer", examples: ["ada@example.com"] }, total: { type: "number", title: "Total" }, tier: { type: "string", enum: ["basic", "vip"] } },
    };
    await act(page, "saveEventType", { name: kind, schema });
    await page.goto(`/portal/${SLUG}/events`);
    await page.getByRole("button", { name: "Send an event…" }).click();
    const dialog = page.getByRole("dialog", { name: "Send an event" });
    await dialog.getByLabel("Type").fill(kind);
    await dialog.getByLabel("Customer (required)").fill("ada@example.com");
    await dialog.getByLabel("Total (required)").fill("twelve");
    await dialog.getByLabel("tier").selectOption("vip");
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await dialog.getByRole("alert").getByText(/^Total is no number\. Write digits/).waitFor();
    await dialog.getByLabel("Total (required)").fill("12");
    await one.accessible();
    await one.shot("send-event");
    await dialog.getByRole("button", { name: "Write JSON" }).click();
    check(JSON.stringify(JSON.parse(await dialog.getByLabel("Payload").inputValue())) === '{"customer":"ada@example.com","total":12,"tier":"vip"}', "the JSON does not follow the form");
    await dialog.getByRole("button", { name: "Show the form" }).click();
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await one.heading(kind);

    // Places of the payload, to copy into a rule.
    const payload = page.getByRole("region", { name: "Payload, redacted", exact: true });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await sendEvent(page, kind, { customer: "ben@example.com", total: 1, items: [{ sku: "lamp" }, { sku: "chair" }] });
    await page.goto(`/portal/${SLUG}/events?type=${kind}`);
    await page.getByRole("list", { name: "Events", exact: true }).getByRole("link").first().click();
    await payload.getByRole("searchbox").fill("CHAIR");
    await payload.getByRole("button", { name: "Copy the path items.1.sku" }).click();
    check((await page.evaluate(() => navigator.clipboard.readText())) === "items.1.sku", "the path is not copied");
    await payload.getByRole("button", { name: "Copy the value at items.1.sku" }).click();
    check((await page.evaluate(() => navigator.clipboard.readText())) === "chair", "the value is not copied");
    await one.accessible();
    await one.shot("json-search");
    await payload.getByRole("searchbox").fill("nowhere");
    await payload.getByText("No place has this text.").waitFor();
  }, look);
}

await journey(async (one) => {
  const { page } = one;
  const list = page.getByRole("list", { name: "Runs", exact: true });
  await one.signIn();
  const hand = `hand-${stamp}`;
  await publish(page, hand, "By hand", [{ key: "note", uses: "log.write", with: { message: "order {{ event.payload.n }}" } }]);
  await page.goto(`/portal/${SLUG}/workflows/${hand}`);
  await page.getByRole("button", { name: "Run…" }).click();
  const dialog = page.getByRole("dialog", { name: "Run By hand" });
  await dialog.getByLabel("Payload of the event").fill('{"n": ');
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Payload of the event").fill('{"n": 4711}');
  await one.accessible();
  await dialog.getByRole("button", { name: "Run it" }).click();
  await page.locator("main header").first().getByText("succeeded", { exact: true }).waitFor();
  await page.goto(`/portal/${SLUG}/workflows/${hand}`);
  await page.getByRole("button", { name: "Run…" }).click();
  await page.waitForFunction(() => document.querySelector("dialog textarea")?.value.includes("4711"));
  await page.keyboard.press("Escape");

  // A rule and a source are chosen by name, or typed.
  await page.goto(`/portal/${SLUG}/runs`);
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  // With keys: a pointer that jumps past the edge of a submenu closes it.
  await page.getByRole("menuitem", { name: "Rule" }).press("ArrowRight");
  await page.getByRole("menu", { name: "Rule" }).locator("[role=menuitem]:focus").waitFor();
  await one.shot("runs-filter");
  await page.getByRole("menuitem", { name: "All orders" }).press("Enter");
  await page.waitForURL(/rule=orders-rule/);
  await list.getByRole("link").first().waitFor();
  await page.getByLabel(/^Key of the event/).fill("source:schedules");
  await page.keyboard.press("Enter");
  await page.waitForURL(/source=schedules/);
  await one.text("No run matches these filters");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("menuitemcheckbox", { name: "Hide scheduled runs" }).click();
  await page.waitForURL(/hide=schedules/);
  await list.getByRole("link").first().waitFor();
  await one.accessible();

  // The navigation opens the list that way from now on.
  await page.getByRole("button", { name: /^Saved views/ }).click();
  await page.getByRole("menuitemcheckbox", { name: "Open the list this way" }).click();
  await page.reload();
  await list.getByRole("link").first().waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await one.heading("Workflows");
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await page.waitForURL(/runs\?hide=schedules/);
  await page.goto("/portal/");
  await page.waitForURL(/runs\?hide=schedules/);

  // So are the narrow navigation and times in UTC.
  await one.heading("Runs");
  await list.getByRole("link").first().waitFor();
  await page.keyboard.press("[");
  await page.getByRole("button", { name: "Widen the navigation" }).waitFor();
  await one.accessible();
  await one.shot("rail-narrow");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitemcheckbox", { name: "Exact times" }).click();
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitemcheckbox", { name: "Times in UTC" }).click();
  await page.reload();
  await page.getByRole("button", { name: "Widen the navigation" }).waitFor();
  await list.getByRole("link").first().waitFor();
  const shown = await list.locator("time").first().innerText();
  check(/UTC/.test(shown), `the time is not in UTC: ${shown}`);
  await one.accessible();
  await page.keyboard.press("[");
  await page.getByRole("button", { name: "Narrow the navigation" }).waitFor();

  // Nothing moves for a person who asked for that.
  await page.emulateMedia({ reducedMotion: "reduce" });
  const spins = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.className = "animate-spin changed";
    return Number.parseFloat(getComputedStyle(probe).animationDuration);
  });
  check((await page.title()) === "Runs · Django Automate", "the tab is not named");
  check(spins < 0.001, `an animation takes ${spins} s in spite of reduced motion`);
});
