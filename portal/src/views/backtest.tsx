/** A condition over the stored events, beside the rule in force: progress, and what it would change. */

import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery, useSubscription } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { BacktestDifference, PortalBacktestQuery } from "../gql/graphql";
import { useAct } from "../lib/act";
import { counted } from "../lib/counts";
import { useLacks, useTenant } from "../shell/tenant";
import { Box, Button, LINK, Problems, Time } from "../ui/basics";
import { t } from "../strings";

graphql(`
  fragment BacktestState on Backtest {
    id state total tested erased older newlyMatched noLongerMatched stillMatched stillUnmatched startedBy createdAt
    error { code message traceId }
  }
`);
const START = graphql(`
  mutation PortalBacktestRule($input: BacktestRuleInput!) { backtestRule(input: $input) { backtest { id } errors { code message path traceId } } }
`);
const ABORT = graphql(`
  mutation PortalAbortBacktest($input: AbortBacktestInput!) { abortBacktest(input: $input) { errors { code message path traceId } } }
`);
const BACKTEST = graphql(`
  query PortalBacktest($id: ID!, $difference: BacktestDifference) {
    backtest(id: $id) { ...BacktestState when samples(first: 20, difference: $difference) { difference verdict reason event { id type idempotencyKey receivedAt } } }
  }
`);
const PROGRESS = graphql(`
  subscription PortalBacktestProgress($id: ID!) { backtestProgress(backtest: $id) { ...BacktestState } }
`);
type Backtest = NonNullable<PortalBacktestQuery["backtest"]>;
const MOST = 100_000;
const DIFFERENCES: [BacktestDifference, keyof Backtest & string, string, string][] = [
  ["NEWLY_MATCHED", "newlyMatched", t.backtest.newlyMatched, "text-green"],
  ["NO_LONGER_MATCHED", "noLongerMatched", t.backtest.noLongerMatched, "text-red"],
  ["STILL_MATCHED", "stillMatched", t.backtest.stillMatched, ""],
  ["STILL_UNMATCHED", "stillUnmatched", t.backtest.stillNotMatched, "text-muted"],
];

/** rule: the slug of the live rule; null for a new one. when: the condition as it is typed; undefined while it is no JSON. */
export function Backtests({ rule, when }: { rule: string | null; when: unknown }) {
  const lacks = useLacks();
  const [search, setSearch] = useSearchParams();
  const id = search.get("backtest");
  const act = useAct(START, (data) => data.backtestRule);
  const start = async (): Promise<void> => {
    const answer = await act.send({ rule, when, most: MOST });
    if (answer?.backtest) setSearch({ ...Object.fromEntries(search), backtest: answer.backtest.id }, { replace: true });
  };
  return (
    <section aria-label={t.backtest.backtest} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button lacks={lacks("edit_rules")} disabled={act.busy || when === undefined} onClick={() => void start()}>{t.backtest.backtestOnStoredEvents}</Button>
        <span className="text-muted">{rule === null ? t.backtest.countsTheStoredEventsThat : t.backtest.comparesItWithTheRule}</span>
      </div>
      <Problems of={act.problems} />
      {id !== null && <Outcome key={id} id={id} when={when} fresh={rule === null} />}
    </section>
  );
}

function Outcome({ id, when, fresh }: { id: string; when: unknown; fresh: boolean }) {
  const { slug } = useTenant();
  const [difference, setDifference] = useState<BacktestDifference | null>(null);
  const [{ data, error }, read] = useQuery({ query: BACKTEST, variables: { id, difference } });
  const abort = useAct(ABORT, (answer) => answer.abortBacktest);
  const [live] = useSubscription({ query: PROGRESS, variables: { id }, pause: data?.backtest?.state !== "RUNNING" }, (_before, next) => {
    if (next.backtestProgress.state !== "RUNNING") read({ requestPolicy: "network-only" });
    return next;
  });
  const stored = data?.backtest;
  if (!stored) return error ? <Problems of={problemsOf(error)} /> : data ? <p className="text-muted">{t.backtest.thisBacktestIsGoneStart}</p> : null;
  const shown = stored.state === "RUNNING" && live.data ? { ...stored, ...live.data.backtestProgress } : stored;
  const total = shown.total ?? 0;
  const running = shown.state === "RUNNING";
  const percent = total === 0 ? (running ? 0 : 100) : Math.floor((shown.tested / total) * 100);
  const stale = when !== undefined && JSON.stringify(when) !== JSON.stringify(stored.when);
  const sentence = running ? t.backtest.ofEventsTested(shown.tested.toLocaleString(t.locale), total === 0 ? "…" : total.toLocaleString(t.locale)) : t.backtest.tested(shown.state.toLowerCase(), counted(shown.tested, "event"), shown.older ? t.backtest.theNewest : "");
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <span role="progressbar" aria-label={t.backtest.backtest} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} className="h-2 flex-1 overflow-hidden rounded-full bg-line">
          <span className="block h-full bg-accent" style={{ width: `${percent}%` }} />
        </span>
        {running && <Button disabled={abort.busy} onClick={() => void abort.send({ backtest: id, reason: t.backtest.inThePortal }).then(() => read({ requestPolicy: "network-only" }))}>{t.backtest.abort}</Button>}
      </div>
      <p role="status" className="text-muted">{sentence}</p>
      <Problems of={[...(shown.error ? [shown.error] : []), ...abort.problems]} />
      {stale && <p className="text-amber">{t.backtest.theConditionHasChangedSince}</p>}
      <ul aria-label={t.backtest.difference} className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {DIFFERENCES.filter(([one]) => !fresh || one === "NEWLY_MATCHED" || one === "STILL_UNMATCHED").map(([one, field, words, colour]) => (
          <li key={one}>
            <button type="button" aria-pressed={difference === one} onClick={() => setDifference(difference === one ? null : one)}
              className={`flex w-full cursor-pointer flex-col rounded-lg border border-line px-3 py-2 text-left hover:bg-surface ${difference === one ? "bg-select" : ""}`}>
              <span className={`text-base font-semibold tabular-nums ${colour}`}>{Number(shown[field]).toLocaleString(t.locale)}</span>
              <span className="text-xs text-muted">{fresh ? (one === "NEWLY_MATCHED" ? t.backtest.matched : t.backtest.notMatched) : words}</span>
            </button>
          </li>
        ))}
      </ul>
      {stored.samples.length > 0 && (
        <Box title={difference === null ? t.backtest.someOfTheEvents : t.backtest.someOfTheseEvents}>
          {stored.samples.map((one, index) => (
            <li key={one.event?.id ?? index} className="px-3 py-1.5">
              <span className="flex flex-wrap gap-x-3">
                <span className="font-medium">{DIFFERENCES.find(([name]) => name === one.difference)?.[2]}</span>
                {one.event ? <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(one.event.id)}`}>{one.event.type}{one.event.idempotencyKey ? ` ${one.event.idempotencyKey}` : ""}</Link> : <span>{t.backtest.anEventThatIsGone}</span>}
                {one.event && <Time at={one.event.receivedAt} className="text-muted" />}
              </span>
              <span className="text-xs break-words text-muted">{one.reason}</span>
            </li>
          ))}
        </Box>
      )}
    </div>
  );
}
