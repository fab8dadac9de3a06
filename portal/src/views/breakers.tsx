/** Circuit breakers: hosts that fail, the runs that wait for them, and a switch that forces them open or closed. */

import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { Link } from "react-router";
import { graphql } from "../gql";
import type { BreakerMode, BreakerRowFragment, BreakerState } from "../gql/graphql";
import { useAct } from "../lib/act";
import { usePages } from "../lib/pages";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Dialog, Empty, Field, INPUT, LINK, Problems, Skeleton, Time } from "../ui/basics";
import { Header } from "../ui/list";
import { HeldRuns } from "./held_runs";

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
const STATES: Record<BreakerState, [string, string, string]> = {
  CLOSED: ["closed", "text-green", "calls leave"],
  OPEN: ["open", "text-red", "runs wait"],
  HALF_OPEN: ["half open", "text-amber", "one probe decides"],
};
const FORCED: Record<Exclude<BreakerMode, "AUTO">, [string, string, string]> = {
  OPEN: ["forced open", "text-red", "runs wait"],
  CLOSED: ["forced closed", "text-amber", "calls leave, nothing is counted"],
};
const MODES: Record<BreakerMode, string> = {
  AUTO: "Automatic: failures open it, and a probe closes it",
  OPEN: "Forced open: no call leaves, runs wait",
  CLOSED: "Forced closed: every call leaves, nothing is counted",
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
        <label className="flex items-center gap-2"><input type="checkbox" checked={holding} onChange={(event) => setSearch(event.target.checked ? { show: "holding" } : {})} />Only those that hold runs</label>
        <Link className={`${LINK} ml-auto`} to={`/${slug}/runs?state=waiting`}>Waiting runs</Link>
      </Header>
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.retry}</Button></Problems></div>}
      {rows.length === 0 && loading && <Skeleton rows={6} />}
      {rows.length === 0 && !loading && problems.length === 0 && (
        <Empty title={holding ? "No host holds runs" : t.breakers.none}><p>A breaker counts the calls of a connector to a host. When too many fail, it opens: runs wait instead of failing, and a probe tries the host again.</p></Empty>
      )}
      {rows.some(({ state, mode }) => state !== "CLOSED" || mode === "OPEN") && (
        <div className="max-h-72 shrink-0 overflow-auto p-4 pb-0"><HeldRuns cause="BREAKER" title="Runs that wait" none="No run waits for a host." /></div>
      )}
      <ul aria-label={t.breakers.title} className="min-h-0 flex-1 divide-y divide-line overflow-auto">
        {rows.map((one) => {
          const [word, colour, meaning] = one.mode === "AUTO" ? STATES[one.state] : FORCED[one.mode];
          return (
            <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
              <span className={`w-28 font-medium ${colour}`}>{word}</span>
              <div className="min-w-0 flex-1 basis-72">
                <p className="font-medium break-all">{one.host} <span className="font-normal text-muted">{one.connector}</span></p>
                <p className="flex flex-wrap gap-x-3 text-muted">
                  <span>{meaning}</span>
                  <span>{one.failures} of {one.calls} calls failed</span>
                  {one.code && <code className="font-mono text-xs leading-5">{one.code}</code>}
                  {one.probeAt && <span>next probe <Time at={one.probeAt} /></span>}
                  <span>since <Time at={one.changedAt} /></span>
                </p>
              </div>
              <Button lacks={lacks("force_breakers")} onClick={() => setChosen(one)}>Change…</Button>
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
    <Dialog title={`Breaker of ${breaker.host}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">Mode</legend>
          {(Object.keys(MODES) as BreakerMode[]).map((one) => (
            <label key={one} className="flex items-center gap-2"><input type="radio" name="mode" checked={mode === one} onChange={() => setMode(one)} />{MODES[one]}</label>
          ))}
        </fieldset>
        <Field label="Reason" help="It stands in the audit record.">
          {(id) => <input id={id} required maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary" disabled={act.busy}>Set</Button></div>
      </form>
    </Dialog>
  );
}
