/** How a person comes in: by an invitation, with a second factor, by a new password; and how one of two tenants is chosen. */

import { createHmac } from "node:crypto";
import { act, check, journey, mailedBy } from "./common.mjs";

const { PORTAL_TENANT: SLUG, PORTAL_EMPTY_TENANT: OTHER, PORTAL_EMPTY_EMAIL: STRANGER, PORTAL_PASSWORD: PASSWORD } = process.env;
const TESS = `tess-${Date.now() % 100_000}@example.com`;
const FIRST = "five brown owls at noon";
const SECOND = "six white hares at dawn";

/** The code of an authenticator app, by RFC 6238. */
function codeOf(secret, now = Date.now()) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = hash.at(-1) & 15;
  return `${(hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000}`.padStart(6, "0");
}

async function signedOut(page) {
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

async function password(page, text) {
  await page.getByLabel("E-mail address").fill(TESS);
  await page.getByLabel("Password").fill(text);
  await page.getByRole("button", { name: "Sign in" }).click();
}

await journey(async (one) => {
  const { page } = one;
  const invited = async (email, slug) => {
    await one.signIn(email);
    const path = await mailedBy("invitation", () => act(page, "inviteMember", { email: TESS, role: "OPERATOR" }, "", slug));
    await page.context().clearCookies();
    return path;
  };

  // By the link of an invitation, as a new person.
  await page.goto(await invited(undefined, SLUG));
  await page.getByLabel("Your name").fill("Tess Thorn");
  await page.getByLabel(/^Password/).fill(FIRST);
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByText("You are a member.").waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Open the portal" }).click();
  await one.heading("Runs");

  // A second factor, with codes for the day on which the phone is lost.
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await one.heading("Your account");
  const factor = page.getByRole("region", { name: "Second factor" });
  await factor.getByText("Your password alone signs you in.").waitFor();
  await one.accessible();
  await one.shot("account");
  await factor.getByRole("button", { name: "Switch it on…" }).click();
  const dialog = page.getByRole("dialog");
  const secret = (await dialog.locator("code").innerText()).trim();
  check((await dialog.getByRole("link").getAttribute("href")).startsWith("otpauth://totp/"), "no link to the app");
  await dialog.getByRole("img", { name: "QR code with the secret" }).waitFor();
  await one.shot("account-second-factor");
  await dialog.getByLabel("Your password").fill("not the password");
  await dialog.getByLabel("Code of the app").fill(codeOf(secret));
  await dialog.getByRole("button", { name: "Switch the second factor on" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Your password").fill(FIRST);
  await dialog.getByLabel("Code of the app").fill(codeOf(secret));
  await one.accessible();
  await dialog.getByRole("button", { name: "Switch the second factor on" }).click();
  await page.getByRole("dialog", { name: "The second factor is on" }).waitFor();
  const codes = (await page.getByRole("dialog").locator("code").innerText()).trim().split(/\s+/);
  check(codes.length >= 8, `${codes.length} recovery codes`);
  await page.getByRole("button", { name: "I have stored them" }).click();
  await factor.getByText("On.", { exact: true }).waitFor();

  // Sign-in asks for it.
  await signedOut(page);
  await password(page, FIRST);
  const asked = page.getByLabel("Code of your authenticator app, or a recovery code");
  await asked.fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("alert").waitFor();
  await one.accessible();
  await one.shot("sign-in-code");
  await asked.fill(codes[0]);
  await page.getByRole("button", { name: "Confirm" }).click();
  await one.heading("Runs");
  await page.goto(`/portal/${SLUG}/account`);
  await factor.getByText(`Unused recovery codes: ${codes.length - 1}.`).waitFor();
  await factor.getByRole("button", { name: "Switch it off…" }).click();
  await page.getByLabel("Your password").fill(FIRST);
  await page.getByRole("button", { name: "Switch the second factor off" }).click();
  await factor.getByText("Off.", { exact: true }).waitFor();

  // A forgotten password.
  await signedOut(page);
  await page.getByRole("button", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail address").fill(TESS);
  const reset = await mailedBy("reset", async () => {
    await page.getByRole("button", { name: "Send me a link" }).click();
    await one.text(/a mail with a link is on its way/);
  });
  await page.goto(reset);
  await page.getByLabel(/^New password/).fill(SECOND);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("link", { name: "Open the portal" }).click();
  await password(page, FIRST);
  await page.getByRole("alert").waitFor();
  await password(page, SECOND);
  await one.heading("Runs");

  // A new password of one's own choice.
  await page.goto(`/portal/${SLUG}/account`);
  await page.getByLabel("Current password").fill(SECOND);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change the password" }).click();
  await one.text("The password is changed.");
  await page.goto(`/portal/${SLUG}/runs`);
  await one.heading("Runs");

  // A second tenant, by a link that the account opens while it is signed in. Then the switch.
  await page.context().clearCookies();
  const second = await invited(STRANGER, OTHER);
  await page.goto("/portal/");
  await password(page, PASSWORD);
  await one.heading("Runs");
  await page.goto(second);
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("link", { name: "Open the portal" }).click();
  await one.heading("Runs");
  await page.goto(`/portal/${SLUG}/runs`);
  await page.getByRole("list", { name: "Runs", exact: true }).getByRole("link").first().waitFor();
  await page.getByRole("button", { name: /^Tenant .*, switch$/ }).click();
  await page.getByRole("menuitem", { name: /operator/ }).nth(1).waitFor();
  await page.getByRole("menuitem", { name: new RegExp(OTHER, "i") }).click();
  await page.waitForURL(new RegExp(`/portal/${OTHER}/runs`));
  await one.text("No runs yet");
  await one.accessible();
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder(/Search for a page/).fill(SLUG);
  await page.getByRole("option", { name: new RegExp(SLUG, "i") }).first().click();
  await page.waitForURL(new RegExp(`/portal/${SLUG}/runs`));
  await page.goto(`/portal/no-such-tenant/runs`);
  await one.text("There is no such tenant among yours");

  // Signing out everywhere ends this session, too.
  await page.goto(`/portal/${SLUG}/account`);
  await page.getByRole("button", { name: "Sign out everywhere…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}, { tolerates: /status of 4\d\d/ });
