/** What all journeys share: Chromium, axe, and that no page breaks its own policy. */

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** PORTAL_PATIENCE_MS: how long a step may take, on a machine that does much else. */
const { PORTAL_BASE: BASE, PORTAL_EMAIL: EMAIL, PORTAL_PASSWORD: PASSWORD, PORTAL_CHROMIUM, PORTAL_SHOTS } = process.env;
export const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

/** Throws with the words, so that the test shows them. */
export function check(truth, words) {
  if (!truth) throw new Error(words);
}

/** Runs the act in a new browser. act: gets a Journey. tolerates: what the browser may report, where the journey breaks something. */
export async function journey(act, { scheme = "light", size = "wide", tolerates = /(?!)/ } = {}) {
  const browser = await chromium.launch({ executablePath: PORTAL_CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  try {
    const context = await browser.newContext({ viewport: SIZES[size], colorScheme: scheme, baseURL: BASE });
    const page = await context.newPage();
    page.setDefaultTimeout(Number(process.env.PORTAL_PATIENCE_MS ?? 10_000));
    const said = [];
    page.on("console", (message) => {
      // Without a session the account's API answers 401, which browsers report.
      if (message.type() === "error" && !/status of 401/.test(message.text()) && !tolerates.test(message.text())) said.push(message.text());
    });
    page.on("pageerror", (error) => said.push(String(error)));
    const one = new Journey(page, `${scheme}-${size}`);
    try {
      await act(one);
    } catch (error) {
      await one.shot("broken").catch(() => undefined);
      const text = await page.locator("body").innerText().catch(() => "");
      throw new Error(`${error.message}\nat ${page.url()}\nThe page says: ${text.slice(0, 1_500)}\n${said.join("\n")}`);
    }
    check(said.length === 0, `the browser reports: ${said.join("\n")}`);
  } finally {
    await browser.close();
  }
}

class Journey {
  constructor(page, look) {
    this.page = page;
    this.look = look;
  }

  /** With PORTAL_EMAIL, or as another person with the same password. */
  async signIn(email = EMAIL) {
    await this.page.goto("/portal/");
    await this.page.getByLabel("E-mail address").fill(email);
    await this.page.getByLabel("Password").fill(PASSWORD);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  }

  heading(name) {
    return this.page.getByRole("heading", { level: 1, name }).waitFor();
  }

  text(text) {
    return this.page.getByText(text).first().waitFor();
  }

  /** Axe's rules for WCAG 2.2 AA. */
  async accessible() {
    await this.page.waitForTimeout(1_300); // a highlighted row fades, and axe would measure its contrast meanwhile
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(() =>
      axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
    );
    const told = found.violations.map((one) => `${one.id}: ${one.help}\n  ${one.nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join("\n  ")}`);
    check(told.length === 0, told.join("\n"));
  }

  /** A picture, where PORTAL_SHOTS names a folder. */
  async shot(name) {
    if (!PORTAL_SHOTS) return;
    mkdirSync(PORTAL_SHOTS, { recursive: true });
    await this.page.screenshot({ path: `${PORTAL_SHOTS}/${name}-${this.look}.png` });
  }
}

/** A new event through the API, with the session of the page. */
export async function sendEvent(page, type, payload) {
  const answer = await page.evaluate(
    async ([slug, type, payload]) => {
      const token = document.cookie.match(/automate_csrf=([^;]+)/)[1];
      const query = "mutation($i: IngestEventInput!) { ingestEvent(input: $i) { outcome errors { message } } }";
      const init = { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token } };
      const body = JSON.stringify({ query, variables: { i: { type, payload } } });
      return (await fetch(`/t/${slug}/graphql`, { ...init, body })).json();
    },
    [process.env.PORTAL_TENANT, type, payload],
  );
  check(answer.data?.ingestEvent.outcome === "NEW", JSON.stringify(answer));
}
