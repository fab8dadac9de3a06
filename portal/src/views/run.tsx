/** One run: the sentence that matters, what each step did when, and what a person may do about it. */

import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useQuery, useSubscription } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { useCatchUp } from "../lib/follow";
import { useNow } from "../lib/store";
import { isFinal } from "../lib/states";
import { waterfall } from "../lib/waterfall";
import { useSignedInAgain } from "../shell/session";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";
import { CopyButton, Duration, Empty, Id, Heading, Problems, Skeleton, Time, Unanswered } from "../ui/basics";
import { StateBadge } from "../ui/state_badge";
import { RunActions } from "./run_actions";
import { Effects, Inspector, Lineage, Payload, Timeline } from "./run_parts";
import { Lanes } from "./run_waterfall";
import { type Run, useWhole } from "./run_whole";

const RUN = graphql(`
  query PortalRun($id: ID!) {
    run(id: $id) {
      ...RunRow
      traceId
      fingerprint
      stepCount
      expired
      waitingFor { cause position until sentence }
      rule { slug name }
      steps: stepConnection(first: 100) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } }
      timeline(first: 100) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } }
      effects(first: 20) { ...RunEffect }
      parent { id state workflow { name } }
      retryOf { id state createdAt }
      retries(first: 10) { edges { node { id state createdAt } } }
    }
  }
`);
graphql(`
  fragment LogLine on TimelineEntry { at kind step item compensates attempt message }
`);
graphql(`
  fragment StepLane on StepRun { id key state attempt startedAt finishedAt error { code message traceId } }
`);
const DEFINITION = graphql(`
  query PortalRunDefinition($id: ID!) { run(id: $id) { id workflowVersion { id definition } } }
`);
const Graph = lazy(() => import("./graph"));
const CHANGES = graphql(`
  subscription PortalRunChanges($runs: [ID!]!) { runFeed(filter: { runs: $runs }) { kind cursor } }
`);

const QUIET_MS = 150;

export function RunPage() {
  const { id = "" } = useParams();
  const { slug } = useTenant();
  const [{ data, error, fetching }, again] = useQuery({ query: RUN, variables: { id } });
  const reload = useCallback(() => again({ requestPolicy: "network-only" }), [again]);
  useLive(id, reload, data?.run != null && isFinal(data.run.state));
  useSignedInAgain(reload);
  const run = useWhole(data?.run);
  if (run === null) {
    if (error) return <div className="p-4"><Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title={t.run.noSuchRun}><p>{t.unknownObject}</p><Link className="text-accent underline" to={`/${slug}/runs`}>{t.runs.title}</Link></Empty>;
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <Heading>{run.workflow.name} <span className="font-normal text-muted">{t.run.v(run.workflowVersion.number)}</span></Heading>
          <StateBadge state={run.state} />
          <span className="text-muted">{run.startedAt ? <Duration from={run.startedAt} to={run.finishedAt} /> : t.run.notBegun}</span>
          <Time at={run.createdAt} className="text-muted" />
          <span className="inline-flex items-center gap-1 text-muted">{t.common.trace} <Id value={run.traceId} label={t.common.theTraceId} /></span>
          <CopyButton link value={location.href} label={t.run.theLinkOfThisRun} />
        </div>
        <RunActions run={run} onDone={reload} />
      </header>
      {error && <div className="p-4 pb-0"><Problems of={problemsOf(error)} /></div>}
      <Answer run={run} />
      <Body run={run} onDone={reload} />
    </div>
  );
}

/** Reads the run again when it has moved; several moves at once make one read. An open run may have moved before the feed began. */
function useLive(id: string, reload: () => void, ended: boolean): void {
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const follow = useCatchUp(id, () => !ended && reload(), QUIET_MS);
  useSubscription({ query: CHANGES, variables: { runs: [id] } }, (_before, data) => {
    follow();
    if (data.runFeed.kind !== "CHECKPOINT") {
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(reload, QUIET_MS);
    }
    return data;
  });
}

/** The one sentence with which the page opens. */
function Answer({ run }: { run: Run }) {
  const failed = run.steps.find((step) => step.state === "FAILED" && step.error);
  const { error, waitingFor } = run;
  if (error) {
    const tries = failed && failed.attempt > 1 ? t.run.afterAttempts(failed.attempt) : "";
    const where = failed ? t.run.failedAt(failed.key, tries) : t.run.failed;
    return (
      <section aria-label={t.run.whatHappened} className="mx-4 mt-4 rounded-lg border border-line border-l-4 border-l-red bg-surface p-3">
        <p className="text-sm font-medium break-words">{where}{error.message}</p>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 text-xs text-muted">
          <code className="font-mono">{error.code}</code>
          <span className="inline-flex items-center gap-1">{t.common.trace} <Id value={error.traceId} label={t.run.theErrorsTraceId} /></span>
        </p>
      </section>
    );
  }
  if (waitingFor) {
    return (
      <section aria-label={t.run.whatItWaitsFor} className="mx-4 mt-4 rounded-lg border border-line border-l-4 border-l-violet bg-surface p-3">
        <p className="text-sm font-medium break-words">{waitingFor.sentence}</p>
        {waitingFor.until && <p className="mt-1 text-xs text-muted">{t.run.until} <Time at={waitingFor.until} /></p>}
      </section>
    );
  }
  if (run.stateReason) return <p className="mx-4 mt-4 rounded-lg border border-line bg-surface p-3 text-sm font-medium">{run.stateReason}</p>;
  return null;
}

function Body({ run, onDone }: { run: Run; onDone: () => void }) {
  const [search, setSearch] = useSearchParams();
  const open = !isFinal(run.state);
  const asked = search.get("step");
  const chosen = asked === null ? (run.steps.find(({ state }) => state === "FAILED") ?? run.steps.at(-1)) : run.steps.find(({ key }) => key === asked);
  const shown = chosen?.key ?? asked ?? undefined;
  const graph = search.get("view") === "graph";
  const set = (change: Record<string, string>): void => {
    const next = Object.entries({ step: asked ?? "", view: search.get("view") ?? "", ...change }).filter(([, value]) => value !== "");
    setSearch(Object.fromEntries(next), { replace: true });
  };
  const choose = (step: string): void => set({ step });
  return (
    <div className="grid gap-4 p-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        <div role="group" aria-label={t.run.howStepsAreShown} className="flex w-fit rounded-md border border-line">
          {(["timeline", "graph"] as const).map((one) => (
            <button key={one} type="button" aria-pressed={(one === "graph") === graph} onClick={() => set({ view: one === "graph" ? one : "" })}
              className={`h-8 cursor-pointer px-3 first:rounded-l-md last:rounded-r-md ${(one === "graph") === graph ? "bg-select font-medium" : "text-muted hover:text-ink"}`}>
              {one === "graph" ? t.common.graph : t.run.timeline}
            </button>
          ))}
        </div>
        {graph ? <RunGraph run={run} chosen={shown} choose={choose} /> : open ? <LiveLanes run={run} chosen={shown} choose={choose} /> : <FixedLanes run={run} chosen={shown} choose={choose} />}
        <Lineage run={run} />
        <Effects run={run} />
        <Timeline run={run} />
        <Payload run={run} />
      </div>
      <div className="min-w-0">{chosen && <Inspector key={chosen.id} id={chosen.id} run={run} version={`${chosen.state}${chosen.attempt}`} onDone={onDone} />}
        {!chosen && asked !== null && <p className="rounded-lg border border-line p-3 text-muted">{t.run.theStepHasNotBegun(asked)}</p>}
      </div>
    </div>
  );
}

function RunGraph({ run, chosen, choose }: LanesProps) {
  const [{ data, error }, read] = useQuery({ query: DEFINITION, variables: { id: run.id } });
  const states = useMemo(() => new Map(run.steps.map((step) => [step.key, step.state])), [run.steps]);
  if (error) return <Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} />;
  if (!data?.run) return <Skeleton />;
  return (
    <Suspense fallback={<Skeleton />}>
      <div className="[&>section]:h-[60vh]!"><Graph definition={data.run.workflowVersion.definition} chosen={chosen ?? null} onChoose={choose} states={states} /></div>
    </Suspense>
  );
}

type LanesProps = { run: Run; chosen: string | undefined; choose: (key: string) => void };

const drawn = (run: Run, end: number) =>
  waterfall(run.steps, run.timeline, Date.parse(run.createdAt), end);

const queued = (run: Run, end: number): number => Date.parse(run.startedAt ?? new Date(end).toISOString()) - Date.parse(run.createdAt);

function LiveLanes({ run, ...rest }: LanesProps) {
  const now = useNow();
  return <Lanes drawn={drawn(run, now)} queued={queued(run, now)} total={run.stepCount} complete={run.stepsComplete} {...rest} />;
}

function FixedLanes({ run, ...rest }: LanesProps) {
  const end = Date.parse(run.finishedAt ?? run.createdAt);
  return <Lanes drawn={drawn(run, end)} queued={queued(run, end)} total={run.stepCount} complete={run.stepsComplete} {...rest} />;
}
