/** Pictures of each view: full, empty and failing, wide and narrow, light and dark. PORTAL_LOOKS names some looks, such as light-wide. */

import { act, check, journey } from "./common.mjs";

const { PORTAL_TENANT: SLUG, PORTAL_EMPTY_TENANT: EMPTY, PORTAL_EMPTY_EMAIL: STRANGER, PORTAL_LOOKS } = process.env;
const LISTS = ["start", "runs", "failures", "failures?state=resolved", "failures?of=effects", "bulk", "approvals", "approvals?show=all", "events", "deliveries", "workflows", "rules", "schedules", "sources", "webhooks", "breakers", "connectors", "recipes", "account"];
const TABS = ["members", "tokens", "secrets", "budgets", "retention", "audit", "export"].map((tab) => `settings/${tab}`);
const PAGES = ["runs?columns=event,rule,source,trace,took", "rules/placed-orders", "rules/~new", "schedules/nightly", "connectors?name=http.request", "recipes?recipe=order-approval",
  ...["graph", "json", "yaml", "edit", "compare", "test", "publish"].map((view) => `workflows/order-flow?view=${view}&version=draft`)];
/** Pages that a list leads to, by its address. */
const FIRSTS = [["run", "runs?state=failed&workflow=order-flow", "Runs"], ["run-graph", "runs?state=failed&workflow=order-flow", "Runs"], ["event", "events?key=order-4711", "Events"], ["delivery", "deliveries", "Rejected"], ["approval", "approvals", "Approvals"], ["bulk-operation", "bulk", "Bulk operations"]];
/** Dialogs, by the button that opens each. */
const DIALOGS = [["failures", "Retry all…"], ["failures", "Resolve…"], ["sources", "Add a source…"], ["webhooks", "Add an endpoint…"], ["settings/tokens", "Create a token…"], ["settings/budgets", "Set a budget…"], ["events", "Send an event…"], ["workflows/order-flow", "Run…"], ["account", "Switch it on…"], ["runs", "Search or act"]];
const LOOKS = [["light", "wide"], ["dark", "wide"], ["light", "narrow"], ["dark", "narrow"]].filter(([scheme, size]) => !PORTAL_LOOKS || PORTAL_LOOKS.split(",").includes(`${scheme}-${size}`));
const named = (path) => path.replaceAll(/[^a-z0-9]+/g, "-");

/** Requests of a page without an answer. */
const open = new Set();
const STEP_MS = 50;
const CALM_MS = 250;
const PATIENCE_MS = 30_000;

function watch(page) {
  open.clear();
  page.on("request", (request) => open.add(request));
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => open.delete(request));
}

/** Waits until nothing is asked, and nothing loads, for a moment. */
async function settled(page) {
  const loading = page.getByRole("status", { name: "Loading" });
  for (let calm = 0, waited = 0; calm < CALM_MS; waited += STEP_MS) {
    check(waited < PATIENCE_MS, "the page still loads");
    await page.waitForTimeout(STEP_MS);
    calm = open.size === 0 && (await loading.count()) === 0 ? calm + STEP_MS : 0;
  }
}

/** Within the page, so that the portal is not loaded again. */
async function show(page, slug, path) {
  await page.evaluate((to) => { history.pushState(null, "", to); dispatchEvent(new PopStateEvent("popstate")); }, `/portal/${slug}/${path}`);
  // A slow machine shows the page before while it prepares the next one.
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 5_000 })));
  await settled(page);
}

let retried = false;
for (const [scheme, size] of LOOKS) {
  await journey(async (one) => {
    const { page } = one;
    watch(page);
    await one.signIn();
    if (!retried) await act(page, "startBulkOperation", { kind: "RETRY", runs: { workflow: "messages" }, rate: 50, ceiling: 100, reason: "billing is back" }, "operation { id }");
    retried = true;
    for (const path of [...LISTS, ...TABS, ...PAGES]) {
      await show(page, SLUG, path);
      await one.shot(`${named(path)}-full`);
    }
    for (const [name, path, list] of FIRSTS) {
      await show(page, SLUG, path);
      const first = page.getByRole("list", { name: list, exact: true }).getByRole("link").first();
      if ((await first.count()) === 0) continue;
      await first.click();
      await settled(page);
      if (name === "run-graph") await page.getByRole("button", { name: "Graph", exact: true }).click().then(() => settled(page));
      await one.shot(`${name}-full`);
      if (name !== "run") continue;
      await page.keyboard.press("r");
      await page.getByRole("dialog").waitFor();
      await settled(page);
      await one.shot("run-retry-full");
      await page.keyboard.press("Escape");
    }
    for (const [path, button] of DIALOGS) {
      await show(page, SLUG, path);
      await page.getByRole("button", { name: button }).first().click();
      await page.getByRole("dialog").waitFor();
      await settled(page);
      await one.shot(`${named(path)}-dialog-${named(button.toLowerCase())}`);
      await page.keyboard.press("Escape");
    }
  }, { scheme, size });
  if ((scheme === "light") !== (size === "wide")) continue;
  await journey(async (one) => {
    const { page } = one;
    watch(page);
    await one.signIn(STRANGER);
    for (const path of [...LISTS, ...TABS]) {
      await show(page, EMPTY, path);
      await one.shot(`${named(path)}-empty`);
    }
    // From here on the API answers nothing but who the person is.
    await page.route("**/t/*/graphql", (route) => (/PortalViewer/.test(route.request().postData() ?? "") ? route.continue() : route.abort()));
    for (const path of [...LISTS, ...TABS]) {
      await show(page, EMPTY, path);
      await one.shot(`${named(path)}-failing`);
    }
  }, { scheme, size, tolerates: /Failed to load resource|WebSocket/ });
}
