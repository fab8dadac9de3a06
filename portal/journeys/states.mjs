/** Every page when it is empty, when it loads and when the API fails; and the keyboard alone. */

import { check, eventually, inPalette, journey } from "./common.mjs";

const { PORTAL_EMPTY_TENANT: EMPTY, PORTAL_EMPTY_EMAIL: STRANGER, PORTAL_TENANT: SLUG } = process.env;
const TABS = ["members", "tokens", "secrets", "budgets", "retention", "audit"].map((tab) => `settings/${tab}`);
/** What a page says while it is empty, and what fills it: a link or a button, where there is one. */
const EMPTIES = {
  runs: ["No runs yet", "link", /^Start here/], failures: ["Nothing has failed"], "failures?state=resolved": ["Nothing is resolved"], "failures?of=jobs": ["Nothing has failed"],
  "failures?of=effects": ["No effect waits for a decision"], bulk: ["No bulk operations"], approvals: ["Nothing waits for a decision", "button", "Show all approvals"], "approvals?show=all": ["No approvals yet"],
  events: ["No events yet", "button", "Copy the command"], deliveries: ["No delivery was rejected"], workflows: ["No workflows yet", "link", /recipe|Start here/i], rules: ["No rules yet", "button", "Add your first rule"],
  schedules: ["No schedules yet", "link", "Choose a recipe"], webhooks: ["No endpoints yet", "button", "Add your first endpoint…"], breakers: ["No calls have been counted"],
};
const LEAST_WORDS = 8;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const MESSAGE = "The database is away. Try again in a minute.";
const AWAY = JSON.stringify({ data: null, errors: [{ message: MESSAGE, extensions: { code: "UNAVAILABLE", trace_id: TRACE } }] });
const isViewer = (request) => /PortalViewer/.test(request.postData() ?? "");

for (const look of [{ scheme: "light" }, { scheme: "dark", size: "narrow" }]) {
  await journey(async (one) => {
    const { page } = one;
    await one.signIn(STRANGER);
    for (const [path, [title, role, name]] of Object.entries(EMPTIES)) {
      await page.goto(`/portal/${EMPTY}/${path}`);
      await page.getByRole("heading", { level: 2, name: title }).waitFor();
      const words = await page.getByRole("heading", { level: 2, name: title }).locator("xpath=following-sibling::*").innerText();
      check(words.split(/\s+/).length >= LEAST_WORDS, `${path} teaches nothing: ${words}`);
      if (role) await page.getByRole("main").getByRole(role, { name }).first().waitFor();
      await one.accessible();
    }
    await page.goto(`/portal/${EMPTY}/events`);
    await one.text("Waiting for your first event…");
  }, look);
}

// An error of the API shows with its message, its code and its trace id, and a button that asks again.
const PLACES = [
  "start", "runs", "failures", "failures?of=effects", "bulk", "approvals", "events", "deliveries", "workflows", "rules", "schedules", "sources", "webhooks", "breakers", "connectors", "recipes", ...TABS,
  "runs/x", "bulk/x", "events/x", "deliveries/x", "approvals/x", "workflows/x", "rules/x", "schedules/x",
];
await journey(async (one) => {
  const { page } = one;
  await one.signIn(STRANGER);
  await page.route("**/t/*/graphql", (route) => (isViewer(route.request()) ? route.continue() : route.fulfill({ contentType: "application/json", body: AWAY })));
  for (const path of PLACES) {
    await page.goto(`/portal/${EMPTY}/${path}`);
    const alert = page.getByRole("main").getByRole("alert").first();
    await alert.getByText(MESSAGE).waitFor();
    await alert.getByText("UNAVAILABLE").waitFor();
    await alert.getByTitle(TRACE).waitFor();
    await alert.getByRole("button", { name: "Copy the trace id" }).waitFor();
    await alert.getByRole("button", { name: "Try again" }).waitFor();
  }
  await one.accessible();
  await page.goto(`/portal/${EMPTY}/runs`);
  await page.getByRole("button", { name: "Try again" }).waitFor();
  await page.unroute("**/t/*/graphql");
  await page.getByRole("button", { name: "Try again" }).click();
  await one.text("No runs yet");

  // While an answer is late the frame of the page stands, and grey lines say that content loads.
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  await page.route("**/t/*/graphql", async (route) => {
    if (!isViewer(route.request())) await opened;
    await route.continue();
  });
  await page.reload();
  await page.getByRole("status", { name: "Loading" }).first().waitFor();
  check(await page.getByRole("heading", { level: 1, name: "Runs" }).isVisible(), "a loading page has no heading");
  check(await page.getByRole("link", { name: "Failures", exact: true }).first().isVisible(), "a loading page has no navigation");
  await one.accessible();
  open();
  await one.text("No runs yet");
  await page.unroute("**/t/*/graphql");

  // Before the tenant is known there is no page: its error has a way on, too.
  await page.route("**/t/*/graphql", (route) => route.fulfill({ contentType: "application/json", body: AWAY }));
  await page.reload();
  await page.getByRole("heading", { name: "The tenant cannot be shown" }).waitFor();
  await page.getByRole("alert").getByText(MESSAGE).waitFor();
  await one.accessible();
  await page.unroute("**/t/*/graphql");
  await page.getByRole("button", { name: "Try again" }).click();
  await one.text("No runs yet");

  // A part of the portal that the server no longer has.
  await page.route(/\.js$/, (route) => route.abort());
  for (const key of "gs") await page.keyboard.press(key);
  await page.getByRole("alert").getByText(/^This view was not loaded/).waitFor();
  await one.accessible();
  await page.unroute(/\.js$/);
  await page.getByRole("button", { name: "Try again" }).click();
  await one.heading("Settings");
}, { scheme: "dark", tolerates: /Failed to load resource|dynamically imported module/ });

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const rows = page.getByRole("list", { name: "Runs", exact: true }).getByRole("link");
  await rows.nth(2).waitFor();
  // What has the focus is seen to have it.
  for (let n = 0; n < 25; n += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return { shown: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2, html: document.activeElement.outerHTML.slice(0, 120) };
    });
    check(seen.shown, `the focus is not seen on ${seen.html}`);
  }
  await page.reload();
  await rows.nth(2).waitFor();
  await page.keyboard.press("Tab");
  check((await page.evaluate(() => document.activeElement.textContent)) === "Skip to content", "the first stop is not the link to the content");

  // j and k move, Enter opens, Escape leaves a field.
  const at = () => page.evaluate(() => [...document.querySelectorAll("[data-row]")].indexOf(document.activeElement));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  check((await at()) === 0, "j, j, k does not lead to the first row");
  await page.keyboard.press("/");
  await eventually(() => page.evaluate(() => document.activeElement.matches("[data-search]")), "/ does not lead to the search");
  await page.keyboard.type("jk");
  await eventually(async () => (await page.locator("[data-search]").inputValue()) === "jk", "keys act while a person types");
  await page.keyboard.press("Escape");
  check(await page.evaluate(() => document.activeElement === document.body), "Escape does not leave the search");

  // Each place has its key, which the navigation, the palette and the list of keys name.
  const places = await page.getByRole("navigation", { name: "Main" }).first().getByRole("link").evaluateAll((links) => links.map((link) => /^(.*) \((g \w)\)$/.exec(link.title).slice(1)));
  check(places.length === 12, `${places.length} places`);
  for (const [title, keys] of places) {
    for (const key of keys.split(" ")) await page.keyboard.press(key);
    await one.heading(title);
  }
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  for (const [, keys] of places) await help.getByText(keys, { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Command palette" });
  for (const [title, keys] of places) await palette.getByRole("option", { name: `${title} ${keys}` }).waitFor();
  await one.accessible();
  await page.keyboard.press("Escape");
  await palette.waitFor({ state: "detached" });
  await inPalette(one, "dark", "Dark theme");
  await eventually(() => page.evaluate(() => document.documentElement.dataset.theme === "dark"), "the palette does not change the theme");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.keyboard.press("c");
  await page.waitForFunction(() => navigator.clipboard.readText().then((text) => text === location.href));
  await page.getByRole("status").getByText("Link copied").waitFor();
  await inPalette(one, "secrets", "Settings: Secrets");
  await one.heading("Settings");

  // Esc leads back to the list that led to an object, with its filters; from a link, to the list of such objects.
  await page.goto(`/portal/${SLUG}/runs?state=failed`);
  await rows.first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "What happened" }).waitFor();
  const address = page.url();
  await page.keyboard.press("Control+k");
  await palette.getByRole("option", { name: "Retry this run r" }).click();
  const retry = page.getByRole("dialog", { name: "Retry this run" });
  await retry.getByRole("region", { name: "Plan" }).waitFor();
  await page.keyboard.press("Escape");
  await retry.waitFor({ state: "detached" });
  check(page.url() === address, "Escape leaves the page with its dialog");
  await page.keyboard.press("Escape");
  await page.waitForURL(/\/runs\?state=failed$/);
  await page.goto(address);
  await page.getByRole("region", { name: "What happened" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(/\/runs$/);
});

// Over http, browsers give a page no clipboard.
await journey(async (one) => {
  const { page } = one;
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined }));
  await one.signIn();
  await page.keyboard.press("c");
  await page.getByRole("status").getByText("Link copied").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.press("Control+v");
  await eventually(async () => (await page.locator("[data-search]").inputValue()) === page.url(), "the link is not in the clipboard");
}, { size: "narrow" });
