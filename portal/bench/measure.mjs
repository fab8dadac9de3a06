/**
 * What a browser measures of the portal: the first load, the time until the list of runs can be used, filters, frames while the
 * list scrolls, and many open pages. Reads an order as JSON from stdin; prints one JSON object per line.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const order = JSON.parse(readFileSync(0, "utf8"));
const { base, tenant, email, password, executable, rounds, rows, scrollSeconds, pages, seconds, scenes, trace } = order;
const ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--process-per-site"];
const LIST = `/portal/${tenant}/runs`;
const FRAMES = ["benchmark", "blink.user_timing", "disabled-by-default-devtools.timeline.frame"];
/** What the browser did in each frame; to record it takes time of its own. */
const WORK = ["devtools.timeline", "disabled-by-default-devtools.timeline", "disabled-by-default-v8.cpu_profiler", "toplevel", "cc", "viz", "v8"];

const say = (found) => process.stdout.write(`${JSON.stringify(found)}\n`);
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rounded = (number) => Math.round(number * 10) / 10;
const spread = (numbers) => ({ median: rounded(median(numbers)), most: rounded(Math.max(...numbers)) });

async function signedIn(browser) {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto("/portal/");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("[data-row]").first().waitFor({ timeout: 60_000 });
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Runs in the page before its scripts: notes when the first row of the list is there. */
function watch() {
  addEventListener("DOMContentLoaded", () => {
    const look = () => {
      if (document.querySelector("[data-row]") !== null && globalThis.interactiveAt === undefined) {
        requestAnimationFrame(() => setTimeout(() => (globalThis.interactiveAt = performance.now())));
        observer.disconnect();
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document.documentElement, { childList: true, subtree: true });
    look();
  });
}

/** A new browser profile with the session alone: nothing is cached. */
async function firstLoad(browser, storageState) {
  const interactive = [];
  let bytes = 0;
  for (let round = 0; round < rounds + 1; round += 1) {
    const context = await browser.newContext({ baseURL: base, storageState, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(watch);
    const answers = [];
    page.on("requestfinished", (request) => answers.push(request));
    await page.goto(LIST);
    await page.waitForFunction(() => globalThis.interactiveAt !== undefined, undefined, { timeout: 60_000, polling: 20 });
    const took = await page.evaluate(() => globalThis.interactiveAt);
    // The first round warms the server.
    if (round > 0) interactive.push(took);
    const sizes = await Promise.all(answers.filter((one) => /\/(portal|static)\//.test(one.url())).map((one) => one.sizes()));
    bytes = sizes.reduce((sum, one) => sum + one.responseBodySize, 0);
    await context.close();
  }
  say({ scene: "first load", kB: rounded(bytes / 1000) });
  say({ scene: "interactive", ...spread(interactive) });
}

/** In the page: act, then wait until the list has read and has painted. Gives milliseconds. */
async function timed(page, act, argument) {
  return page.evaluate(
    ([act, argument]) =>
      new Promise((resolve) => {
        const set = (element, value) => {
          const prototype = element.tagName === "SELECT" ? HTMLSelectElement.prototype : HTMLInputElement.prototype;
          Object.getOwnPropertyDescriptor(prototype, "value").set.call(element, value);
          element.dispatchEvent(new Event(element.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
        };
        const list = () => document.querySelector("[aria-busy]");
        let busy = false;
        const began = performance.now();
        if (act === "since") set(document.querySelector("select[aria-label=Time]"), argument);
        if (act === "workflow") set(document.querySelector("select[aria-label=Workflow]"), argument);
        if (act === "search") {
          const input = document.querySelector("[data-search]");
          set(input, argument);
          requestAnimationFrame(() => input.form.requestSubmit());
        }
        if (act === "click") document.querySelector(argument).click();
        const look = () => {
          const shown = list();
          busy ||= shown === null || shown.getAttribute("aria-busy") === "true";
          const found = shown !== null && shown.getAttribute("aria-busy") === "false" && shown.querySelector("[data-row]") !== null;
          if (busy && found) resolve(performance.now() - began);
          else if (performance.now() - began > 20_000) resolve(Number.POSITIVE_INFINITY);
          else setTimeout(() => requestAnimationFrame(look));
        };
        look();
      }),
    [act, argument],
  );
}

async function filters(page) {
  const found = {};
  const note = (name, took) => (found[name] ??= []).push(took);
  await page.goto(LIST);
  await page.locator("[data-row]").first().waitFor();
  for (let round = 0; round < rounds + 1; round += 1) {
    await page.waitForTimeout(300);
    const into = round === 0 ? () => undefined : note;
    into("7 days", await timed(page, "since", "7d"));
    into("any time", await timed(page, "since", "all"));
    into("a workflow", await timed(page, "workflow", order.workflow));
    into("all workflows", await timed(page, "workflow", ""));
    into("an event's key", await timed(page, "search", `order-${Math.floor(order.runs / 2)}`));
    into("no key", await timed(page, "click", "[aria-label='Remove the filter key']"));
    into("an error's code", await timed(page, "search", "UPSTREAM_UNAVAILABLE"));
    into("no code", await timed(page, "click", "[aria-label='Remove the filter error']"));
    into("no retried runs", await timed(page, "search", "retried:no"));
    into("retried runs, too", await timed(page, "click", "[aria-label='Remove the filter retried']"));
    await page.getByRole("button", { name: /^States/ }).click();
    await page.getByRole("menuitemcheckbox", { name: "failed" }).waitFor();
    into("failed", await timed(page, "click", "[role=menuitemcheckbox]:nth-of-type(7)"));
    into("all states", await timed(page, "click", "[role=menuitemcheckbox]:nth-of-type(7)"));
    await page.keyboard.press("Escape");
  }
  for (const [name, took] of Object.entries(found)) say({ scene: "filter", name, ...spread(took) });
}

const percentile = (numbers, share) => numbers[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? 0;

/** The list of runs with as many rows read as are to be scrolled over. */
async function readRows(page) {
  await page.goto(LIST);
  await page.locator("[data-row]").first().waitFor();
  await page.evaluate(
    ([wanted]) =>
      new Promise((resolve) => {
        const list = document.querySelector("[aria-busy]");
        const look = () => {
          const rows = list.firstElementChild.clientHeight / 40;
          list.scrollTop = list.scrollHeight;
          if (rows >= wanted || (list.getAttribute("aria-busy") === "false" && /That is all/.test(list.innerText))) resolve(rows);
          else setTimeout(look, 5);
        };
        look();
      }),
    [rows],
  );
}

/** In the page: puts a copy without scripts in its place, whose boxes move as the list's do, but keep their texts. */
function copyPage() {
  const copy = document.body.cloneNode(true);
  document.body.replaceWith(copy);
  const list = copy.querySelector("[aria-busy]");
  const boxes = list.firstElementChild;
  list.addEventListener("scroll", () => {
    boxes.style.paddingTop = `${Math.max(0, Math.floor(list.scrollTop / 40) - 5) * 40}px`;
  });
}

/** Frames while the list scrolls, by the browser's own trace: times between two frames that it drew, and its long tasks. */
async function scrolled(page, scene, file) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const ended = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await page.evaluate(() => (document.querySelector("[aria-busy]").scrollTop = 0));
  await page.waitForTimeout(500);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: [...FRAMES, ...(file === null ? [] : WORK)] },
  });
  const seen = await page.evaluate(
    ([wanted, lasts]) =>
      new Promise((resolve) => {
        const list = document.querySelector("[aria-busy]");
        const height = Math.min(list.scrollHeight, wanted * 40) - list.clientHeight;
        const frames = [];
        let blank = 0;
        const began = performance.now();
        performance.mark("scroll begins");
        let last = began;
        const frame = (now) => {
          frames.push(now - last);
          last = now;
          const share = (performance.now() - began) / (lasts * 1000);
          const top = list.getBoundingClientRect().top;
          const first = document.elementFromPoint(list.getBoundingClientRect().left + 200, top + list.clientHeight / 2);
          if (first?.closest("[data-row]") == null) blank += 1;
          if (share >= 1) {
            performance.mark("scroll ends");
            resolve({ frames, blank, rows: Math.round(height / 40) });
            return;
          }
          list.scrollTop = Math.round(height * share);
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    [rows, scrollSeconds],
  );
  await session.send("Tracing.end");
  await ended;
  if (file !== null) writeFileSync(file, JSON.stringify({ traceEvents: events }));
  const marks = events.filter(({ name }) => name === "scroll begins" || name === "scroll ends").map(({ ts }) => ts);
  const [from, to] = [Math.min(...marks), Math.max(...marks)];
  const within = events.filter(({ ts }) => ts >= from && ts <= to);
  const drawn = within.filter(({ name, ph }) => name === "MainFrame.Draw" && ph !== "E").map(({ ts }) => ts).sort((a, b) => a - b);
  const between = drawn.slice(1).map((ts, index) => (ts - drawn[index]) / 1000).sort((a, b) => a - b);
  const asked = seen.frames.slice(1).sort((a, b) => a - b);
  const dropped = within.filter(({ name }) => name === "DroppedFrame").length;
  say({
    scene, rows: seen.rows, frames: drawn.length, dropped, blank: seen.blank,
    drawnP99: rounded(percentile(between, 0.99)), drawnMost: rounded(between.at(-1) ?? 0),
    askedP99: rounded(percentile(asked, 0.99)), askedMost: rounded(asked.at(-1) ?? 0),
  });
}

/** Many pages of one person, all open on the list; says when they are, waits, and says when that is over. */
async function crowd(browser, storageState) {
  const context = await browser.newContext({ baseURL: base, storageState, viewport: { width: 800, height: 600 } });
  const opened = [];
  const told = new Set();
  for (let number = 0; number < pages; number += 1) {
    const page = await context.newPage();
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => { if (String(payload).includes('"TRANSITION"')) told.add(page); }));
    await page.goto(LIST);
    await page.locator("[data-row]").first().waitFor({ timeout: 60_000 });
    opened.push(page);
  }
  await opened[0].waitForTimeout(3_000);
  say({ scene: "crowd", open: opened.length });
  await opened[0].waitForTimeout(seconds * 1000);
  say({ scene: "crowd over", live: told.size });
}

const browser = await chromium.launch({ executablePath: executable, args: ARGS });
try {
  const storageState = await signedIn(browser);
  if (scenes.includes("load")) await firstLoad(browser, storageState);
  const context = await browser.newContext({ baseURL: base, storageState, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  if (scenes.includes("filters")) await filters(page);
  if (scenes.includes("scroll")) {
    await readRows(page);
    await scrolled(page, "scroll", trace);
    await page.evaluate(copyPage);
    await scrolled(page, "scroll alone", null);
  }
  await context.close();
  if (scenes.includes("pages") && pages > 0) await crowd(browser, storageState);
} finally {
  await browser.close();
}
