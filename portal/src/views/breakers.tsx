/** Circuit breakers: hosts that fail, the runs that wait for them, and a switch that forces them open or closed. */

import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { Link } from "react-router";
import { graphql } from "../gql";
import type { BreakerMode, BreakerRowFragment, BreakerState } from "../gql/graphql";
import { useAct } from "../lib/act";
import { usePages } from "../lib/pages";
import { look, type Look } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Dialog, Empty, Field, INPUT, LINK, Problems, Skeleton, Time } from "../ui/basics";
import { Header } from "../ui/list";
import { LookBadge } from "../ui/state_badge";
import { RunsHeldByBreaker } from "./held_runs";

graphql(`
  fragment BreakerRow on CircuitBreaker { id connector host state mode calls failures code probeAt changedAt windowStarted }
`);
const BREAKERS = graphql(`
  query PortalBreakers($first: Int!, $after: String, $holding: Boolean) {
    circuitBreakers(first: $first, after: $after, holding: $holding) { edges { node { ...BreakerRow } } pageInfo { hasNextPage endCursor } }
  }
`);
const SET = graphql(`
  mutation PortalSetBreaker($input: SetBreakerInput!) { setBreaker(input: $input) { breaker { ...BreakerRow } errors { code message path traceId } } }
`);
const STATES: Record<BreakerState, [Look, string]> = {
  CLOSED: [look(t.breakers.closed, "check", "green"), t.breakers.callsLeave],
  OPEN: [look(t.breakers.open, "cross", "red"), t.breakers.runsWait],
  HALF_OPEN: [look(t.breakers.halfOpen, "question", "amber"), t.breakers.oneProbeDecides],
};
const FORCED: Record<Exclude<BreakerMode, "AUTO">, [Look, string]> = {
  OPEN: [look(t.breakers.forcedOpen, "bars", "red"), t.breakers.runsWait],
  CLOSED: [look(t.breakers.forcedClosed, "check", "amber"), t.breakers.callsLeaveNothingIsCounted],
};
const MODES: Record<BreakerMode, string> = {
  AUTO: t.breakers.automaticFailuresOpenItAnd,
  OPEN: t.breakers.forcedOpenNoCallLeaves,
  CLOSED: t.breakers.forcedClosedEveryCallLeaves,
};

export function BreakersPage() {
  const { slug } = useTenant();
  const lacks = useLacks();
  const [search, setSearch] = useSearchParams();
  const holding = search.get("show") === "holding";
  const [chosen, setChosen] = useState<BreakerRowFragment | null>(null);
  const pages = usePages(BREAKERS, { first: 50, holding: holding ? true : null }, (data) => ({
    rows: data.circuitBreakers.edges.map(({ node }) => node),
    ...data.circuitBreakers.pageInfo,
  }));
  const { rows, loading, problems, hasMore, more, reload } = pages;
  return (
    <>
      <Header title={t.breakers.title}>
        <label className="flex items-center gap-2"><input type="checkbox" checked={holding} onChange={(event) => setSearch(event.target.checked ? { show: "holding" } : {})} />{t.breakers.onlyThoseThatHoldRuns}</label>
        <Link className={`${LINK} ml-auto`} to={`/${slug}/runs?state=waiting`}>{t.breakers.waitingRuns}</Link>
      </Header>
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.tryAgain}</Button></Problems></div>}
      {rows.length === 0 && loading && <Skeleton rows={6} />}
      {rows.length === 0 && !loading && problems.length === 0 && (
        <Empty title={holding ? t.breakers.noHostHoldsRuns : t.breakers.none}><p>{t.breakers.aBreakerCountsTheCalls}</p></Empty>
      )}
      {rows.some(({ state, mode }) => state !== "CLOSED" || mode === "OPEN") && (
        <div className="max-h-72 shrink-0 overflow-auto p-4 pb-0"><RunsHeldByBreaker title={t.breakers.runsThatWait} none={t.breakers.noRunWaitsForA} /></div>
      )}
      <ul aria-label={t.breakers.title} className="min-h-0 flex-1 divide-y divide-line overflow-auto">
        {rows.map((one) => {
          const [shown, meaning] = one.mode === "AUTO" ? STATES[one.state] : FORCED[one.mode];
          return (
            <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
              <LookBadge look={shown} className="w-32" />
              <div className="min-w-0 flex-1 basis-72">
                <p className="font-medium break-all">{one.host} <span className="font-normal text-muted">{one.connector}</span></p>
                <p className="flex flex-wrap gap-x-3 text-muted">
                  <span>{meaning}</span>
                  <span>{t.breakers.ofCallsFailed(one.failures, one.calls)}</span>
                  {one.code && <code className="font-mono text-xs leading-5">{one.code}</code>}
                  {one.probeAt && <span>{t.breakers.nextProbe} <Time at={one.probeAt} /></span>}
                  <span>{t.common.since} <Time at={one.changedAt} /></span>
                </p>
              </div>
              <Button lacks={lacks("force_breakers")} onClick={() => setChosen(one)}>{t.common.askChange}</Button>
            </li>
          );
        })}
        {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
      </ul>
      {chosen !== null && <SetDialog breaker={chosen} onClose={() => setChosen(null)} onDone={() => { setChosen(null); reload(); }} />}
    </>
  );
}

type DialogProps = { breaker: BreakerRowFragment; onClose: () => void; onDone: () => void };

function SetDialog({ breaker, onClose, onDone }: DialogProps) {
  const [mode, setMode] = useState<BreakerMode>(breaker.mode);
  const [reason, setReason] = useState("");
  const act = useAct(SET, (data) => data.setBreaker);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act.send({ connector: breaker.connector, host: breaker.host, mode, reason })) onDone();
  };
  return (
    <Dialog title={t.breakers.breakerOf(breaker.host)} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">{t.breakers.mode}</legend>
          {(Object.keys(MODES) as BreakerMode[]).map((one) => (
            <label key={one} className="flex items-center gap-2"><input type="radio" name="mode" checked={mode === one} onChange={() => setMode(one)} />{MODES[one]}</label>
          ))}
        </fieldset>
        <Field label={t.common.reason} help={t.breakers.itStandsInTheAudit}>
          {(id) => <input id={id} required maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.breakers.set}</Button></div>
      </form>
    </Dialog>
  );
}
