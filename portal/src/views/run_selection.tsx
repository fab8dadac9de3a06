/** What can be done to the runs that a person has picked in the list. */

import { RotateCw, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useMutation, useQuery } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import type { RunRowFragment } from "../gql/graphql";
import { useAct } from "../lib/act";
import { counted } from "../lib/counts";
import { isFinal } from "../lib/states";
import { useLacks } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Skeleton } from "../ui/basics";
import { PLAN, PlanList, RETRY } from "./retry";
import { CANCEL } from "./run_actions";
import { t } from "../strings";

type Props = { runs: readonly Pick<RunRowFragment, "id" | "state">[]; onClear: () => void; onDone: () => void };

/** Of the API. */
const MOST_AT_ONCE = 100;

export function SelectedRuns({ runs, onClear, onDone }: Props) {
  const lacks = useLacks();
  const [asked, setAsked] = useState<"retry" | "cancel" | null>(null);
  const ended = runs.filter(({ state }) => isFinal(state)).map(({ id }) => id);
  const open = runs.filter(({ state }) => !isFinal(state)).map(({ id }) => id);
  const usable = (ids: readonly string[]): boolean => ids.length > 0 && ids.length <= MOST_AT_ONCE;
  const done = (): void => {
    setAsked(null);
    onDone();
  };
  return (
    <section aria-label={t.runSelection.selectedRuns} className="flex flex-wrap items-center gap-2 border-b border-line bg-select px-4 py-2">
      <span role="status" className="mr-2 font-medium">{t.runSelection.selected(counted(runs.length, "run"))}</span>
      <Button lacks={lacks("retry_runs")} disabled={!usable(ended)} title={ended.length > 0 ? undefined : t.runSelection.noneHasEnded} onClick={() => setAsked("retry")}><RotateCw aria-hidden size={14} />{ended.length > 0 ? t.runSelection.askRetry(ended.length) : t.runs.askRetry}</Button>
      <Button lacks={lacks("control_runs")} disabled={!usable(open)} title={open.length > 0 ? undefined : t.runSelection.allHaveEnded} onClick={() => setAsked("cancel")}><X aria-hidden size={14} />{open.length > 0 ? t.runSelection.askCancel(open.length) : t.runs.askCancel}</Button>
      <Button kind="quiet" onClick={onClear}>{t.runSelection.clear}</Button>
      {runs.length > MOST_AT_ONCE && <span className="text-amber">{t.runSelection.atMost(MOST_AT_ONCE)}</span>}
      {asked === "retry" && <RetryThese runs={ended} onClose={() => setAsked(null)} onDone={done} />}
      {asked === "cancel" && <CancelThese runs={open} onClose={() => setAsked(null)} onDone={done} />}
    </section>
  );
}

type DialogProps = { runs: readonly string[]; onClose: () => void; onDone: () => void };

/** Each from its failed step, at its own version. */
function RetryThese({ runs, onClose, onDone }: DialogProps) {
  const [input] = useState({ runs: [...runs], from: "FAILED_STEP" as const, version: "SAME" as const, repeatEffects: false });
  const [{ data, error, fetching }] = useQuery({ query: PLAN, variables: { input }, requestPolicy: "network-only" });
  const [{ fetching: sending }, retry] = useMutation(RETRY);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [made, setMade] = useState<number | null>(null);
  const plan = data?.planRetry;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { data: done, error: failed } = await retry({ input: { ...input, planId: plan?.planId ?? null, reason: t.retry.retriedInThePortal } });
    const found = [...problemsOf(failed), ...(done?.retryRuns.errors ?? [])];
    setProblems(found);
    if (found.length === 0) onDone();
    else if (done && done.retryRuns.runs.length > 0) setMade(done.retryRuns.runs.length);
  };
  if (made !== null) {
    return (
      <Dialog title={t.runSelection.retryThem} onClose={onDone} wide>
        <p role="status">{t.runSelection.retried(counted(made, "run"))}</p>
        <Problems of={problems} />
        <div className="flex justify-end"><Button kind="primary" onClick={onDone}>{t.runSelection.close}</Button></div>
      </Dialog>
    );
  }
  const count = plan?.runs.length ?? 0;
  return (
    <Dialog title={t.runSelection.retryThem} onClose={onClose} wide>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{t.runSelection.eachFromItsFailedStep}</p>
        <section aria-label={t.retry.plan} aria-live="polite" className="rounded-lg border border-line bg-surface p-3">
          <h3 className="mb-2 text-xs font-semibold text-muted">{t.retry.whatWillHappen}</h3>
          {fetching && plan === undefined ? <Skeleton rows={3} /> : plan && count > 0 && <PlanList plan={plan} />}
          {plan && count < runs.length && <p className="mt-2 text-amber">{t.runSelection.refused(counted(runs.length - count, "run"))}</p>}
          <Problems of={[...problemsOf(error), ...(plan?.errors ?? [])]} />
        </section>
        <Problems of={problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.common.leaveIt}</Button>
          <Button type="submit" kind="primary" disabled={sending || fetching || count === 0}>{t.runSelection.retry(counted(count, "run"))}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function CancelThese({ runs, onClose, onDone }: DialogProps) {
  const [reason, setReason] = useState("");
  const act = useAct(CANCEL, (data) => data.cancelRuns);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act.send({ runs: [...runs], reason })) onDone();
  };
  return (
    <Dialog title={t.runSelection.cancelThem(counted(runs.length, "run"))} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{t.runActions.nothingMoreBeginsACall}</p>
        <Field label={t.common.reason} help={t.runActions.itStandsInTheRuns}>
          {(id) => <input id={id} required autoFocus maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.common.leaveIt}</Button>
          <Button type="submit" kind="danger" disabled={act.busy}>{t.runSelection.cancelThem(counted(runs.length, "run"))}</Button>
        </div>
      </form>
    </Dialog>
  );
}
