/** No page is wider than its window, at 390 and at 1280 pixels. The address of each object leads to it. */

import { check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;
const TABS = ["members", "tokens", "secrets", "budgets", "retention", "audit", "export"].map((tab) => `settings/${tab}`);
/** A page shows that it loads after 150 ms. */
const SETTLES_MS = 250;
const FULL = ["runs", "failures", "failures?state=resolved", "failures?of=jobs", "failures?of=effects", "bulk", "approvals", "events", "deliveries", "workflows", "rules", "schedules", "webhooks", "breakers", "start", "sources", "connectors", "recipes", "account", ...TABS, "rules/orders-rule", "rules/new", "schedules/nightly",
  ...["graph", "json", "yaml", "edit", "compare", "test", "publish"].map((view) => `workflows/orders?view=${view}`)];
for (const size of ["narrow", "wide"]) {
  await journey(async (one) => {
    const { page } = one;
    const fits = async (path) => {
      await page.waitForTimeout(SETTLES_MS);
      await page.getByRole("status", { name: "Loading" }).first().waitFor({ state: "detached" });
      const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: innerWidth }));
      check(wide <= room, `${path} is ${wide} pixels wide, in a window of ${room}`);
    };
    await one.signIn();
    for (const path of FULL) {
      await page.goto(`/portal/${SLUG}/${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await fits(path);
    }
    for (const [path, list] of [["runs", "Runs"], ["events", "Events"], ["deliveries", "Rejected"], ["approvals?show=all", "Approvals"]]) {
      await page.goto(`/portal/${SLUG}/${path}`);
      const first = page.getByRole("list", { name: list, exact: true }).getByRole("link").first();
      const href = await first.getAttribute("href");
      await first.click();
      await page.waitForURL((url) => url.pathname === href);
      // The address alone leads to the same page.
      await page.goto(href);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await fits(href);
    }
    if (size === "narrow") {
      await page.getByRole("button", { name: "More", exact: true }).click();
      await page.getByRole("menuitem", { name: "Schedules" }).click();
      await one.heading("Schedules");
    }
  }, { size });
}
