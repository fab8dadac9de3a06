/** The shortest way through: sign in, find the run, read it. */

import { check, journey } from "./common.mjs";

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  const row = page.getByRole("list", { name: "Runs", exact: true }).getByRole("link").first();
  await row.waitFor();
  check((await row.innerText()).includes(process.env.PORTAL_TITLE), "the run does not name its workflow");
  await one.accessible();
  await row.click();
  await page.getByRole("region", { name: "Steps" }).waitFor();
  await page.getByRole("button", { name: "Retry…" }).waitFor();
  check((await page.locator("img[src='x']").count()) === 0, "a hostile text has become markup");
});
