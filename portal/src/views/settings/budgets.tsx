import { Plus } from "lucide-react";
import { type FormEvent, useMemo, useState } from "react";
import { useQuery } from "urql";
import { problemsOf } from "../../api/errors";
import { graphql } from "../../gql";
import type { BudgetAction, BudgetMetric, BudgetWindow, PortalBudgetsQuery } from "../../gql/graphql";
import { useAct } from "../../lib/act";
import { useEach } from "../../lib/each";
import { gauge } from "../../lib/gauge";
import { useLacks } from "../../shell/tenant";
import { HeldEvents, RunsHeldByBudget } from "../held_runs";
import { Box, Button, Dialog, Field, INPUT, Problems, Refusals, Skeleton, Time, Unanswered } from "../../ui/basics";
import { t } from "../../strings";
import { Confirm } from "./confirm";

const BUDGETS = graphql(`
  query PortalBudgets { budgets { id metric window workflow connector costLimit costUsed limit ceiling used reserved action resetsAt forecast } }
`);
const USAGE = graphql(`
  query PortalUsage($metric: UsageMetric!, $from: DateTime!) { usage(metric: $metric, from: $from, by: DAY) { start total retries tests replays } }
`);
const SET = graphql(`
  mutation PortalSetBudget($input: SetBudgetInput!) { setBudget(input: $input) { budget { id } errors { code message path traceId } } }
`);
const DELETE = graphql(`
  mutation PortalDeleteBudget($input: DeleteBudgetInput!) { deleteBudget(input: $input) { errors { code message path traceId } } }
`);
type Budget = PortalBudgetsQuery["budgets"][number];
const METRICS: Record<BudgetMetric, string> = {
  EVENTS: t.events.title,
  RUNS: t.runs.title,
  STEPS: t.common.steps,
  CONCURRENT_RUNS: t.budgets.runsAtATime,
  CALLS: t.budgets.callsOfConnectors,
  COST: t.budgets.cost,
};
/** Those that may count one connector alone. */
const BY_CONNECTOR: readonly BudgetMetric[] = ["CALLS", "COST"];
const WINDOWS: Record<BudgetWindow, string> = { MINUTE: t.budgets.aMinute, HOUR: t.budgets.anHour, DAY: t.budgets.aDay, MONTH: t.budgets.aMonth, ALWAYS: "" };
const ACTIONS: Record<BudgetAction, string> = { THROTTLE: t.budgets.workWaitsAtTheLimit, REJECT: t.budgets.workIsRefusedAtThe, ALERT: t.budgets.onlyAnAlertAtThe };
const COLOURS = { calm: "bg-accent", near: "bg-amber", full: "bg-red" };
const DAYS = 14;
const MILLIONTHS = 1_000_000;

export function Budgets() {
  const lacks = useLacks();
  const [{ data: newest, error }, read] = useQuery({ query: BUDGETS, requestPolicy: "cache-and-network" });
  // A read that failed answers nothing. The page then stays, and with it what is typed in a dialog.
  const [data, keep] = useState(newest);
  if (newest !== undefined && newest !== data) keep(newest);
  const [setting, setSetting] = useState<Budget | "new" | null>(null);
  const [ending, setEnding] = useState<Budget | null>(null);
  const remove = useAct(DELETE, (answer) => answer.deleteBudget);
  const again = (): void => read({ requestPolicy: "network-only" });
  useEach(again);
  if (data === undefined) return error ? <Unanswered error={error} again={again} /> : <Skeleton />;
  const manage = lacks("manage_budgets");
  return (
    <>
      {newest === undefined && error && <Unanswered error={error} again={again} />}
      <Button kind="primary" className="w-fit" lacks={manage} onClick={() => setSetting("new")}><Plus aria-hidden size={14} />{t.budgets.askSetABudget}</Button>
      {data.budgets.length === 0 && <p className="text-muted">{t.budgets.noBudgetsABudgetLimits}</p>}
      {data.budgets.length > 0 && (
        <Box title={t.budgets.budgets}>
          {data.budgets.map((one) => (
            <li key={one.id} className="flex flex-col gap-1 px-3 py-2">
              <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
                <span className="min-w-0 flex-1 basis-52 font-medium">{nameOf(one)}</span>
                <span className="text-muted">{ACTIONS[one.action]}</span>
                <span className="flex gap-2">
                  <Button lacks={manage} onClick={() => setSetting(one)}>{t.common.askChange}</Button>
                  <Button lacks={manage} onClick={() => { remove.refuse([]); setEnding(one); }}>{one.ceiling == null ? t.budgets.askRemove : t.budgets.askBackToThePlan}</Button>
                </span>
              </div>
              <Gauge budget={one} />
            </li>
          ))}
        </Box>
      )}
      <RunsHeldByBudget title={t.budgets.runsThatABudgetThrottles} none={t.budgets.noRunWaitsForA} />
      <HeldEvents />
      <UsageChart />
      {ending !== null && (
        <Confirm title={(ending.ceiling == null ? t.budgets.removeTheBudget : t.budgets.setItBackToThe)(nameOf(ending))} text={ending.ceiling == null ? t.budgets.whatWaitsForItBegins : t.budgets.theLimitIsThenThat(ceilingOf(ending))} verb={ending.ceiling == null ? t.budgets.remove : t.budgets.backToThePlan}
          problems={remove.problems} busy={remove.busy} onClose={() => setEnding(null)} onYes={() => void remove.send({ id: ending.id }).then((done) => { if (done) setEnding(null); again(); })} />
      )}
      {setting !== null && <SetDialog budget={setting === "new" ? null : setting} onClose={() => { setSetting(null); again(); }} />}
    </>
  );
}

const ceilingOf = (one: Budget): string => (Number(one.ceiling) / (one.metric === "COST" ? MILLIONTHS : 1)).toLocaleString(t.locale);
const nameOf = (one: Budget): string => `${METRICS[one.metric]} ${WINDOWS[one.window]}${one.workflow ? t.budgets.of(one.workflow) : ""}${one.connector ? t.budgets.by(one.connector) : ""}`.trim();

function Gauge({ budget }: { budget: Budget }) {
  const { used, reserved, percent, level } = gauge(Number(budget.used), Number(budget.reserved), Number(budget.limit));
  const costs = budget.metric === "COST" && budget.costLimit != null;
  const words = costs ? t.budgets.usedOf(budget.costUsed ?? 0, budget.costLimit ?? 0) : t.budgets.usedOf2(Number(budget.used).toLocaleString(t.locale), Number(budget.reserved) > 0 ? t.budgets.reserved(Number(budget.reserved).toLocaleString(t.locale)) : "", Number(budget.limit).toLocaleString(t.locale));
  return (
    <>
      <span role="meter" aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-label={`${METRICS[budget.metric]}: ${words}`} className="flex h-2 overflow-hidden rounded-full bg-line">
        <span className={COLOURS[level]} style={{ width: `${used}%` }} /><span className={`${COLOURS[level]} opacity-50`} style={{ width: `${reserved}%` }} />
      </span>
      <span className="flex flex-wrap gap-x-4 text-xs text-muted">
        <span>{words} ({percent} %)</span>
        {budget.resetsAt && <span>{t.budgets.resets} <Time at={budget.resetsAt} /></span>}
        {budget.forecast && <span className="text-amber">{t.budgets.fullAtThisPace} <Time at={budget.forecast} /></span>}
      </span>
    </>
  );
}

function UsageChart() {
  const [metric, setMetric] = useState<"EVENTS" | "RUNS" | "STEPS" | "CALLS">("RUNS");
  const from = useMemo(() => new Date(Math.floor(Date.now() / 86_400_000 - DAYS + 1) * 86_400_000).toISOString(), []);
  const [{ data, error }] = useQuery({ query: USAGE, variables: { metric, from } });
  const rows = data?.usage ?? [];
  const most = Math.max(1, ...rows.map(({ total }) => Number(total)));
  return (
    <Box title={t.budgets.usageOfTheLastDays(DAYS)} aside={
      <select aria-label={t.budgets.whatIsCounted} className={`${INPUT} my-1 w-auto! font-normal`} value={metric} onChange={(event) => setMetric(event.target.value as typeof metric)}>
        {(["EVENTS", "RUNS", "STEPS", "CALLS"] as const).map((one) => <option key={one} value={one}>{one.toLowerCase()}</option>)}
      </select>
    }>
      {error && <li className="p-3"><Problems of={problemsOf(error)} /></li>}
      {data && rows.length === 0 && <li className="px-3 py-2 text-muted">{t.budgets.nothingWasCounted}</li>}
      {rows.map((one) => (
        <li key={one.start} className="grid grid-cols-[6rem_minmax(0,1fr)_6rem] items-center gap-3 px-3 py-1">
          <span className="text-muted tabular-nums">{one.start.slice(0, 10)}</span>
          <span className="h-3 rounded-sm bg-accent" style={{ width: `${Math.max(0.5, (Number(one.total) / most) * 100)}%` }} />
          <span className="text-right tabular-nums" title={t.budgets.retriesTestsReplays(one.retries, one.tests, one.replays)}>{Number(one.total).toLocaleString(t.locale)}</span>
        </li>
      ))}
    </Box>
  );
}

function SetDialog({ budget, onClose }: { budget: Budget | null; onClose: () => void }) {
  const [metric, setMetric] = useState<BudgetMetric>(budget?.metric ?? "RUNS");
  const [window, setWindow] = useState<BudgetWindow>(budget?.window ?? "DAY");
  const [workflow, setWorkflow] = useState(budget?.workflow ?? "");
  const [connector, setConnector] = useState(budget?.connector ?? "");
  const [limit, setLimit] = useState(budget ? String(budget.costLimit ?? budget.limit) : "");
  const [action, setAction] = useState<BudgetAction>(budget?.action ?? "THROTTLE");
  const act = useAct(SET, (data) => data.setBudget);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const when = metric === "CONCURRENT_RUNS" ? "ALWAYS" : window === "ALWAYS" ? "DAY" : window;
    const most = metric === "COST" ? { costLimit: limit } : { limit: Number(limit) };
    const only = { workflow: workflow || null, connector: BY_CONNECTOR.includes(metric) ? connector || null : null };
    if (await act.send({ metric, window: when, action, ...most, ...only, onlyNew: budget === null })) onClose();
  };
  return (
    <Dialog title={budget === null ? t.budgets.setABudget : t.budgets.changeTheBudget} onClose={onClose}>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field label={t.budgets.whatIsLimited}>{(id) => <select id={id} disabled={budget !== null} className={INPUT} value={metric} onChange={(event) => setMetric(event.target.value as BudgetMetric)}>{(Object.keys(METRICS) as BudgetMetric[]).map((one) => <option key={one} value={one}>{METRICS[one]}</option>)}</select>}</Field>
        {metric !== "CONCURRENT_RUNS" && <Field at="window" label={t.budgets.in}>{(id) => <select id={id} disabled={budget !== null} className={INPUT} value={window} onChange={(event) => setWindow(event.target.value as BudgetWindow)}>{(["MINUTE", "HOUR", "DAY", "MONTH"] as const).map((one) => <option key={one} value={one}>{WINDOWS[one]}</option>)}</select>}</Field>}
        <Field at="workflow" label={t.budgets.workflow} help={t.budgets.itsSlugEmptyTheWhole}>{(id) => <input id={id} disabled={budget !== null} className={INPUT} value={workflow} onChange={(event) => setWorkflow(event.target.value)} />}</Field>
        {BY_CONNECTOR.includes(metric) && <Field at="connector" label={t.budgets.connector} help={t.budgets.suchAsHttpRequestEmpty}>{(id) => <input id={id} disabled={budget !== null} className={INPUT} value={connector} onChange={(event) => setConnector(event.target.value)} />}</Field>}
        <Field at={metric === "COST" ? "costLimit" : "limit"} label={t.budgets.limit} {...(metric === "COST" ? { help: t.budgets.inTheCurrencyOfThe } : budget?.ceiling != null ? { help: t.budgets.atMostAsThePlan(budget.ceiling) } : {})}>{(id) => <input id={id} required autoFocus type="number" min={0} step={metric === "COST" ? "any" : 1} className={INPUT} value={limit} onChange={(event) => setLimit(event.target.value)} />}</Field>
        <Field at="action" label={t.budgets.atTheLimit}>{(id) => <select id={id} className={INPUT} value={action} onChange={(event) => setAction(event.target.value as BudgetAction)}>{(Object.keys(ACTIONS) as BudgetAction[]).map((one) => <option key={one} value={one}>{ACTIONS[one]}</option>)}</select>}</Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.common.save}</Button></div>
      </form></Refusals>
    </Dialog>
  );
}
