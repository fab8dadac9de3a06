/** The list of runs: filters in the address, changes in place, new runs behind a badge. */

import { Columns3, ListFilter, Plus, Search, X } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type FormEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery, useSubscription } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { RunRowFragment } from "../gql/graphql";
import { useCatchUp } from "../lib/follow";
import { type Pages, usePages } from "../lib/pages";
import { type Column, COLUMNS } from "../lib/run_columns";
import { isNarrowed, parse, NOT_RETRIED, type RunQuery, searched, serialise, SINCE, type Since, toFilter, WAITING } from "../lib/run_filters";
import { LOOKS, RUN_STATES } from "../lib/states";
import { useChoices } from "../lib/store";
import { exact } from "../lib/time";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Duration, Empty, INPUT, LINK, Time } from "../ui/basics";
import { Header, NewBadge, RowList } from "../ui/list";
import { StateBadge } from "../ui/state_badge";
import { BulkMenu } from "./bulk_menu";
import { RunChart } from "./run_chart";
import { SelectedRuns } from "./run_selection";
import { SavedViews } from "./saved_views";
import { useWorkflowNames } from "./workflow_names";

const RUNS = graphql(`
  query PortalRuns($first: Int!, $after: String, $filter: RunFilter, $rule: Boolean!, $source: Boolean!, $trace: Boolean!) {
    runs(first: $first, after: $after, filter: $filter) {
      edges { node { ...RunRow traceId @include(if: $trace) rule @include(if: $rule) { name } event @include(if: $source) { source { slug } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const FEED = graphql(`
  subscription PortalRunFeed($filter: RunFeedFilter) {
    runFeed(filter: $filter) { kind cursor step { id } run { ...RunRow } }
  }
`);
type Row = RunRowFragment & { traceId?: string; rule?: { name: string } | null; event: { source?: { slug: string } } | null };
const MORE = graphql(`
  query PortalRunFilters($rules: Boolean!, $sources: Boolean!) {
    rules(first: 100) @include(if: $rules) { edges { node { slug name } } }
    sources(first: 100) @include(if: $sources) { edges { node { slug } } }
  }
`);
const CATCH_UP_MS = 500;

const labelOf = ({ workflow, event }: Row): string => t.runSelection.select(`${workflow.name} ${event?.idempotencyKey ?? ""}`.trim());

export function RunsPage() {
  const [search, setSearch] = useSearchParams();
  const { slug } = useTenant();
  const query = useMemo(() => parse(search), [search]);
  const [begun, setBegun] = useState(() => Date.now());
  const filter = useMemo(() => toFilter(query, begun), [query, begun]);
  const { columns } = query;
  const wanted = { rule: columns.includes("rule"), source: columns.includes("source"), trace: columns.includes("trace") };
  const pages = usePages(RUNS, { first: 50, filter, ...wanted }, (data) => ({
    rows: data.runs.edges.map(({ node }): Row => ({ ...node, event: node.event ?? null })),
    ...data.runs.pageInfo,
  }));
  const fresh = useFresh(query, pages);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((id: string): void => setPicked((before) => {
    const next = new Set(before);
    if (!next.delete(id)) next.add(id);
    return next;
  }), []);
  const to = useCallback((run: Row) => `/${slug}/runs/${encodeURIComponent(run.id)}`, [slug]);
  const shown = useCallback((run: Row) => <RunRow run={run} columns={columns} />, [columns]);
  const clear = (): void => setPicked(new Set());
  useEffect(clear, [query]);
  const selected = pages.rows.filter(({ id }) => picked.has(id));
  const set = (change: Partial<RunQuery>): void => setSearch(serialise({ ...query, ...change }));
  const reload = (): void => {
    fresh.clear();
    // Only filters with a length of time depend on when they are asked.
    if (query.since === "all" || query.from !== "" || query.endedFrom !== "") pages.reload();
    setBegun(Date.now());
  };
  return (
    <>
      <Header title={t.runs.title}>
        <Filters query={query} set={set} />
        <SavedViews page="runs" />
        <Columns columns={columns} set={set} />
        {isNarrowed(query) && <BulkMenu message={t.runs.allRunsThatMatchThe} choices={[[t.runs.askRetry, { kind: "RETRY", runs: filter }], [t.runs.askCancel, { kind: "CANCEL", runs: filter }]]} />}
        <NewBadge count={fresh.count} onShow={reload} />
      </Header>
      {selected.length > 0 && <SelectedRuns runs={selected} onClear={clear} onDone={() => { clear(); reload(); pages.reload(); }} />}
      <RunChart query={query} begun={begun} set={set} />
      <Chips query={query} set={set} />
      <RowList label={t.runs.title} pages={pages} selection={{ picked, toggle, label: labelOf }} to={to}
        empty={isNarrowed(query) ? <NoMatch onClear={() => set({ ...parse(new URLSearchParams()), columns })} /> : <NoRuns slug={slug} arrived={fresh.count > 0} onShow={reload} />}>
        {shown}
      </RowList>
    </>
  );
}

/** Counts runs that are not in the list yet. Runs that are in the list change in place. */
function useFresh(query: RunQuery, { change, peek, rows }: Pages<Row>) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const newest = rows[0]?.createdAt ?? "";
  // The feed knows the workflow and the state of a run; whether it fits another filter, only the list knows.
  const countable = (["rule", "event", "error", "trace", "key", "failure", "source", "hide", "waiting", "business", "from", "endedFrom"] as const).every((name) => query[name] === "");
  const belongs = (run: RunRowFragment): boolean =>
    query.states.length > 0 ? query.states.includes(run.state) : Date.parse(run.createdAt) >= (Date.parse(newest) || 0);
  const variables = { filter: query.workflow ? { workflow: query.workflow } : {} };
  // Rows may have changed between the list and the beginning of the feed.
  const follow = useCatchUp(query.workflow, () => void peek().then((page) => {
    const missed = page.filter((run) => !change(run) && Date.parse(run.createdAt) >= (Date.parse(newest) || 0));
    if (missed.length > 0) setIds((before) => new Set([...before, ...missed.map(({ id }) => id)]));
  }), CATCH_UP_MS);
  useSubscription({ query: FEED, variables }, (_before, data) => {
    follow();
    const { run } = data.runFeed;
    if (run && !change(run) && countable && belongs(run)) setIds((before) => new Set(before).add(run.id));
    return data;
  });
  useEffect(() => setIds(new Set()), [query]);
  const shown = ids.size === 0 ? ids : new Set(rows.map(({ id }) => id));
  return { count: [...ids].filter((id) => !shown.has(id)).length, clear: () => setIds(new Set()) };
}

/** Widths that fill what is left, by column. In a narrow list the columns stand below one another, where a basis would be a height. */
const GROWS: Partial<Record<Column, string>> = {
  event: "md:basis-36 md:grow-3", reason: "md:basis-48 md:grow-6", rule: "md:basis-24 md:grow-2", source: "md:basis-20 md:grow-1", trace: "md:basis-20 md:grow-1",
};

const RunRow = memo(function RunRow({ run, columns }: { run: Row; columns: readonly Column[] }) {
  const { event, error } = run;
  const first = useRef({ id: run.id, state: run.state });
  // The element may have shown another run before.
  if (first.current.id !== run.id) first.current = { id: run.id, state: run.state };
  const changed = run.state !== first.current.state;
  const about = event?.idempotencyKey ?? event?.subject ?? "";
  const why = error ? `${error.code}: ${error.message}` : (run.stateReason ?? "");
  const texts: Partial<Record<Column, string>> = {
    event: event ? `${event.type}${about ? ` · ${about}` : ""}` : t.runs.eventRemoved,
    reason: why,
    rule: run.rule?.name ?? "–",
    source: run.event?.source?.slug ?? "–",
    trace: run.traceId?.slice(0, 8) ?? "",
  };
  return (
    <>
      <StateBadge state={run.state} className={`w-23 shrink-0 md:w-28 ${changed ? "changed" : ""}`} key={changed ? run.state : ""} />
      <span className="flex min-w-0 flex-1 flex-col gap-x-4 md:flex-row md:items-center">
        <span className="min-w-0 truncate font-medium md:basis-32 md:grow-2">
          {run.workflow.name} <span className="font-normal text-muted">{t.runs.v(run.workflowVersion.number, run.test ? t.runs.test : "")}</span>
        </span>
        {columns.filter((one) => GROWS[one] !== undefined).map((one) => (
          <span key={one} title={one === "trace" ? run.traceId : texts[one]}
            className={`min-w-0 truncate ${GROWS[one]} ${one === "event" ? "" : "max-md:hidden"} ${one === "reason" && error ? "text-red" : "text-muted"} ${one === "trace" ? "font-mono text-xs" : ""}`}>
            {texts[one]}
          </span>
        ))}
      </span>
      <span className="flex shrink-0 flex-col items-end text-right text-muted md:flex-row md:gap-4">
        {columns.includes("took") && <span className="md:w-20">{run.startedAt ? <Duration from={run.startedAt} to={run.finishedAt} /> : "–"}</span>}
        {columns.includes("created") && <Time at={run.createdAt} className="md:min-w-20" />}
      </span>
    </>
  );
});

function Columns({ columns, set }: { columns: readonly Column[]; set: (change: Partial<RunQuery>) => void }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button aria-label={t.runs.columns} title={t.runs.columns} className="max-md:hidden"><Columns3 aria-hidden size={14} /></Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="start" sideOffset={4} className="z-40 min-w-44 rounded-lg border border-line bg-raised p-1 shadow-xl">
          {(Object.keys(COLUMNS) as Column[]).map((one) => {
            const on = columns.includes(one);
            return (
              <DropdownMenu.CheckboxItem key={one} checked={on} onCheckedChange={(value) => set({ columns: value === true ? [...columns, one] : columns.filter((other) => other !== one) })} onSelect={(event) => event.preventDefault()}
                className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2.5 outline-none data-highlighted:bg-select">
                <span className="w-3 text-accent">{on ? "✓" : ""}</span>{COLUMNS[one]}
              </DropdownMenu.CheckboxItem>
            );
          })}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

type FilterProps = { query: RunQuery; set: (change: Partial<RunQuery>) => void };

const SINCE_WORDS: Record<Since, string> = { "1h": t.runs.lastHour, "24h": t.runs.last24Hours, "7d": t.runs.last7Days, all: t.runs.anyTime };

function Filters({ query, set }: FilterProps) {
  const names = useWorkflowNames(query.workflow);
  const [text, setText] = useState(query.trace || query.key || query.error || query.business);
  useEffect(() => setText(query.trace || query.key || query.error || query.business), [query]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    set(searched(text));
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2 max-md:order-last max-md:w-full">
      <StateFilter query={query} set={set} />
      <select aria-label={t.runs.workflow} value={query.workflow} onChange={(event) => set({ workflow: event.target.value })} className={`${INPUT} max-md:w-24! max-md:grow md:w-auto! md:max-w-44`}>
        <option value="">{t.runs.allWorkflows}</option>
        {names.map(({ slug, name }) => <option key={slug} value={slug}>{name}</option>)}
      </select>
      <select aria-label={t.runs.time} value={query.since} onChange={(event) => set({ since: event.target.value as Since })} className={`${INPUT} max-md:w-24! max-md:grow md:w-auto!`}>
        {(Object.keys(SINCE) as Since[]).map((since) => <option key={since} value={since}>{SINCE_WORDS[since]}</option>)}
      </select>
      <form role="search" onSubmit={submit} className="relative max-md:grow max-md:basis-48">
        <Search aria-hidden size={14} className="absolute top-2.25 left-2.5 text-muted" />
        <input data-search aria-label={t.runs.keyOfTheEventTrace} placeholder={t.runs.keyTraceCodeNameValue}
          value={text} onChange={(event) => setText(event.target.value)} className={`${INPUT} pl-8 md:w-56!`} />
      </form>
      <MoreFilters query={query} set={set} />
    </div>
  );
}

const MENU = "z-40 max-h-80 min-w-44 overflow-auto rounded-lg border border-line bg-raised p-1 shadow-xl";
const ITEM = "flex h-8 cursor-pointer items-center gap-2 rounded-md px-2.5 outline-none data-highlighted:bg-select data-[state=open]:bg-select";

/** The source of all ticks. */
const SCHEDULES = "schedules";

/** Rules and sources by name. They are read when the menu opens for the first time. */
function MoreFilters({ query, set }: FilterProps) {
  const { may } = useTenant();
  const [opened, setOpened] = useState(false);
  const [{ data, error }] = useQuery({ query: MORE, variables: { rules: may("view_rules"), sources: may("view_sources") }, pause: !opened });
  const lists = [
    ["rule", t.runColumns.rule, data?.rules?.edges.map(({ node }) => [node.slug, node.name] as const)],
    ["source", t.runColumns.source, data?.sources?.edges.map(({ node }) => [node.slug, node.slug] as const)],
  ] as const;
  return (
    <DropdownMenu.Root modal={false} onOpenChange={(open) => { if (open) setOpened(true); }}>
      <DropdownMenu.Trigger asChild><Button><Plus aria-hidden size={14} />{t.runs.filter}</Button></DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="start" sideOffset={4} className={MENU}>
          {problemsOf(error).map(({ code, message }) => <DropdownMenu.Label key={code} className="max-w-60 px-2.5 py-1 text-red">{message} <code className="font-mono text-xs">{code}</code></DropdownMenu.Label>)}
          {lists.map(([name, word, choices]) => choices !== undefined && (
            <DropdownMenu.Sub key={name}>
              <DropdownMenu.SubTrigger className={ITEM}>{word}<span aria-hidden className="ml-auto text-muted">›</span></DropdownMenu.SubTrigger>
              <DropdownMenu.Portal>
                <DropdownMenu.SubContent sideOffset={4} collisionPadding={8} className={MENU}>
                  {choices.length === 0 && <DropdownMenu.Label className="px-2.5 py-1 text-muted">{t.runs.nothingToChoose}</DropdownMenu.Label>}
                  {choices.map(([slug, shown]) => <DropdownMenu.Item key={slug} className={ITEM} onSelect={() => set({ [name]: slug })}><span className="w-3 text-accent">{query[name] === slug ? "✓" : ""}</span><span className="max-w-60 truncate">{shown}</span></DropdownMenu.Item>)}
                </DropdownMenu.SubContent>
              </DropdownMenu.Portal>
            </DropdownMenu.Sub>
          ))}
          <DropdownMenu.CheckboxItem className={ITEM} checked={query.hide === SCHEDULES} onCheckedChange={(on) => set({ hide: on === true ? SCHEDULES : "" })}>
            <span className="w-3 text-accent">{query.hide === SCHEDULES ? "✓" : ""}</span>{t.runs.hideScheduledRuns}
          </DropdownMenu.CheckboxItem>
          <DropdownMenu.CheckboxItem className={ITEM} checked={query.retried === NOT_RETRIED} onCheckedChange={(on) => set({ retried: on === true ? NOT_RETRIED : "" })}>
            <span className="w-3 text-accent">{query.retried === NOT_RETRIED ? "✓" : ""}</span>{t.runs.hideRetriedRuns}
          </DropdownMenu.CheckboxItem>
          <DropdownMenu.CheckboxItem className={ITEM} checked={query.waiting === WAITING} onCheckedChange={(on) => set({ waiting: on === true ? WAITING : "" })}>
            <span className="w-3 text-accent">{query.waiting === WAITING ? "✓" : ""}</span>{t.runs.waitingForABudget}
          </DropdownMenu.CheckboxItem>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Label className="max-w-60 px-2.5 py-1 text-xs text-muted">{t.runs.theSearchTakes} <code className="font-mono">rule:NAME source:NAME event:ID error:CODE</code></DropdownMenu.Label>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function StateFilter({ query, set }: FilterProps) {
  const shown = query.states.length === 0 ? t.runs.allStates : query.states.map((state) => LOOKS[state].word).join(", ");
  const toggle = (state: (typeof RUN_STATES)[number], on: boolean): void =>
    set({ states: on ? [...query.states, state] : query.states.filter((one) => one !== state) });
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button aria-label={t.runs.states(shown)} className="max-w-48 max-md:max-w-36"><ListFilter aria-hidden size={14} /><span className="truncate">{shown}</span></Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="start" sideOffset={4} className="z-40 min-w-44 rounded-lg border border-line bg-raised p-1 shadow-xl">
          {RUN_STATES.map((state) => {
            const on = query.states.includes(state);
            return (
              <DropdownMenu.CheckboxItem key={state} checked={on} onCheckedChange={(value) => toggle(state, value === true)} onSelect={(event) => event.preventDefault()}
                className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2.5 outline-none data-highlighted:bg-select">
                <span className="w-3 text-accent">{on ? "✓" : ""}</span><StateBadge state={state} />
              </DropdownMenu.CheckboxItem>
            );
          })}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The filters that have no control of their own, and a button that clears all. */
function Chips({ query, set }: FilterProps) {
  const chips = (["trace", "key", "error", "business", "failure", "rule", "event", "source", "hide", "retried", "waiting"] as const).filter((name) => query[name] !== "");
  const { utc } = useChoices();
  if (chips.length === 0 && query.from === "" && query.endedFrom === "") return null;
  return (
    <ul className="flex flex-wrap gap-2 border-b border-line px-4 py-2" aria-label={t.runs.filters}>
      {query.from !== "" && <Chip name={t.runs.filterNames.created} value={t.runs.fromTo(exact(query.from, utc), exact(query.to, utc))} onRemove={() => set({ from: "", to: "" })} />}
      {query.endedFrom !== "" && <Chip name={t.runs.ended} value={t.runs.fromTo(exact(query.endedFrom, utc), exact(query.endedTo, utc))} onRemove={() => set({ endedFrom: "", endedTo: "" })} />}
      {chips.map((name) => <Chip key={name} name={t.runs.filterNames[name]} value={query[name]} onRemove={() => set({ [name]: "" })} />)}
    </ul>
  );
}

function Chip({ name, value, onRemove }: { name: string; value: string; onRemove: () => void }) {
  return (
    <li className="inline-flex max-w-full items-center gap-1 rounded-full border border-line bg-surface pl-3">
      <span className="text-muted">{name}</span>
      <span className="max-w-80 truncate font-mono text-xs">{value}</span>
      <button type="button" aria-label={t.runs.removeTheFilter(name)} onClick={onRemove} className="inline-flex size-6 shrink-0 cursor-pointer items-center justify-center rounded-full hover:bg-select">
        <X aria-hidden size={12} />
      </button>
    </li>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty title={t.runs.noneMatch}>
      <p>{t.runs.takeALongerTimeOr}</p>
      <Button className="mt-4" onClick={onClear}>{t.clear}</Button>
    </Empty>
  );
}

function NoRuns({ slug, arrived, onShow }: { slug: string; arrived: boolean; onShow: () => void }) {
  return (
    <Empty title={t.runs.none}>
      <p>{t.runs.anEventThatARule}</p>
      <p role="status" className="mt-4">{arrived ? <Button kind="primary" onClick={onShow}>{t.runs.yourFirstRunHasBegun}</Button> : <Link className={LINK} to={`/${slug}/start`}>{t.start.title}: {t.start.text}</Link>}</p>
      {!arrived && <p className="mt-2">{t.runs.waitingForYourFirstRun}</p>}
    </Empty>
  );
}
