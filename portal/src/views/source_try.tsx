/** A signed webhook to copy, and whether it is accepted, live. */

import { useEffect, useState } from "react";
import { Link } from "react-router";
import { useClient, useQuery, useSubscription } from "urql";
import { graphql } from "../gql";
import type { SourceRowFragment } from "../gql/graphql";
import { useCatchUp } from "../lib/follow";
import { sourceCurl } from "../lib/source_curl";
import { useTenant } from "../shell/tenant";
import { Copyable, Dialog, LINK, Time } from "../ui/basics";
import { t } from "../strings";

const EVENTS = graphql(`
  subscription PortalSourceEvents($source: String!) {
    eventFeed(filter: { source: $source }) { ... on EventReceived { cursor event { id type receivedAt } } }
  }
`);
const REJECTED = graphql(`
  query PortalSourceRejected($source: String!, $from: DateTime!) {
    deliveries(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id receivedAt reason { message } } } }
  }
`);
const ACCEPTED = graphql(`
  query PortalSourceAccepted($source: String!, $from: DateTime!) {
    events(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id type receivedAt } } }
  }
`);
type Accepted = { id: string; type: string; receivedAt: string };
const SHOWN = 5;
const EVERY_MS = 2_000;

export function SourceTry({ source, onClose }: { source: SourceRowFragment; onClose: () => void }) {
  const { slug, may } = useTenant();
  const [from] = useState(() => new Date().toISOString());
  const [events, setEvents] = useState<readonly Accepted[]>([]);
  const add = (more: readonly Accepted[]): void =>
    setEvents((before) => [...more.filter(({ id }) => !before.some((one) => one.id === id)), ...before].slice(0, SHOWN));
  const client = useClient();
  const follow = useCatchUp(source.slug, () => void client.query(ACCEPTED, { source: source.slug, from }, { requestPolicy: "network-only" }).toPromise().then(({ data }) => add(data?.events.edges.map(({ node }) => node) ?? [])), 0);
  useSubscription({ query: EVENTS, variables: { source: source.slug }, pause: !may("view_events") }, (_before, data) => {
    follow();
    const item = data.eventFeed;
    if ("event" in item) add([item.event]);
    return data;
  });
  const rejected = useRejected(source.slug, from);
  const command = source.url ? sourceCurl(source.scheme, source.url) : "";
  return (
    <Dialog title={t.sourceTry.try(source.slug)} onClose={onClose} wide>
      {command === ""
        ? <p>{t.sourceTry.sendAWebhookFromThe}</p>
        : <><p>{t.sourceTry.putTheSourcesSecretIn}</p><Copyable text={command} label={t.common.theCommand} /></>}
      <section aria-label={t.sourceTry.whatArrived} aria-live="polite" className="flex flex-col gap-1 rounded-lg border border-line bg-surface p-3">
        {events.length === 0 && rejected.length === 0 && <p className="text-muted">{t.sourceTry.waitingForAWebhook}</p>}
        {events.map((event) => <p key={event.id}><span className="font-medium text-green">{t.sourceTry.accepted}</span> <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(event.id)}`}>{event.type}</Link> <Time at={event.receivedAt} className="text-muted" /></p>)}
        {rejected.map((one) => <p key={one.id}><span className="font-medium text-red">{t.sourceTry.rejected}</span> <Link className={LINK} to={`/${slug}/deliveries/${encodeURIComponent(one.id)}`}>{one.reason?.message ?? t.sourceTry.theSameDeliveryCameBefore}</Link> <Time at={one.receivedAt} className="text-muted" /></p>)}
      </section>
    </Dialog>
  );
}

/** No feed reports rejected deliveries, so the dialog reads them every two seconds. */
function useRejected(source: string, from: string) {
  const { may } = useTenant();
  const [{ data }, read] = useQuery({ query: REJECTED, variables: { source, from }, pause: !may("view_sources") });
  useEffect(() => {
    if (!may("view_sources")) return;
    const timer = setInterval(() => read({ requestPolicy: "network-only" }), EVERY_MS);
    return () => clearInterval(timer);
  }, [read]);
  return data?.deliveries.edges.map(({ node }) => node) ?? [];
}
