/** A viewer sees everything of the work, and every act says what the role lacks. */

import { check, journey } from "./common.mjs";

const SLUG = process.env.PORTAL_TENANT;

/** Each of these buttons is switched off and names the permission. */
async function lacks(page, names) {
  for (const name of names) {
    const button = page.getByRole("button", { name, exact: true }).first();
    await button.waitFor();
    check(await button.isDisabled(), `${name} is not switched off`);
    check(/lacks the permission \w+/.test((await button.getAttribute("title")) ?? ""), `${name} does not say why`);
  }
}

await journey(async (one) => {
  const { page } = one;
  await one.signIn(process.env.PORTAL_VIEWER);
  await page.goto(`/portal/${SLUG}/runs?state=failed&workflow=orders`);
  await lacks(page, ["All that match…"]);
  await page.getByRole("list", { name: "Runs", exact: true }).getByRole("link").first().click();
  await lacks(page, ["Retry…", "Retry from here…"]);
  await page.goto(`/portal/${SLUG}/failures`);
  await lacks(page, ["Retry all…", "Resolve…"]);
  await page.goto(`/portal/${SLUG}/events?key=order-big`);
  await page.getByRole("list", { name: "Events", exact: true }).getByRole("link").first().click();
  await lacks(page, ["Replay…"]);
  check((await page.getByRole("button", { name: "Reveal…" }).count()) === 0, "a viewer may reveal payloads");
  await page.goto(`/portal/${SLUG}/breakers`);
  await lacks(page, ["Change…"]);
  await page.goto(`/portal/${SLUG}/webhooks`);
  await lacks(page, ["Add an endpoint…"]);
  await page.goto(`/portal/${SLUG}/settings`);
  await lacks(page, ["Invite"]);
  for (const tab of ["Tokens", "Secrets", "Audit"]) check((await page.getByRole("link", { name: tab, exact: true }).count()) === 0, `a viewer sees ${tab}`);
  await page.goto(`/portal/${SLUG}/settings/tokens`);
  await one.text(/lacks the permission view_tokens/);
  await page.goto(`/portal/${SLUG}/start`);
  await lacks(page, ["Install the example", "Make a token for the command", "Send it from here"]);
  await one.accessible();
});
