/** Sign in with a wrong and with the right password, switch theme and tenant menu, find the palette and the keys, sign out. */

import { check, eventually, inPalette, journey } from "./common.mjs";

await journey(async (one) => {
  const { page } = one;
  await page.goto("/portal/");
  await page.getByLabel("E-mail address").fill(process.env.PORTAL_EMAIL);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click().catch(() => undefined);
  await page.getByRole("alert").waitFor();
  await one.accessible();
  await one.shot("sign-in");
}).catch((error) => {
  // The refusal itself is an answer with status 400, which browsers report as an error.
  if (!/^the browser reports: Failed to load resource: the server responded with a status of 400/.test(error.message)) throw error;
});

await journey(async (one) => {
  const { page } = one;
  await one.signIn();
  await one.accessible();
  await inPalette(one, "work", "Workflows");
  await one.heading("Workflows");
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await one.heading("Events");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await eventually(() => page.evaluate(() => document.documentElement.dataset.theme === "dark"), "the theme is not dark");
  await page.reload();
  await one.heading("Events");
  check((await page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "the theme is forgotten");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});
