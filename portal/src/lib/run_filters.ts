/** The filters of the run list live in the address: a link shows the same list. */

import type { RunFilter, RunState } from "../gql/graphql";
import { type Column, columnsOf, textOfColumns, USUAL } from "./run_columns";
import { RUN_STATES } from "./states";

export type RunQuery = {
  states: RunState[];
  workflow: string;
  rule: string;
  event: string;
  error: string;
  trace: string;
  key: string;
  /** The fingerprint of a group of failures. */
  failure: string;
  source: string;
  /** The source whose runs are left out. */
  hide: string;
  /** "no": runs that a retry has replaced are left out. */
  retried: string;
  /** "budget": runs that wait for a budget. */
  waiting: string;
  /** A business key of the event as `name=value`. */
  business: string;
  /** Created at or after, and before. Empty: as `since` says. */
  from: string;
  to: string;
  /** A bar of the chart: ended at or after, and before. */
  endedFrom: string;
  endedTo: string;
  since: Since;
  columns: readonly Column[];
};
export const SINCE = { "1h": 3_600, "24h": 86_400, "7d": 604_800, all: 0 } as const;
export type Since = keyof typeof SINCE;

const TEXTS = ["workflow", "rule", "event", "error", "trace", "key", "failure", "source", "hide", "retried", "waiting", "business", "from", "to", "endedFrom", "endedTo"] as const;
export const WAITING = "budget";
export const NOT_RETRIED = "no";
const TRACE = /^[0-9a-f]{32}$/;
const BUSINESS = /^([A-Za-z][\w.-]*)=(.+)$/;

export function parse(search: URLSearchParams): RunQuery {
  const asked = new Set((search.get("state") ?? "").toUpperCase().split(","));
  const since = search.get("since") ?? "";
  const texts = Object.fromEntries(TEXTS.map((name) => [name, search.get(name) ?? ""])) as Record<
    (typeof TEXTS)[number],
    string
  >;
  if (!isTime(texts.from) || !isTime(texts.to)) Object.assign(texts, { from: "", to: "" });
  if (!isTime(texts.endedFrom) || !isTime(texts.endedTo)) Object.assign(texts, { endedFrom: "", endedTo: "" });
  if (texts.waiting !== WAITING) texts.waiting = "";
  if (texts.retried !== NOT_RETRIED) texts.retried = "";
  return {
    ...texts,
    states: RUN_STATES.filter((state) => asked.has(state)),
    since: Object.hasOwn(SINCE, since) ? (since as Since) : "all",
    columns: columnsOf(search.get("columns") ?? ""),
  };
}

export function serialise(query: RunQuery): URLSearchParams {
  const search = new URLSearchParams();
  if (query.states.length > 0) search.set("state", query.states.join(",").toLowerCase());
  for (const name of TEXTS) if (query[name] !== "") search.set(name, query[name]);
  if (query.since !== "all") search.set("since", query.since);
  const columns = textOfColumns(query.columns);
  if (columns !== "") search.set("columns", columns);
  return search;
}

/** now: in milliseconds; a period ends there. */
export function toFilter(query: RunQuery, now: number): RunFilter {
  const filter: RunFilter = {};
  if (query.states.length > 0) filter.states = query.states;
  if (query.workflow) filter.workflow = query.workflow;
  if (query.rule) filter.rule = query.rule;
  if (query.event) filter.event = query.event;
  if (query.error) filter.errorCode = query.error;
  if (query.trace) filter.traceId = query.trace;
  if (query.failure) filter.fingerprint = query.failure;
  if (query.key) filter.idempotencyKey = query.key;
  if (query.source) filter.source = query.source;
  if (query.hide) filter.notSource = query.hide;
  if (query.retried) filter.retried = false;
  if (query.waiting) filter.waitsForBudget = true;
  const business = BUSINESS.exec(query.business);
  if (business) filter.searchKeys = [{ name: business[1] ?? "", value: business[2] ?? "" }];
  if (query.endedFrom !== "") {
    filter.finishedFrom = new Date(query.endedFrom).toISOString();
    filter.finishedBefore = new Date(query.endedTo).toISOString();
  } else if (query.from !== "") {
    filter.createdFrom = new Date(query.from).toISOString();
    filter.createdBefore = new Date(query.to).toISOString();
  } else if (query.since !== "all") filter.createdFrom = new Date(now - SINCE[query.since] * 1000).toISOString();
  return filter;
}

const isTime = (text: string): boolean => text !== "" && !Number.isNaN(Date.parse(text));

/** `rule:placed-orders` and the like: the filter's name, and its value without spaces. Two filters have only one value each. */
const NAMED = /(?:^|\s)(?:(rule|source|event|workflow|error|trace|key|failure):(\S+)|(retried):(no)(?=\s|$)|(waiting):(budget)(?=\s|$))/g;

/**
 * What a person types or pastes into the search box: a trace id, an error code, a business key as `name=value`, or the key of an
 * event. Words such as `rule:placed-orders` set other filters, also several at once.
 */
export function searched(text: string): Partial<RunQuery> {
  const named = Object.fromEntries([...text.matchAll(NAMED)].map((found) => found.slice(1).filter((part) => part !== undefined))) as Partial<RunQuery>;
  const value = text.replaceAll(NAMED, " ").trim();
  const none = { trace: "", key: "", error: "", business: "", ...named };
  if (value === "") return none;
  if (TRACE.test(value.toLowerCase())) return { ...none, trace: value.toLowerCase() };
  if (/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(value)) return { ...none, error: value };
  if (BUSINESS.test(value)) return { ...none, business: value };
  return { ...none, key: value };
}

/** Whether any filter is set. */
export const isNarrowed = (query: RunQuery): boolean => serialise({ ...query, columns: USUAL }).size > 0;
