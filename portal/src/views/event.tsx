/** One event: what each rule decided about it and why, the runs that it started, and its payload. */

import { RotateCw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link, useParams } from "react-router";
import { useMutation, useQuery, useSubscription } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { isFinal } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, CopyButton, Dialog, Empty, Id, LINK, Heading, Problems, Skeleton, Time, Unanswered } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import { StateBadge } from "../ui/state_badge";
import { Why } from "./event_why";
import { Reveal } from "./reveal";

const EVENT = graphql(`
  query PortalEvent($id: ID!) {
    event(id: $id) {
      ...EventRow
      traceId occurredAt payload payloadSha256 depth
      waitingFor { until sentence }
      derivedFrom { id }
      decisions(first: 100) { verdict reason path decidedAt rule { slug name } run { id state } collapsedInto { id } }
      runs(first: 20) { edges { node { id state createdAt workflow { name } workflowVersion { number } } } }
    }
  }
`);
const FEED = graphql(`
  subscription PortalEventRuns($filter: RunFeedFilter) { runFeed(filter: $filter) { kind cursor } }
`);
const REPLAY = graphql(`
  mutation PortalReplay($input: ReplayEventInput!) {
    replayEvent(input: $input) { event { id } runs { id } errors { code message path traceId } }
  }
`);

/** As many as the query reads of each. */
const MOST_DECISIONS = 100;
const MOST_RUNS = 20;

/** When a page of a new event looks again: no feed says that the rules have decided. */
const LOOKS_MS = [500, 1_000, 2_000, 4_000, 8_000, 16_000];

/** Reads the event again until a rule has decided, and whenever one of its open runs moves. */
function useFollowed(undecided: boolean, open: readonly string[], answer: unknown, read: () => void): void {
  const looks = useRef(0);
  useEffect(() => {
    const wait = LOOKS_MS[looks.current];
    if (!undecided || wait === undefined) return;
    const timer = setTimeout(() => {
      looks.current += 1;
      read();
    }, wait);
    return () => clearTimeout(timer);
  }, [undecided, answer]);
  useSubscription({ query: FEED, variables: { filter: { runs: [...open] } }, pause: open.length === 0 }, (_before, data) => {
    read();
    return data;
  });
}

export function EventPage() {
  const { id = "" } = useParams();
  const { slug, may } = useTenant();
  /** The slug of the rule that is asked for its reasons. */
  const [asked, setAsked] = useState<string | null>(null);
  const [{ data, error, fetching }, again] = useQuery({ query: EVENT, variables: { id } });
  const [asking, setAsking] = useState(false);
  const lacks = useLacks();
  const event = data?.event;
  const runs = event?.runs.edges.map(({ node }) => node) ?? [];
  const reread = (): void => again({ requestPolicy: "network-only" });
  useFollowed(event?.decisions.length === 0 && runs.length === 0, runs.filter(({ state }) => !isFinal(state)).map((run) => run.id), data, reread);
  if (!event) {
    if (error) return <div className="p-4"><Unanswered error={error} again={reread} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title={t.event.noSuchEvent}><p>{t.unknownObject}</p><Link className={LINK} to={`/${slug}/events`}>{t.events.title}</Link></Empty>;
  }
  const matched = event.decisions.filter(({ run }) => run !== null && run !== undefined).length;
  const to = (run: string): string => `/${slug}/runs/${encodeURIComponent(run)}`;
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <Heading>{event.type}</Heading>
        <span className="text-muted">{t.event.from(event.source.slug)}</span>
        <Time at={event.receivedAt} className="text-muted" />
        {event.idempotencyKey && <span className="inline-flex items-center gap-1 text-muted">{t.common.key} <code className="max-w-60 truncate font-mono text-xs">{event.idempotencyKey}</code><CopyButton value={event.idempotencyKey} label={t.event.theKey} /></span>}
        <span className="inline-flex items-center gap-1 text-muted">{t.common.trace} <Id value={event.traceId} label={t.common.theTraceId} /></span>
        <Button className="ml-auto" lacks={lacks("replay_events")} onClick={() => setAsking(true)}><RotateCw aria-hidden size={14} />{t.event.askReplay}</Button>
      </header>
      {event.waitingFor ? (
        <section aria-label={t.run.whatItWaitsFor} className="mx-4 mt-4 rounded-lg border border-line border-l-4 border-l-violet bg-surface p-3">
          <p className="text-sm font-medium break-words">{event.waitingFor.sentence}</p>
          {event.waitingFor.until && <p className="mt-1 text-xs text-muted">{t.run.until} <Time at={event.waitingFor.until} /></p>}
        </section>
      ) : <p className="mx-4 mt-4 rounded-lg border border-line bg-surface p-3 text-sm font-medium">
        {runs.length === 0 ? t.event.thisEventStartedNoRun : t.event.thisEventStarted(runs.length === MOST_RUNS ? t.event.twentyOrMoreRuns : runs.length === 1 ? t.event.oneRun : t.event.runs(runs.length))}{" "}
        <span className="font-normal text-muted">{t.event.lookedAtItStartedA(event.decisions.length === MOST_DECISIONS ? t.orMore(MOST_DECISIONS) : event.decisions.length, event.decisions.length === 1 ? t.event.rule : t.event.rules, matched)}</span>
      </p>}
      <div className="grid gap-4 p-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <section aria-label={t.rules.title} className="overflow-hidden rounded-lg border border-line">
            <h2 className="border-b border-line bg-surface px-3 py-1 text-xs font-semibold text-muted">{t.event.rulesThatLookedAtIt}</h2>
            {event.decisions.length === 0 && <p className="px-3 py-2 text-muted">{event.waitingFor ? t.event.rulesHaveNotLookedAt : t.event.noneWasInForceOr}</p>}
            <ul className="divide-y divide-line">
              {event.decisions.map((one, index) => (
                <li key={index} className="px-3 py-2">
                  <span className="flex flex-wrap items-center gap-x-3">
                    <span className={`font-medium ${one.run ? "text-green" : "text-ink"}`}>{one.rule ? <Link className="underline underline-offset-2" to={`/${slug}/rules/${encodeURIComponent(one.rule.slug)}?event=${encodeURIComponent(event.id)}`}>{one.rule.name}</Link> : t.event.aRuleThatWasDeleted}</span>
                    <code className="font-mono text-xs text-muted">{one.verdict.toLowerCase().replaceAll("_", " ")}</code>
                    {one.rule && !one.run && may("view_rules") && <button type="button" className={`${LINK} cursor-pointer`} aria-expanded={asked === one.rule.slug} aria-label={t.event.whyOf(one.rule.name)} onClick={() => setAsked(asked === one.rule?.slug ? null : (one.rule?.slug ?? null))}>{t.event.why}</button>}
                    {one.run && <Link className={LINK} to={to(one.run.id)}>{t.event.itsRun}</Link>}
                    {one.run && <StateBadge state={one.run.state} />}
                    {one.collapsedInto && <Link className={LINK} to={to(one.collapsedInto.id)}>{t.event.partOfAnotherRun}</Link>}
                  </span>
                  <span className="block break-words text-muted">{one.reason}{one.path.length > 0 && <> <code className="font-mono text-xs">({one.path.join(".")})</code></>}</span>
                  {one.rule && asked === one.rule.slug && <Why rule={one.rule.slug} event={event.id} />}
                </li>
              ))}
            </ul>
          </section>
          {runs.length > 0 && (
            <section aria-label={t.runs.title} className="overflow-hidden rounded-lg border border-line">
              <h2 className="border-b border-line bg-surface px-3 py-1 text-xs font-semibold text-muted">{t.runs.title}</h2>
              <ul className="divide-y divide-line">
                {runs.map((run) => (
                  <li key={run.id}><Link data-row to={to(run.id)} className="flex h-9 items-center gap-3 px-3 -outline-offset-2 hover:bg-surface">
                    <StateBadge state={run.state} /><span className="truncate">{run.workflow.name} <span className="text-muted">{t.event.v(run.workflowVersion.number)}</span></span><Time at={run.createdAt} className="ml-auto text-muted" />
                  </Link></li>
                ))}
                {runs.length === MOST_RUNS && <li className="px-3 py-1.5"><Link className={LINK} to={`/${slug}/runs?event=${encodeURIComponent(event.id)}`}>{t.event.allItsRuns}</Link></li>}
              </ul>
            </section>
          )}
          {event.schemaProblems.length > 0 && (
            <section aria-label={t.event.schemaProblems} className="rounded-lg border border-line p-3">
              <h2 className="mb-1 text-xs font-semibold text-amber">{t.event.thePayloadDoesNotMatch}</h2>
              <ul className="list-disc pl-4">{event.schemaProblems.map(({ message }) => <li key={message}>{message}</li>)}</ul>
            </section>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          {event.payload === null || event.payload === undefined ? <p className="text-muted">{t.event.thePayloadHasBeenErased}</p> : <><JsonView label={t.event.payloadRedacted} value={event.payload} /><Reveal event={event.id} /></>}
          <p className="text-xs text-muted">
            {t.event.happened} <Time at={event.occurredAt} /> {t.event.bytesSha256(event.payloadBytes.toLocaleString(t.locale))} <Id value={event.payloadSha256} label={t.event.theSha256} />
            {event.derivedFrom && <> · <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(event.derivedFrom.id)}`}>{t.event.editedFromAnotherEvent}</Link></>}
          </p>
        </div>
      </div>
      {asking && <ReplayDialog id={event.id} onClose={() => { setAsking(false); reread(); }} />}
    </div>
  );
}

function ReplayDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const [key] = useState(() => crypto.getRandomValues(new Uint32Array(4)).join("-"));
  const [{ fetching }, replay] = useMutation(REPLAY);
  const [problems, setProblems] = useState<Problem[]>([]);
  const submit = async (): Promise<void> => {
    const { data, error } = await replay({ input: { event: id, idempotencyKey: `portal-${key}` } });
    const found = [...problemsOf(error), ...(data?.replayEvent.errors ?? [])];
    setProblems(found);
    if (found.length === 0) onClose();
  };
  return (
    <Dialog title={t.event.replayThisEvent} onClose={onClose}>
      <p className="text-muted">{t.event.theRulesOfTodayMatch}</p>
      <Problems of={problems} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t.common.leaveIt}</Button>
        <Button kind="primary" disabled={fetching} onClick={() => void submit()}>{t.event.replay}</Button>
      </div>
    </Dialog>
  );
}
