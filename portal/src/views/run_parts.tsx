/** The parts of a run's page: a step in detail, where it comes from, what it sent, and its history. */

import { RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import type { RunEffectFragment } from "../gql/graphql";
import { usePages } from "../lib/pages";
import { isFinal } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { Box, Button, CopyButton, Id, LINK, Problems, Skeleton, Time, Unanswered } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import { StateBadge } from "../ui/state_badge";
import { EffectDetail } from "./effect";
import type { Run } from "./run_whole";
import { RetryDialog } from "./retry";
import { Reveal } from "./reveal";
import { t } from "../strings";

const STEP = graphql(`
  query PortalStep($id: ID!) {
    node(id: $id) {
      ... on StepRun {
        id key state attempt startedAt finishedAt nextAttemptAt reason input output
        error { code message traceId }
        effect { ...EffectWhole }
        childRun { id state workflow { name } }
        progress { total done failed }
        attempts(first: 20) { edges { node { id attempt state startedAt finishedAt error { code message traceId } } } }
      }
    }
  }
`);

const PAYLOAD = graphql(`
  query PortalRunPayload($id: ID!) { run(id: $id) { id event { id payload } } }
`);

/** As many as the query of the run's page reads. */
const FIRST_EFFECTS = 20;
graphql(`
  fragment RunEffect on Effect { id key step connector target state proof }
`);

type InspectorProps = { id: string; run: Run; version: string; onDone: () => void };

/** version: changes when the step has moved, so that it is read again. */
export function Inspector({ id, run, version, onDone }: InspectorProps) {
  const [{ data, error, fetching }, again] = useQuery({ query: STEP, variables: { id } });
  const [retrying, setRetrying] = useState(false);
  const lacks = useLacks();
  const { slug } = useTenant();
  useEffect(() => again({ requestPolicy: "network-only" }), [version]);
  const step = data?.node && "attempts" in data.node ? data.node : null;
  if (step === null) return error ? <Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /> : fetching ? <Skeleton /> : null;
  const attempts = step.attempts.edges.map(({ node }) => node);
  const settled = (): void => {
    again({ requestPolicy: "network-only" });
    onDone();
  };
  return (
    <section aria-label={t.runParts.step(step.key)} className="flex flex-col gap-3">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="text-sm font-semibold break-all">{step.key}</h2>
        <StateBadge state={step.state} />
        <span className="text-muted">{t.runParts.attempt(step.attempt)}</span>
        {step.progress && <span className="text-muted">{t.runParts.ofItemsFailed(step.progress.done, step.progress.total, step.progress.failed)}</span>}
        {step.nextAttemptAt && <span className="text-muted">{t.runParts.again} <Time at={step.nextAttemptAt} /></span>}
        {isFinal(run.state) && <Button className="ml-auto" lacks={lacks("retry_runs")} onClick={() => setRetrying(true)}><RotateCw aria-hidden size={14} />{t.runParts.askRetryFromHere}</Button>}
      </header>
      {step.error && <Problems of={[step.error]} />}
      {step.childRun && <p className="flex flex-wrap items-center gap-2">{t.runParts.itStarted} <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(step.childRun.id)}`}>{t.runParts.runOf(step.childRun.workflow.name)}</Link> <StateBadge state={step.childRun.state} /></p>}
      {step.effect && <EffectDetail effect={step.effect} onDone={settled} />}
      {step.input != null && <JsonView label={t.common.input} value={step.input} />}
      {step.output != null && <JsonView label={t.runParts.output} value={step.output} />}
      {step.input == null && step.output == null && <p className="text-muted">{run.expired.includes("OUTPUTS") ? t.runParts.retentionHasRemovedTheOutput : t.runParts.thisStepHasNoInput}</p>}
      {attempts.length > 1 && (
        <Box title={t.runParts.attempts}>
          {attempts.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-x-3 px-3 py-1.5">
              <span className="w-6 text-muted tabular-nums">{one.attempt}</span><StateBadge state={one.state} /><Time at={one.startedAt} className="text-muted" />
              {one.error && <span className="min-w-0 break-words text-muted">{one.error.message}</span>}
            </li>
          ))}
        </Box>
      )}
      {retrying && <RetryDialog run={run} first={step.key} onClose={() => setRetrying(false)} />}
    </section>
  );
}

export function Lineage({ run }: { run: Run }) {
  const { slug, may } = useTenant();
  const { event, rule } = run;
  const retries = run.retries.edges.map(({ node }) => node);
  const to = (id: string): string => `/${slug}/runs/${encodeURIComponent(id)}`;
  const name = event ? `${event.type}${event.idempotencyKey ? ` · ${event.idempotencyKey}` : ""}` : "";
  return (
    <Box title={t.runParts.whereItComesFrom}>
      <li className="px-3 py-1.5">
        {event && may("view_events") ? <>{t.runParts.event} <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(event.id)}`}>{name}</Link></> : event ? t.runParts.event2(name) : t.runParts.retentionHasRemovedTheEvent}
        {rule && <span className="text-muted"> {t.runParts.matchedTheRule} {may("view_rules") ? <Link className={LINK} to={`/${slug}/rules/${encodeURIComponent(rule.slug)}${event ? `?event=${encodeURIComponent(event.id)}` : ""}`}>{rule.name}</Link> : rule.name}</span>}
        {may("view_workflows") && <> · <Link className={LINK} to={`/${slug}/workflows/${encodeURIComponent(run.workflow.slug)}?version=${run.workflowVersion.number}`}>{t.runParts.workflowV(run.workflowVersion.number)}</Link></>}
      </li>
      {run.parent && <li className="px-3 py-1.5">{t.runParts.startedBy} <Link className={LINK} to={to(run.parent.id)}>{t.runParts.runOf(run.parent.workflow.name)}</Link> <StateBadge state={run.parent.state} /></li>}
      {run.retryOf && <li className="px-3 py-1.5">{t.runParts.takesThePlaceOf} <Link className={LINK} to={to(run.retryOf.id)}>{t.runParts.aRun}</Link> {t.runParts.that} <StateBadge state={run.retryOf.state} /></li>}
      {retries.map((one) => (
        <li key={one.id} className="flex items-center gap-2 px-3 py-1.5">{t.runParts.retriedAs} <Link className={LINK} to={to(one.id)}>{t.runParts.aRun}</Link> <StateBadge state={one.state} /> <Time at={one.createdAt} className="text-muted" /></li>
      ))}
    </Box>
  );
}

const EFFECTS = graphql(`
  query PortalRunEffects($first: Int!, $after: String, $run: ID!) {
    effects(first: $first, after: $after, filter: { run: $run }) { edges { node { ...RunEffect } } pageInfo { hasNextPage endCursor } }
  }
`);

/** The first effects come with the run; the list of all is read when a person asks for it. */
export function Effects({ run }: { run: Run }) {
  const [all, setAll] = useState(false);
  if (run.effects.length === 0) return null;
  if (all) return <AllEffects run={run.id} />;
  return <EffectBox effects={run.effects} more={run.effects.length === FIRST_EFFECTS ? () => setAll(true) : null} />;
}

function AllEffects({ run }: { run: string }) {
  const pages = usePages(EFFECTS, { first: 100, run }, ({ effects }) => ({ rows: effects.edges.map(({ node }) => node), ...effects.pageInfo }));
  if (pages.rows.length === 0 && pages.loading) return <Skeleton />;
  if (pages.problems.length > 0) return <Problems of={pages.problems}><Button className="mt-3" onClick={pages.reload}>{t.tryAgain}</Button></Problems>;
  return <EffectBox effects={pages.rows} more={pages.hasMore ? pages.more : null} />;
}

function EffectBox({ effects, more }: { effects: readonly RunEffectFragment[]; more: (() => void) | null }) {
  return (
    <Box title={t.runParts.whatItSent}>
      {effects.map((effect) => (
        <li key={effect.id} className="flex flex-col gap-0.5 px-3 py-2">
          <span className="flex flex-wrap items-center gap-x-3">
            <StateBadge state={effect.state} /><span className="font-medium">{effect.step}</span>
            <span className="text-muted">{effect.connector}{effect.target ? t.runParts.to(effect.target) : ""}</span>
            <span className="inline-flex items-center gap-1 text-muted">{t.common.key} <Id value={effect.key} label={t.runParts.theIdempotencyKey} /></span>
          </span>
          <span className="text-xs break-words text-muted">{effect.proof}</span>
        </li>
      ))}
      {more !== null && <li className="p-3 text-center"><Button onClick={more}>{t.runParts.showMore}</Button></li>}
    </Box>
  );
}

const SHOWN_AT_ONCE = 200;

export function Timeline({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  const [most, setMost] = useState(SHOWN_AT_ONCE);
  return (
    <details className="rounded-lg border border-line" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer bg-surface px-3 py-1 text-xs font-semibold text-muted">{t.runParts.historyEntries(run.timeline.length.toLocaleString(t.locale))}</summary>
      {open && <p className="flex justify-end border-b border-line px-3 py-1"><CopyButton value={run.timeline.map(({ at, message }) => `${at} ${message}`).join("\n")} label={t.runParts.theHistory} /></p>}
      <ol className="divide-y divide-line">
        {open && run.timeline.slice(0, most).map((line, index) => (
          <li key={index} className="flex gap-3 px-3 py-1.5"><Time at={line.at} className="w-20 shrink-0 text-muted" /><span className="min-w-0 break-words whitespace-pre-wrap">{line.message}</span></li>
        ))}
      </ol>
      {run.timeline.length > most && <p className="p-2 text-center"><Button onClick={() => setMost(most + SHOWN_AT_ONCE)}>{t.runParts.showMore}</Button></p>}
    </details>
  );
}

/** What the run's event carries. It is read when a person opens it. */
export function Payload({ run }: { run: Run }) {
  const { may } = useTenant();
  const [open, setOpen] = useState(false);
  const [{ data, error, fetching }, again] = useQuery({ query: PAYLOAD, variables: { id: run.id }, pause: !open });
  if (!run.event || !may("view_events")) return null;
  const event = data?.run?.event;
  return (
    <details className="rounded-lg border border-line" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer bg-surface px-3 py-1 text-xs font-semibold text-muted">{t.runParts.payloadOfItsEvent}</summary>
      <div className="flex flex-col gap-3 p-3">
        {!event && (error ? <Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /> : fetching && <Skeleton rows={2} />)}
        {event && (event.payload == null ? <p className="text-muted">{t.event.thePayloadHasBeenErased}</p> : <><JsonView label={t.event.payloadRedacted} value={event.payload} /><Reveal event={event.id} /></>)}
      </div>
    </details>
  );
}
