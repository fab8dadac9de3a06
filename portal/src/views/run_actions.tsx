/** Cancel, pause, resume and retry. A retry shows its plan before anything repeats. */

import { CirclePause, CirclePlay, RotateCw, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useMutation, useQuery } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { RetryFrom, RetryVersion } from "../gql/graphql";
import { useKeys } from "../lib/keys";
import { isFinal } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Skeleton } from "../ui/basics";
import type { Run } from "./run";

const CANCEL = graphql(`
  mutation PortalCancel($input: CancelRunsInput!) { cancelRuns(input: $input) { runs { id state } errors { code message path traceId } } }
`);
const PAUSE = graphql(`
  mutation PortalPause($input: PauseRunsInput!) { pauseRuns(input: $input) { runs { id state } errors { code message path traceId } } }
`);
const RESUME = graphql(`
  mutation PortalResume($input: ResumeRunsInput!) { resumeRuns(input: $input) { runs { id state } errors { code message path traceId } } }
`);
const PLAN = graphql(`
  query PortalRetryPlan($input: RetryRunsInput!) {
    planRetry(input: $input) {
      planId skippedSteps repeatedSteps
      droppedSteps { step reason }
      effectsThatRepeat { step connector effect state key }
      errors { code message path traceId }
    }
  }
`);
const RETRY = graphql(`
  mutation PortalRetry($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code message path traceId } } }
`);

type Asked = "cancel" | "pause" | "retry" | null;

export function RunActions({ run, onDone }: { run: Run; onDone: () => void }) {
  const lacks = useLacks();
  const [asked, setAsked] = useState<Asked>(null);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [, resume] = useMutation(RESUME);
  const ended = isFinal(run.state);
  const mayRetry = lacks("retry_runs") === undefined;
  useKeys(ended && mayRetry ? { r: () => setAsked("retry") } : {});
  const goOn = async (): Promise<void> => {
    const { data, error } = await resume({ input: { runs: [run.id] } });
    setProblems([...problemsOf(error), ...(data?.resumeRuns.errors ?? [])]);
    onDone();
  };
  const close = (): void => {
    setAsked(null);
    onDone();
  };
  const control = lacks("control_runs");
  return (
    <div className="ml-auto flex flex-wrap items-center gap-2">
      {ended && <Button kind="primary" lacks={lacks("retry_runs")} onClick={() => setAsked("retry")} title="Retry (r)"><RotateCw aria-hidden size={14} />Retry…</Button>}
      {run.state === "PAUSED" && <Button kind="primary" lacks={control} onClick={() => void goOn()}><CirclePlay aria-hidden size={14} />Resume</Button>}
      {!ended && run.state !== "PAUSED" && run.state !== "CANCELLING" && <Button lacks={control} onClick={() => setAsked("pause")}><CirclePause aria-hidden size={14} />Pause…</Button>}
      {!ended && run.state !== "CANCELLING" && <Button kind="danger" lacks={control} onClick={() => setAsked("cancel")}><X aria-hidden size={14} />Cancel…</Button>}
      <Problems of={problems} />
      {(asked === "cancel" || asked === "pause") && <StopDialog run={run} what={asked} onClose={close} />}
      {asked === "retry" && <RetryDialog run={run} onClose={() => setAsked(null)} />}
    </div>
  );
}

const STOPS = {
  cancel: { title: "Cancel this run", verb: "Cancel the run", text: "Nothing more begins. A call in flight ends first. Then the run compensates the effects whose steps say how." },
  pause: { title: "Pause this run", verb: "Pause the run", text: "Nothing more begins until you resume it. A call in flight ends first. Time-outs go on counting." },
};

function StopDialog({ run, what, onClose }: { run: Run; what: "cancel" | "pause"; onClose: () => void }) {
  const { title, verb, text } = STOPS[what];
  const [reason, setReason] = useState("");
  const [problems, setProblems] = useState<Problem[]>([]);
  const [{ fetching: cancelling }, cancel] = useMutation(CANCEL);
  const [{ fetching: pausing }, pause] = useMutation(PAUSE);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const input = { runs: [run.id], reason };
    const { error, told } = what === "cancel"
      ? await cancel({ input }).then(({ data, error }) => ({ error, told: data?.cancelRuns.errors }))
      : await pause({ input }).then(({ data, error }) => ({ error, told: data?.pauseRuns.errors }));
    const found = [...problemsOf(error), ...(told ?? [])];
    setProblems(found);
    if (found.length === 0) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{text}</p>
        <Problems of={problems} />
        <Field label="Reason" help="It stands in the run's history and in the audit record.">
          {(id) => <input id={id} required autoFocus maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind={what === "cancel" ? "danger" : "primary"} disabled={cancelling || pausing}>{verb}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function RetryDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const [from, setFrom] = useState<RetryFrom>(run.state === "SUCCEEDED" ? "START" : "FAILED_STEP");
  const [step, setStep] = useState(run.steps[0]?.key ?? "");
  const [version, setVersion] = useState<RetryVersion>("SAME");
  const [repeat, setRepeat] = useState(false);
  const [problems, setProblems] = useState<Problem[]>([]);
  const asked = { runs: [run.id], from, fromStep: from === "STEP" ? step : null, version, repeatEffects: repeat };
  const [{ data, error, fetching }] = useQuery({ query: PLAN, variables: { input: asked }, requestPolicy: "network-only" });
  const [{ fetching: sending }, retry] = useMutation(RETRY);
  const plan = data?.planRetry;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { data: done, error: failed } = await retry({ input: { ...asked, planId: plan?.planId ?? null, reason: "retried in the portal" } });
    setProblems([...problemsOf(failed), ...(done?.retryRuns.errors ?? [])]);
    const made = done?.retryRuns.runs[0];
    if (made) {
      onClose();
      void navigate(`/${slug}/runs/${encodeURIComponent(made.id)}`);
    }
  };
  const refused = plan?.errors ?? [];
  return (
    <Dialog title="Retry this run" onClose={onClose} wide>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Begin at">
            {(id) => (
              <select id={id} autoFocus className={INPUT} value={from === "STEP" ? `step:${step}` : from} onChange={(event) => {
                const value = event.target.value;
                setFrom(value.startsWith("step:") ? "STEP" : (value as RetryFrom));
                if (value.startsWith("step:")) setStep(value.slice(5));
              }}>
                <option value="FAILED_STEP">the failed step</option>
                <option value="START">the start</option>
                {run.steps.map(({ key }) => <option key={key} value={`step:${key}`}>step {key}</option>)}
              </select>
            )}
          </Field>
          <Field label="Version">
            {(id) => (
              <select id={id} className={INPUT} value={version} onChange={(event) => setVersion(event.target.value as RetryVersion)}>
                <option value="SAME">the run's own, v{run.workflowVersion.number}</option>
                <option value="LATEST">the current one</option>
              </select>
            )}
          </Field>
        </div>
        <label className="flex items-start gap-2">
          <input type="checkbox" className="mt-1" checked={repeat} onChange={(event) => setRepeat(event.target.checked)} />
          <span>Repeat effects under new keys <span className="block text-xs text-muted">Receivers then take each call as a new one, for instance as a second charge.</span></span>
        </label>
        <section aria-label="Plan" aria-live="polite" className="rounded-lg border border-line bg-surface p-3">
          <h3 className="mb-2 text-xs font-semibold text-muted">What will happen</h3>
          {fetching && plan === undefined ? <Skeleton rows={3} /> : plan && refused.length === 0 && (
            <ul className="flex list-disc flex-col gap-1 pl-4">
              <li>{plan.repeatedSteps.length > 0 ? <>Runs <b>{plan.repeatedSteps.join(", ")}</b></> : "Runs no step"}</li>
              {plan.skippedSteps.length > 0 && <li>Keeps the results of {plan.skippedSteps.join(", ")}</li>}
              {plan.droppedSteps.map((one) => <li key={one.step}>Drops {one.step}: {one.reason}</li>)}
              {plan.effectsThatRepeat.length === 0 && <li>Repeats no effect that may have happened</li>}
              {plan.effectsThatRepeat.map((one) => (
                <li key={`${one.step}${one.key}`} className="text-amber">Sends {one.step} again ({one.connector}, {one.effect}, last known as {one.state}), {one.key ? "under the same key" : "under a new key"}</li>
              ))}
            </ul>
          )}
          <Problems of={[...problemsOf(error), ...refused]} />
        </section>
        <Problems of={problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" disabled={sending || fetching || plan === undefined || refused.length > 0}>Retry</Button>
        </div>
      </form>
    </Dialog>
  );
}
