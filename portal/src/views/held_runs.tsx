/** Runs that a budget or a circuit breaker holds, and events that a budget holds. */

import { Link } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { PortalHeldRunsQuery } from "../gql/graphql";
import { beyond, shownTotal } from "../lib/counts";
import { useEach } from "../lib/each";
import { WAITING } from "../lib/run_filters";
import { useTenant } from "../shell/tenant";
import { Box, LINK, Problems, Time } from "../ui/basics";
import { t } from "../strings";

const HELD = graphql(`
  query PortalHeldRuns($last: Int!, $filter: RunFilter, $count: Boolean!) {
    runs(last: $last, filter: $filter) {
      totalCount @include(if: $count)
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
type Held = PortalHeldRunsQuery["runs"]["edges"][number]["node"];

/** Runs that wait for a budget, the oldest first. */
export function RunsHeldByBudget({ title, none }: { title: string; none: string }) {
  const { slug } = useTenant();
  const [{ data, error }, read] = useQuery({ query: HELD, variables: { last: SHOWN, filter: { waitsForBudget: true }, count: true } });
  useEach(() => read({ requestPolicy: "network-only" }));
  if (data === undefined) return error ? <Problems of={problemsOf(error)} /> : null;
  const totalCount = data.runs.totalCount ?? 0;
  const held = data.runs.edges.map(({ node }) => node).reverse();
  return (
    <Box title={totalCount === 0 ? title : `${title}: ${shownTotal(totalCount)}`} aside={totalCount > 0 ? <Link className={`${LINK} font-normal`} to={`/${slug}/runs?waiting=${WAITING}`}>{t.heldRuns.allWaitingRuns}</Link> : undefined}>
      <HeldRows held={held} more={beyond(totalCount, held.length)} none={none} />
    </Box>
  );
}

/** Runs that a circuit breaker holds, among the oldest open runs: no filter of the API names them. */
export function RunsHeldByBreaker({ title, none }: { title: string; none: string }) {
  const [{ data, error }, read] = useQuery({ query: HELD, variables: { last: LOOKED_AT, filter: { states: ["QUEUED", "WAITING", "RUNNING"] }, count: false } });
  useEach(() => read({ requestPolicy: "network-only" }));
  if (data === undefined) return error ? <Problems of={problemsOf(error)} /> : null;
  const held = data.runs.edges.map(({ node }) => node).filter(({ waitingFor }) => waitingFor?.cause === "BREAKER").reverse();
  const more = data.runs.pageInfo.hasPreviousPage;
  return (
    <Box title={held.length === 0 ? title : `${title}: ${held.length}${more ? t.heldRuns.orMore : ""}`} aside={more ? <span className="font-normal">{t.heldRuns.amongTheOldestOpenRuns(LOOKED_AT)}</span> : undefined}>
      <HeldRows held={held.slice(0, SHOWN)} more={held.length - SHOWN} none={none} />
    </Box>
  );
}

/** none: the sentence where no run waits. */
function HeldRows({ held, more, none }: { held: readonly Held[]; more: number; none: string }) {
  const { slug } = useTenant();
  return (
    <>
      {held.length === 0 && <li className="px-3 py-2 text-muted">{none}</li>}
      {held.map((run) => (
        <li key={run.id} className="flex flex-wrap items-center gap-x-4 px-3 py-1.5">
          <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(run.id)}`}>{run.workflow.name}{run.event?.idempotencyKey ? ` ${run.event.idempotencyKey}` : ""}</Link>
          <span className="min-w-0 flex-1 basis-60 text-muted">{run.waitingFor?.sentence}</span>
          {run.waitingFor?.position != null && <span className="text-muted tabular-nums">{t.heldRuns.place(run.waitingFor.position.toLocaleString(t.locale))}</span>}
          <Time at={run.createdAt} className="text-muted" />
        </li>
      ))}
      {more > 0 && <li className="px-3 py-2 text-muted">{t.heldRuns.and} {more.toLocaleString(t.locale)} {t.heldRuns.more}</li>}
    </>
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
    <Box title={totalCount === 0 ? title : `${title}: ${shownTotal(totalCount)}`} aside={totalCount > 0 ? <Link className={`${LINK} font-normal`} to={`/${slug}/events?waiting=budget`}>{t.heldRuns.allWaitingEvents}</Link> : undefined}>
      {totalCount === 0 && <li className="px-3 py-2 text-muted">{t.heldRuns.noEventWaits}</li>}
      {held.map((event) => (
        <li key={event.id} className="flex flex-wrap items-center gap-x-4 px-3 py-1.5">
          <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(event.id)}`}>{event.type}{event.idempotencyKey ? ` ${event.idempotencyKey}` : ""}</Link>
          <span className="min-w-0 flex-1 basis-60 text-muted">{event.waitingFor?.sentence}</span>
          {event.waitingFor?.until != null && <Time at={event.waitingFor.until} className="text-muted" />}
          {event.waitingFor?.position != null && <span className="text-muted tabular-nums">{t.heldRuns.place(event.waitingFor.position.toLocaleString(t.locale))}</span>}
        </li>
      ))}
      {beyond(totalCount, held.length) > 0 && <li className="px-3 py-2 text-muted">{t.heldRuns.and} {beyond(totalCount, held.length).toLocaleString(t.locale)} {t.heldRuns.more}</li>}
    </Box>
  );
}
