/** Schedules: when they tick next, what became of past ticks, pause and run now. */

import { useState } from "react";
import { Link, useParams } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import type { ScheduleState, ScheduleTickOutcome } from "../gql/graphql";
import { useAct } from "../lib/act";
import { usePages } from "../lib/pages";
import { look, type Look } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Box, Button, Empty, LINK, Heading, Problems, Skeleton, Time, Unanswered } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import { Header, RowList } from "../ui/list";
import { LookBadge } from "../ui/state_badge";

const SCHEDULES = graphql(`
  query PortalSchedules($first: Int!, $after: String) {
    schedules(first: $first, after: $after) { edges { node { id slug name sentence state eventType nextTicks(first: 1) { at } } } pageInfo { hasNextPage endCursor } }
  }
`);
const SCHEDULE = graphql(`
  query PortalSchedule($slug: String!) {
    schedule(slug: $slug) {
      id slug name sentence state pausedAt pausedNote eventType data overlap missedCount
      nextTicks(first: 10) { at local zone }
    }
  }
`);
const TICKS = graphql(`
  query PortalScheduleTicks($slug: String!, $first: Int!, $after: String) {
    schedule(slug: $slug) { id ticks(first: $first, after: $after) { edges { node { plannedAt at outcome byHand missed event { id } } } pageInfo { hasNextPage endCursor } } }
  }
`);
const PAUSE = graphql(`
  mutation PortalPauseSchedule($input: PauseScheduleInput!) { pauseSchedule(input: $input) { errors { code message path traceId } } }
`);
const RESUME = graphql(`
  mutation PortalResumeSchedule($input: ResumeScheduleInput!) { resumeSchedule(input: $input) { errors { code message path traceId } } }
`);
const NOW = graphql(`
  mutation PortalRunSchedule($input: RunScheduleNowInput!) { runScheduleNow(input: $input) { errors { code message path traceId } } }
`);
const STATES: Record<ScheduleState, Look> = {
  ACTIVE: look(t.schedules.active, "check", "green"),
  PAUSED: look(t.schedules.paused, "bars", "amber"),
  ENDED: look(t.schedules.ended, "slash", "muted"),
};
const OUTCOMES: Record<ScheduleTickOutcome, Look> = {
  MADE: look(t.schedules.madeAnEvent, "check", "green"),
  SKIPPED: look(t.schedules.skipped, "slash", "muted"),
  MISSED: look(t.schedules.missed, "clock", "amber"),
};

export function SchedulesPage() {
  const { slug } = useTenant();
  const pages = usePages(SCHEDULES, { first: 50 }, (data) => ({ rows: data.schedules.edges.map(({ node }) => node), ...data.schedules.pageInfo }));
  return (
    <>
      <Header title={t.schedules.title} />
      <RowList label={t.schedules.title} pages={pages} to={(one) => `/${slug}/schedules/${encodeURIComponent(one.slug)}`}
        empty={<Empty title={t.schedules.none}><p>{t.schedules.aScheduleMakesAnEvent}</p><Link className={LINK} to={`/${slug}/start`}>{t.schedules.chooseARecipe}</Link></Empty>}>
        {(one) => (
          <>
            <LookBadge look={STATES[one.state]} className="w-20 shrink-0" />
            <span className="grid min-w-0 flex-1 grid-cols-1 gap-x-4 md:grid-cols-2"><span className="truncate font-medium">{one.name}</span><span className="truncate text-muted">{one.sentence}</span></span>
            {one.nextTicks[0] && <span className="shrink-0 text-muted">{t.schedules.next} <Time at={one.nextTicks[0].at} /></span>}
          </>
        )}
      </RowList>
    </>
  );
}

export function SchedulePage() {
  const { schedule: name = "" } = useParams();
  const { slug } = useTenant();
  const lacks = useLacks();
  const [{ data, error, fetching }, read] = useQuery({ query: SCHEDULE, variables: { slug: name } });
  const pause = useAct(PAUSE, (answer) => answer.pauseSchedule);
  const resume = useAct(RESUME, (answer) => answer.resumeSchedule);
  const run = useAct(NOW, (answer) => answer.runScheduleNow);
  const [sent, setSent] = useState(false);
  const [round, setRound] = useState(0);
  const found = data?.schedule;
  if (!found) {
    if (error) return <div className="p-4"><Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title={t.schedules.noSuchSchedule}><p>{t.unknownObject}</p><Link className={LINK} to={`/${slug}/schedules`}>{t.schedules.title}</Link></Empty>;
  }
  const again = (): void => {
    read({ requestPolicy: "network-only" });
    setRound((before) => before + 1);
  };
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <Heading>{found.name}</Heading>
        <LookBadge look={STATES[found.state]} />
        <span className="text-muted">{found.sentence}</span>
        <span className="ml-auto flex gap-2">
          <Button disabled={run.busy} lacks={lacks("ingest_events")} onClick={() => void run.send({ schedule: found.slug }).then((done) => { setSent(done !== null); again(); })}>{t.schedules.runNow}</Button>
          {found.state === "ACTIVE" && <Button disabled={pause.busy} lacks={lacks("pause_schedules")} onClick={() => void pause.send({ schedule: found.slug, note: t.schedules.pausedInThePortal }).then(again)}>{t.schedules.pause}</Button>}
          {found.state === "PAUSED" && <Button kind="primary" disabled={resume.busy} lacks={lacks("pause_schedules")} onClick={() => void resume.send({ schedule: found.slug }).then(again)}>{t.common.resume}</Button>}
        </span>
      </header>
      <div className="grid gap-4 p-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <Problems of={[...pause.problems, ...resume.problems, ...run.problems]} />
          {sent && <p role="status">{t.schedules.theScheduleHasMadeAn} <code className="font-mono">{found.eventType}</code>.</p>}
          {found.pausedAt && <p className="text-amber">{t.schedules.paused2} <Time at={found.pausedAt} />. {found.pausedNote}</p>}
          <Box title={t.schedules.nextTicks}>
            {found.nextTicks.length === 0 && <li className="px-3 py-2 text-muted">{t.schedules.none2}</li>}
            {found.nextTicks.map((one) => <li key={one.at} className="flex flex-wrap gap-x-4 px-3 py-1.5"><span className="tabular-nums">{one.local.slice(0, 16).replace("T", " ")}</span><span className="text-muted">{one.zone}</span><Time at={one.at} className="ml-auto text-muted" /></li>)}
          </Box>
          {found.data != null && <JsonView label={t.schedules.payloadOfItsEvents} value={found.data} />}
        </div>
        <div className="min-w-0"><Ticks key={round} schedule={found.slug} missed={found.missedCount} /></div>
      </div>
    </div>
  );
}

const NO_TICKS = { rows: [], hasNextPage: false, endCursor: null };

function Ticks({ schedule, missed }: { schedule: string; missed: number }) {
  const { slug } = useTenant();
  const { rows, loading, hasMore, more, problems, reload } = usePages(TICKS, { slug: schedule, first: 50 }, ({ schedule: found }) => (found
    ? { rows: found.ticks.edges.map(({ node }) => ({ ...node, id: `${node.plannedAt} ${node.at}` })), ...found.ticks.pageInfo } : NO_TICKS));
  return (
    <Box title={missed > 0 ? t.schedules.pastTicksMissed(missed) : t.schedules.pastTicks}>
      {problems.length > 0 && <li className="p-3"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.tryAgain}</Button></Problems></li>}
      {rows.length === 0 && problems.length === 0 && (loading ? <li><Skeleton rows={3} /></li> : <li className="px-3 py-2 text-muted">{t.schedules.noneYet}</li>)}
      {rows.map((one) => (
        <li key={one.id} className="flex flex-wrap items-center gap-x-4 px-3 py-1.5">
          <LookBadge look={OUTCOMES[one.outcome]} className="w-36" />
          {one.byHand && <span className="text-muted">{t.schedules.byHand}</span>}
          {one.event && <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(one.event.id)}`}>{t.schedules.itsEvent}</Link>}
          <Time at={one.at} className="ml-auto text-muted" />
        </li>
      ))}
      {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
    </Box>
  );
}
