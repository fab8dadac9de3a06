/** The list of events, newest first; new ones wait behind a badge. */

import { Search, X } from "lucide-react";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useQuery, useSubscription } from "urql";
import { graphql } from "../gql";
import type { EventFilter, EventRowFragment } from "../gql/graphql";
import { eventCurl } from "../lib/event_curl";
import { usePages } from "../lib/pages";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Copyable, Empty, INPUT, Time } from "../ui/basics";
import { Header, NewBadge, RowList } from "../ui/list";
import { TypedChoice } from "../ui/typed_choice";
import { BulkMenu } from "./bulk_menu";
import { EventTabs } from "./event_tabs";
import { SendEventDialog } from "./send_event";

graphql(`
  fragment EventRow on Event { id type subject idempotencyKey receivedAt payloadBytes source { slug } schemaProblems { message } }
`);
const EVENTS = graphql(`
  query PortalEvents($first: Int!, $after: String, $filter: EventFilter) {
    events(first: $first, after: $after, filter: $filter) {
      edges { node { ...EventRow } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const FEED = graphql(`
  subscription PortalEventFeed($filter: EventFeedFilter) {
    eventFeed(filter: $filter) { ... on EventReceived { cursor event { id } } }
  }
`);
const NAMES = graphql(`
  query PortalEventNames {
    sources(first: 100) { edges { node { slug } } }
    eventTypes(first: 100) { edges { node { name } } }
  }
`);

const FIELDS = ["type", "source", "key", "waiting"] as const;
type Query = Record<(typeof FIELDS)[number], string>;

function filterOf(query: Query): EventFilter {
  return {
    ...(query.type ? { types: [query.type] } : {}),
    ...(query.source ? { source: query.source } : {}),
    ...(query.waiting ? { waitsForBudget: true } : {}),
    ...(/^[0-9a-f]{32}$/.test(query.key) ? { traceId: query.key } : query.key ? { idempotencyKey: query.key } : {}),
  };
}

export function EventsPage() {
  const { slug } = useTenant();
  const lacks = useLacks();
  const [sending, setSending] = useState(false);
  const [search, setSearch] = useSearchParams();
  const query = useMemo(() => Object.fromEntries(FIELDS.map((name) => [name, search.get(name) ?? ""])) as Query, [search]);
  const filter = useMemo(() => filterOf(query), [query]);
  const pages = usePages(EVENTS, { first: 50, filter }, (data) => ({
    rows: data.events.edges.map(({ node }) => node),
    ...data.events.pageInfo,
  }));
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const variables = { filter: { types: filter.types ?? null, source: filter.source ?? null } };
  useSubscription({ query: FEED, variables }, (_before, data) => {
    const item = data.eventFeed;
    if ("event" in item && query.key === "" && query.waiting === "") setFresh((before) => new Set(before).add(item.event.id));
    return data;
  });
  const count = [...fresh].filter((id) => !pages.rows.some((row) => row.id === id)).length;
  const reload = (): void => {
    setFresh(new Set());
    pages.reload();
  };
  const set = (change: Partial<Query>): void => {
    const next = Object.entries({ ...query, ...change }).filter(([, value]) => value !== "");
    setFresh(new Set());
    setSearch(Object.fromEntries(next));
  };
  const narrowed = FIELDS.some((name) => query[name] !== "");
  return (
    <>
      <Header title={t.events.title}>
        <EventTabs />
        <Filters query={query} set={set} seen={pages.rows.map(({ type }) => type)} />
        {narrowed && query.waiting === "" && <BulkMenu message={t.events.allEventsThatMatchThe} choices={[[t.events.askReplay, { kind: "REPLAY", events: filter }]]} />}
        <Button lacks={lacks("ingest_events")} onClick={() => setSending(true)}>{t.sendEvent.askSend}</Button>
        <NewBadge count={count} onShow={reload} />
      </Header>
      {sending && <SendEventDialog onClose={() => setSending(false)} />}
      <RowList label={t.events.title} pages={pages} to={(event) => `/${slug}/events/${encodeURIComponent(event.id)}`}
        empty={narrowed ? <Empty title={t.events.noneMatch}><Button onClick={() => setSearch({})}>{t.clear}</Button></Empty> : <NoEvents slug={slug} arrived={count > 0} onShow={reload} />}>
        {(event) => <EventRow event={event} />}
      </RowList>
    </>
  );
}

function EventRow({ event }: { event: EventRowFragment }) {
  return (
    <>
      <span className="grid min-w-0 flex-1 grid-cols-1 items-center gap-x-4 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)_minmax(0,4fr)]">
        <span className="truncate font-medium">{event.type}</span>
        <span className="truncate text-muted">{event.source.slug}<span className="md:hidden">{event.idempotencyKey ? ` · ${event.idempotencyKey}` : ""}</span></span>
        <span className="truncate text-muted max-md:hidden">{event.idempotencyKey ?? event.subject ?? ""}</span>
      </span>
      {event.schemaProblems.length > 0 && <span className="text-amber max-md:hidden">{t.events.schemaProblems}</span>}
      <span className="w-20 shrink-0 text-right text-muted tabular-nums max-md:hidden">{t.events.b(event.payloadBytes.toLocaleString(t.locale))}</span>
      <Time at={event.receivedAt} className="min-w-20 shrink-0 text-right text-muted" />
    </>
  );
}

/** seen: types of events in the list, which need not have a schema. */
function Filters({ query, set, seen }: { query: Query; set: (change: Partial<Query>) => void; seen: readonly string[] }) {
  const { may } = useTenant();
  const [{ data }] = useQuery({ query: NAMES, pause: !may("view_sources") });
  const [text, setText] = useState(query.key);
  useEffect(() => setText(query.key), [query.key]);
  const sources = new Set([...(data?.sources.edges.map(({ node }) => node.slug) ?? []), query.source].filter(Boolean));
  const types = new Set([...(data?.eventTypes.edges.map(({ node }) => node.name) ?? []), ...seen].sort());
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    set({ key: text.trim() });
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <select aria-label={t.events.source} value={query.source} onChange={(event) => set({ source: event.target.value })} className={`${INPUT} w-auto! max-w-44`}>
        <option value="">{t.events.allSources}</option>
        {[...sources].map((slug) => <option key={slug}>{slug}</option>)}
      </select>
      <TypedChoice label={t.events.type} all={t.events.allTypes} choices={types} chosen={query.type} onChoose={(type) => set({ type })} className="w-44!" />
      <form role="search" onSubmit={submit} className="relative">
        <Search aria-hidden size={14} className="absolute top-2.25 left-2.5 text-muted" />
        <input data-search aria-label={t.events.keyOfTheEventOr} placeholder={t.events.eventKeyTraceId} value={text}
          onChange={(event) => setText(event.target.value)} className={`${INPUT} w-48! pl-8`} />
      </form>
      {query.waiting !== "" && <Button aria-label={t.events.removeWaiting} onClick={() => set({ waiting: "" })}>{t.events.waiting}<X aria-hidden size={14} /></Button>}
    </div>
  );
}

function NoEvents({ slug, arrived, onShow }: { slug: string; arrived: boolean; onShow: () => void }) {
  return (
    <Empty title={t.events.none}>
      <p>{t.events.everyWebhookScheduleTickAnd}</p>
      <p className="mt-4">{t.events.sendOneWithAToken} <code className="font-mono">$TOKEN</code>:</p>
      <div className="mt-2"><Copyable label={t.common.theCommand} text={eventCurl(slug, "$TOKEN", { type: "order.created", payload: { n: 42 } })} /></div>
      <p role="status" className="mt-4">{arrived ? <Button kind="primary" onClick={onShow}>{t.events.yourFirstEventHasArrived}</Button> : t.events.waitingForYourFirstEvent}</p>
    </Empty>
  );
}
