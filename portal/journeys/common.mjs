/** What all journeys share: Chromium, axe, and that no page breaks its own policy. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { PORTAL_BASE: BASE, PORTAL_EMAIL: EMAIL, PORTAL_PASSWORD: PASSWORD, PORTAL_CHROMIUM, PORTAL_SHOTS } = process.env;
export const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

/** Throws with the words, so that the test shows them. */
export function check(truth, words) {
  if (!truth) throw new Error(words);
}

/** How long a step may take, on a machine that does much else. */
const PATIENCE_MS = Number(process.env.PORTAL_PATIENCE_MS ?? 30_000);

/** Waits until the act gives true. For what a page shows a moment after the act that is awaited. */
export async function eventually(act, words) {
  for (const until = Date.now() + PATIENCE_MS; !(await act()); await new Promise((done) => setTimeout(done, 50))) check(Date.now() < until, words);
}

/** One browser for the journeys of a script that follow each other. */
let launched;
let active = 0;
/** After so long without a journey the browser ends, so that the script can end. */
const IDLE_MS = 100;
/** Cookies of people who have signed in by the form, by their address. */
const sessions = new Map();

/** Runs the act in a new context of the browser. act: gets a Journey. tolerates: what the browser may report, where the journey breaks something. */
export async function journey(act, { scheme = "light", size = "wide", tolerates = /(?!)/ } = {}) {
  active += 1;
  launched ??= chromium.launch({ executablePath: PORTAL_CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const browser = await launched;
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: scheme, baseURL: BASE });
  const begun = Date.now();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const said = [];
    page.on("console", (message) => {
      // Browsers report answers of the account's API that are no errors: 401 without a session, and 404 with the offer of a second factor.
      const answered = /status of 401/.test(message.text()) || message.location().url.endsWith("/authenticators/totp");
      if (message.type() === "error" && !answered && !tolerates.test(message.text())) said.push(message.text());
    });
    page.on("pageerror", (error) => said.push(String(error)));
    const one = new Journey(page, `${scheme}-${size}`);
    try {
      await act(one);
    } catch (error) {
      await one.shot("broken").catch(() => undefined);
      const text = await page.locator("body").innerText().catch(() => "");
      throw new Error(`${error.message}\nat ${page.url()}\nThe page says: ${text.slice(0, 4_000)}\n${said.join("\n")}`);
    }
    check(said.length === 0, `the browser reports: ${said.join("\n")}`);
    console.log(`${one.look}: ${((Date.now() - begun) / 1_000).toFixed(1)} s`);
  } finally {
    await context.close();
    active -= 1;
    setTimeout(() => {
      if (active > 0 || launched === undefined) return;
      launched = undefined;
      void browser.close();
    }, IDLE_MS);
  }
}

class Journey {
  constructor(page, look) {
    this.page = page;
    this.look = look;
  }

  /** With PORTAL_EMAIL, or as another person with the same password: by the form, or with the session of an earlier journey. */
  async signIn(email = EMAIL) {
    const session = sessions.get(email);
    if (session) await this.page.context().addCookies(session);
    await this.page.goto("/portal/");
    if (!session) {
      await this.page.getByLabel("E-mail address").fill(email);
      await this.page.getByLabel("Password").fill(PASSWORD);
      await this.page.getByRole("button", { name: "Sign in" }).click();
    }
    await this.heading(/^(Runs|Start here)$/);
    sessions.set(email, await this.page.context().cookies());
  }

  heading(name) {
    return this.page.getByRole("heading", { level: 1, name }).waitFor();
  }

  text(text) {
    return this.page.getByText(text).first().waitFor();
  }

  /** Axe's rules for WCAG 2.2 AA. */
  async accessible() {
    // A highlighted row fades, and axe would measure its contrast meanwhile. Reduced motion ends what moves.
    await this.page.emulateMedia({ reducedMotion: "reduce" });
    if (!(await this.page.evaluate(() => "axe" in globalThis))) await this.page.evaluate(AXE);
    // A button that a fetch disables for a moment is measured while it changes. A fault that stays is found again.
    let told = await this.faults();
    for (const until = Date.now() + 3_000; told.length && Date.now() < until; ) told = await this.faults();
    await this.page.emulateMedia({ reducedMotion: null });
    check(told.length === 0, told.join("\n"));
  }

  async faults() {
    const found = await this.page.evaluate(async () => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      return axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] });
    });
    return found.violations.map((one) => `${one.id}: ${one.help}\n  ${one.nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join("\n  ")}`);
  }

  /** A picture, where PORTAL_SHOTS names a folder. */
  async shot(name) {
    if (!PORTAL_SHOTS) return;
    mkdirSync(PORTAL_SHOTS, { recursive: true });
    await this.page.screenshot({ path: `${PORTAL_SHOTS}/${name}-${this.look}.png` });
  }
}

/** The API's answer, with the session of the page. */
export function ask(page, query, variables, slug = process.env.PORTAL_TENANT) {
  return page.evaluate(
    async ([slug, query, variables]) => {
      const token = document.cookie.match(/automate_csrf=([^;]+)/)[1];
      const init = { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token } };
      return (await fetch(`/t/${slug}/graphql`, { ...init, body: JSON.stringify({ query, variables }) })).json();
    },
    [slug, query, variables],
  );
}

/** A mutation that must succeed, with the session of the page. fields: of its answer. */
export async function act(page, name, input, fields = "", slug = process.env.PORTAL_TENANT) {
  const query = `mutation($i: ${name[0].toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $i) { ${fields} errors { code message } } }`;
  const answer = await ask(page, query, { i: input }, slug);
  check(answer.data?.[name]?.errors.length === 0, `${name}: ${JSON.stringify(answer)}`);
  return answer.data[name];
}

/** A workflow of these steps, published. */
export async function publish(page, slug, name, steps) {
  await act(page, "saveWorkflow", { slug, name, definition: { schema: 1, steps } });
  await act(page, "publishWorkflow", { workflow: slug });
}

/** Opens the command palette, types, and takes the option that is chosen then, which has these words. */
export async function inPalette(one, text, option) {
  const { page } = one;
  const palette = page.getByRole("dialog", { name: "Command palette" });
  await page.keyboard.press("Control+k");
  await palette.locator("[role=combobox]:focus").waitFor();
  await page.keyboard.type(text);
  await palette.locator("[role=option][aria-selected=true]").filter({ hasText: option }).waitFor();
  await one.shot("palette");
  await page.keyboard.press("Enter");
}

/** The id of a new run of the workflow, once it has failed. No other journey retries it. */
export async function failedRun(page, workflow) {
  const { run } = await act(page, "runWorkflow", { workflow, payload: { n: 3 } }, "run { id }");
  return (await runIn(page, run.id, "FAILED")).id;
}

/** A new event through the API, with the session of the page. */
export async function sendEvent(page, type, payload) {
  const { outcome } = await act(page, "ingestEvent", { type, payload }, "outcome");
  check(outcome === "NEW", outcome);
}

/** Waits until the run is in the state; gives the answer's run with these fields. */
export async function runIn(page, id, state, fields = "") {
  let run;
  await eventually(async () => {
    ({ data: { run } } = await ask(page, `query($id: ID!) { run(id: $id) { id state ${fields} } }`, { id }));
    return run.state === state;
  }, `the run ${id} is not ${state}`);
  return run;
}

/** A port on which nothing listens. A host and port of its own has a breaker of its own. */
export async function closedPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a shell says to a command, as a person pastes it there. */
export function inShell(command) {
  return execFileSync("sh", ["-c", command], { encoding: "utf8" });
}

/** Sends events until the badge of new runs shows, which it returns. The feed's socket may still be opening. */
export async function sendUntilNew(page, type, payload) {
  const badge = page.getByRole("button", { name: /^\d+ new$/ });
  for (let tries = 0; tries < 10; tries += 1) {
    await sendEvent(page, type, payload);
    if (await badge.waitFor({ timeout: 3_000 }).then(() => true, () => false)) return badge;
  }
  throw new Error("the badge of new runs does not show");
}

/** Waits until the list of runs has so many rows. New ones come when the badge is pressed. */
export function listed(page, count) {
  return page.waitForFunction((count) => {
    [...document.querySelectorAll("main header [role=status] button")].forEach((badge) => badge.click());
    return document.querySelectorAll("main [data-row]").length >= count;
  }, count, { polling: 300 });
}

const LINKS = { invitation: /\/account\/invitations\/([A-Za-z0-9_-]+)/g, reset: /\/account\/reset-password\?key=([A-Za-z0-9:_-]+)/g };

/** The paths of links in the mails that processes have printed, the newest last. kind: "invitation" or "reset". */
export function mailed(kind) {
  const folder = `${process.env.PORTAL_HOME}/log`;
  const logs = readdirSync(folder).filter((name) => name.endsWith(".log")).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
  return logs.flatMap((text) => [...text.matchAll(LINKS[kind])].map(([path]) => path));
}

/** The path of the link in the mail that `ask` sends. */
export async function mailedBy(kind, ask) {
  const before = new Set(mailed(kind));
  await ask();
  let fresh;
  await eventually(() => (fresh = mailed(kind).find((path) => !before.has(path))) !== undefined, `no process printed the mail: ${kind}`);
  return fresh;
}
