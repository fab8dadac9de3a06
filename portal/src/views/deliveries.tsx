/** Deliveries that made no event: duplicates, conflicts and refusals, with the cause and redelivery. */

import { RotateCw } from "lucide-react";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { DeliveryOutcome, DeliveryRowFragment } from "../gql/graphql";
import { useAct } from "../lib/act";
import { usePages } from "../lib/pages";
import { look, type Look } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Box, Button, Empty, Id, INPUT, LINK, Heading, Problems, Skeleton, Time, Unanswered } from "../ui/basics";
import { Header, RowList } from "../ui/list";
import { LookBadge } from "../ui/state_badge";
import { EventTabs } from "./event_tabs";

graphql(`
  fragment DeliveryRow on Delivery {
    id outcome type idempotencyKey payloadBytes receivedAt redeliverable
    reason { code message } source { slug } redeliveredEvent { id }
  }
`);
const DELIVERIES = graphql(`
  query PortalDeliveries($first: Int!, $after: String, $filter: DeliveryFilter) {
    deliveries(first: $first, after: $after, filter: $filter) { edges { node { ...DeliveryRow } } pageInfo { hasNextPage endCursor } }
  }
`);
const SOURCES = graphql(`
  query PortalDeliverySources { sources(first: 100) { edges { node { slug } } } }
`);
const DELIVERY = graphql(`
  query PortalDelivery($id: ID!) {
    node(id: $id) { __typename ... on Delivery { ...DeliveryRow traceId payloadSha256 secretVersion expiresAt eventExpired event { id type } } }
  }
`);
const VERIFY = graphql(`
  query PortalVerifyDelivery($input: VerifyDeliveryInput!) {
    verifyDelivery(input: $input) { verified secretVersion secrets { version cause message } refusal { code message traceId } }
  }
`);
const REDELIVER = graphql(`
  mutation PortalRedeliver($input: RedeliverInput!) { redeliver(input: $input) { events { id type } errors { code message path traceId } } }
`);
const LOOKS: Record<DeliveryOutcome, Look> = {
  DUPLICATE: look(t.deliveries.duplicate, "slash", "muted"),
  CONFLICT: look(t.deliveries.conflict, "question", "amber"),
  REFUSED: look(t.deliveries.refused, "cross", "red"),
};

export function DeliveriesPage() {
  const { slug, may } = useTenant();
  const [search, setSearch] = useSearchParams();
  const asked = (Object.keys(LOOKS) as DeliveryOutcome[]).find((one) => one.toLowerCase() === search.get("outcome"));
  const source = search.get("source") ?? "";
  const [{ data: sources }] = useQuery({ query: SOURCES, pause: !may("view_sources") });
  const slugs = new Set([...(sources?.sources.edges.map(({ node }) => node.slug) ?? []), source].filter(Boolean));
  const set = (change: Record<string, string>): void =>
    setSearch(Object.fromEntries(Object.entries({ outcome: search.get("outcome") ?? "", source, ...change }).filter(([, value]) => value !== "")));
  const narrowed = asked !== undefined || source !== "";
  const pages = usePages(DELIVERIES, { first: 50, filter: { ...(asked ? { outcomes: [asked] } : {}), ...(source ? { source } : {}) } }, (data) => ({
    rows: data.deliveries.edges.map(({ node }) => node),
    ...data.deliveries.pageInfo,
  }));
  return (
    <>
      <Header title={t.events.title}>
        <EventTabs />
        <select aria-label={t.deliveries.outcome} className={`${INPUT} w-auto!`} value={asked ?? ""} onChange={(event) => set({ outcome: event.target.value.toLowerCase() })}>
          <option value="">{t.deliveries.allOutcomes}</option>
          {(Object.keys(LOOKS) as DeliveryOutcome[]).map((one) => <option key={one} value={one}>{LOOKS[one].word}</option>)}
        </select>
        <select aria-label={t.events.source} className={`${INPUT} w-auto! max-w-44`} value={source} onChange={(event) => set({ source: event.target.value })}>
          <option value="">{t.events.allSources}</option>
          {[...slugs].map((one) => <option key={one}>{one}</option>)}
        </select>
      </Header>
      <RowList label={t.deliveries.title} pages={pages} to={(one) => `/${slug}/deliveries/${encodeURIComponent(one.id)}`}
        empty={narrowed ? <Empty title={t.deliveries.noneMatch}><Button onClick={() => setSearch({})}>{t.clear}</Button></Empty> : <Empty title={t.deliveries.none}><p>{t.deliveries.aWebhookThatComesTwice}</p></Empty>}>
        {(one) => <DeliveryRow one={one} />}
      </RowList>
    </>
  );
}

function DeliveryRow({ one }: { one: DeliveryRowFragment }) {
  return (
    <>
      <LookBadge look={LOOKS[one.outcome]} className="w-24 shrink-0" />
      <span className="grid min-w-0 flex-1 grid-cols-1 gap-x-4 md:grid-cols-[minmax(0,2fr)_minmax(0,5fr)]">
        <span className="truncate font-medium">{one.source.slug} <span className="font-normal text-muted">{one.type ?? ""}</span></span>
        <span className="truncate text-muted">{one.redeliveredEvent ? t.deliveries.acceptedLater : one.reason ? `${one.reason.code}: ${one.reason.message}` : (one.idempotencyKey ?? "")}</span>
      </span>
      <Time at={one.receivedAt} className="shrink-0 text-muted" />
    </>
  );
}

export function DeliveryPage() {
  const { id = "" } = useParams();
  const { slug, may } = useTenant();
  const lacks = useLacks();
  const [{ data, error, fetching }, again] = useQuery({ query: DELIVERY, variables: { id } });
  const [verdict] = useQuery({ query: VERIFY, variables: { input: { delivery: id } }, pause: !may("manage_sources") });
  const [newKeys, setNewKeys] = useState(false);
  const act = useAct(REDELIVER, (answer) => answer.redeliver);
  const found = data?.node?.__typename === "Delivery" ? data.node : null;
  if (found === null) {
    if (error) return <div className="p-4"><Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title={t.deliveries.noSuchDelivery}><p>{t.unknownObject}</p><Link className={LINK} to={`/${slug}/deliveries`}>{t.deliveries.title}</Link></Empty>;
  }
  const event = (one: { id: string }): string => `/${slug}/events/${encodeURIComponent(one.id)}`;
  const redeliver = async (): Promise<void> => {
    await act.send({ deliveries: [id], newKeys });
    again({ requestPolicy: "network-only" });
  };
  const verified = verdict.data?.verifyDelivery;
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <Heading>{t.deliveries.deliveryTo(found.source.slug)}</Heading>
        <LookBadge look={LOOKS[found.outcome]} />
        <Time at={found.receivedAt} className="text-muted" />
        <span className="inline-flex items-center gap-1 text-muted">{t.common.trace} <Id value={found.traceId} label={t.common.theTraceId} /></span>
      </header>
      <div className="flex max-w-4xl flex-col gap-4 p-4">
        <p className="rounded-lg border border-line bg-surface p-3 text-sm font-medium break-words first-letter:uppercase">
          {found.reason ? found.reason.message : found.outcome === "DUPLICATE" ? t.deliveries.theSameEventCameBefore : t.deliveries.theDeliveryMadeNoEvent}
          {found.reason && <code className="mt-1 block font-mono text-xs font-normal text-muted">{found.reason.code}</code>}
        </p>
        {found.event && <p>{t.deliveries.theEventThatCameFirst} <Link className={LINK} to={event(found.event)}>{found.event.type}</Link></p>}
        {found.redeliveredEvent && <p role="status">{t.deliveries.itWasAcceptedLaterAs} <Link className={LINK} to={event(found.redeliveredEvent)}>{t.deliveries.anEvent}</Link>.</p>}
        {verified && (
          <Box title={verified.verified ? t.deliveries.theSignatureIsRightFor(verified.secretVersion ?? "") : t.deliveries.whyTheSignatureIsNot}>
            {verified.secrets.map((one) => <li key={one.version} className="px-3 py-2"><span className="font-medium">{t.deliveries.version(one.version)}</span> <code className="font-mono text-xs text-muted">{one.cause}</code><span className="block break-words text-muted">{one.message}</span></li>)}
            {verified.refusal && <li className="px-3 py-2 text-amber">{verified.refusal.message}</li>}
          </Box>
        )}
        {verdict.error && <Problems of={problemsOf(verdict.error)} />}
        <p className="text-xs text-muted">{t.deliveries.bytesSha256(found.payloadBytes.toLocaleString(t.locale))} <Id value={found.payloadSha256} label={t.deliveries.theSha256} /> {t.deliveries.willBeRemoved} <Time at={found.expiresAt} /></p>
        {!found.redeliveredEvent && found.outcome !== "DUPLICATE" && (
          <div className="flex flex-col gap-3">
            {found.outcome === "CONFLICT" && <label className="flex items-center gap-2"><input type="checkbox" checked={newKeys} onChange={(event) => setNewKeys(event.target.checked)} />{t.deliveries.makeAnEventOfIts}</label>}
            <Problems of={act.problems} />
            <Button kind="primary" className="w-fit" disabled={act.busy || !found.redeliverable} lacks={lacks("redeliver")} onClick={() => void redeliver()}><RotateCw aria-hidden size={14} />{t.deliveries.acceptItNow}</Button>
            <p className="text-xs text-muted">{found.redeliverable ? t.deliveries.itIsJudgedByThe : t.deliveries.itsBodyWasNotKept}</p>
          </div>
        )}
      </div>
    </div>
  );
}
