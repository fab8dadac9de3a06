/** Runs that a budget or a circuit breaker holds, by what each open run says that it waits for, and events that a budget holds. */

import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { WaitCause } from "../gql/graphql";
import { useTenant } from "../shell/tenant";
import { Box, LINK, Problems, Time } from "../ui/basics";
import { t } from "../strings";

const HELD = graphql(`
  query PortalHeldRuns($last: Int!, $filter: RunFilter) {
    runs(last: $last, filter: $filter) {
      edges { node { id createdAt workflow { name } event { id type idempotencyKey } waitingFor { cause position until sentence } } }
      pageInfo { hasPreviousPage }
    }
  }
`);
const HELD_EVENTS = graphql(`
  query PortalHeldEvents($last: Int!) {
    events(last: $last, filter: { waitsForBudget: true }) {
      totalCount
      edges { node { id type idempotencyKey receivedAt waitingFor { position until sentence } } }
    }
  }
`);
const LOOKED_AT = 100;
const SHOWN = 20;
const EVERY_MS = 15_000;

/** none: the sentence where no run waits. */
export function HeldRuns({ cause, title, none }: { cause: WaitCause; title: string; none: string }) {
  const { slug } = useTenant();
  const [{ data, error }, read] = useQuery({ query: HELD, variables: { last: LOOKED_AT, filter: { states: ["QUEUED", "WAITING", "RUNNING"] } } });
  useEach(() => read({ requestPolicy: "network-only" }));
  if (data === undefined) return error ? <Problems of={problemsOf(error)} /> : null;
  const held = data.runs.edges.map(({ node }) => node).filter(({ waitingFor }) => waitingFor?.cause === cause).reverse();
  const more = data.runs.pageInfo.hasPreviousPage;
  return (
    <Box title={held.length === 0 ? title : `${title}: ${held.length}${more ? t.heldRuns.orMore : ""}`} aside={more ? <span className="font-normal">{t.heldRuns.amongTheOldestOpenRuns(LOOKED_AT)}</span> : undefined}>
      {held.length === 0 && <li className="px-3 py-2 text-muted">{none}</li>}
      {held.slice(0, SHOWN).map((run) => (
        <li key={run.id} className="flex flex-wrap items-center gap-x-4 px-3 py-1.5">
          <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(run.id)}`}>{run.workflow.name}{run.event?.idempotencyKey ? ` ${run.event.idempotencyKey}` : ""}</Link>
          <span className="min-w-0 flex-1 basis-60 text-muted">{run.waitingFor?.sentence}</span>
          {run.waitingFor?.position != null && <span className="text-muted tabular-nums">{t.heldRuns.place(run.waitingFor.position.toLocaleString(t.locale))}</span>}
          <Time at={run.createdAt} className="text-muted" />
        </li>
      ))}
      {held.length > SHOWN && <li className="px-3 py-2 text-muted">{t.heldRuns.and} {held.length - SHOWN} {t.heldRuns.more}</li>}
    </Box>
  );
}

/** Events that wait for a budget of events, the oldest first: rules look at them in this order. */
export function HeldEvents() {
  const { slug, may } = useTenant();
  const [{ data, error }, read] = useQuery({ query: HELD_EVENTS, variables: { last: SHOWN }, pause: !may("view_events") });
  useEach(() => read({ requestPolicy: "network-only" }));
  if (data === undefined) return error ? <Problems of={problemsOf(error)} /> : null;
  const { totalCount } = data.events;
  const held = data.events.edges.map(({ node }) => node).reverse();
  const title = t.heldRuns.eventsThatABudgetThrottles;
  return (
    <Box title={totalCount === 0 ? title : `${title}: ${totalCount.toLocaleString(t.locale)}`} aside={totalCount > 0 ? <Link className={`${LINK} font-normal`} to={`/${slug}/events?waiting=budget`}>{t.heldRuns.allWaitingEvents}</Link> : undefined}>
      {totalCount === 0 && <li className="px-3 py-2 text-muted">{t.heldRuns.noEventWaits}</li>}
      {held.map((event) => (
        <li key={event.id} className="flex flex-wrap items-center gap-x-4 px-3 py-1.5">
          <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(event.id)}`}>{event.type}{event.idempotencyKey ? ` ${event.idempotencyKey}` : ""}</Link>
          <span className="min-w-0 flex-1 basis-60 text-muted">{event.waitingFor?.sentence}</span>
          {event.waitingFor?.until != null && <Time at={event.waitingFor.until} className="text-muted" />}
          {event.waitingFor?.position != null && <span className="text-muted tabular-nums">{t.heldRuns.place(event.waitingFor.position.toLocaleString(t.locale))}</span>}
        </li>
      ))}
      {totalCount > held.length && <li className="px-3 py-2 text-muted">{t.heldRuns.and} {(totalCount - held.length).toLocaleString(t.locale)} {t.heldRuns.more}</li>}
    </Box>
  );
}

/** Reads again at times, while the page is seen. */
function useEach(read: () => void): void {
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) latest.current(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
}
