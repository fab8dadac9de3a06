/** The retry of one run: where it begins, its version and its input. The plan is shown before anything repeats. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useMutation, useQuery } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { PortalRetryPlanQuery, RetryFrom, RetryVersion } from "../gql/graphql";
import { parsed } from "../lib/json";
import { useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Skeleton } from "../ui/basics";
import type { Run } from "./run_whole";
import { OLDER, useVersions } from "./workflow_versions";
import { t } from "../strings";
import { jsonOf, REDACTED } from "../lib/numbers";

export const PLAN = graphql(`
  query PortalRetryPlan($input: RetryRunsInput!) {
    planRetry(input: $input) {
      planId runs skippedSteps repeatedSteps
      droppedSteps { step reason }
      effectsThatRepeat { step connector effect state key }
      errors { code message path traceId }
    }
  }
`);
export const RETRY = graphql(`
  mutation PortalRetry($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code message path traceId } } }
`);

const CHOICES = graphql(`
  query PortalRetryChoices($id: ID!) {
    run(id: $id) { id event { id payload } }
  }
`);

/** first: the step to begin at, chosen already. */
export function RetryDialog({ run, first, onClose }: { run: Run; first?: string; onClose: () => void }) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const [from, setFrom] = useState<RetryFrom>(first !== undefined ? "STEP" : run.state === "SUCCEEDED" ? "START" : "FAILED_STEP");
  const [step, setStep] = useState(first ?? run.steps[0]?.key ?? "");
  const [version, setVersion] = useState("SAME");
  const [payload, setPayload] = useState<string | null>(null);
  const [{ data: known, error: unread }] = useQuery({ query: CHOICES, variables: { id: run.id } });
  const older = useVersions(run.workflow.slug);
  const [repeat, setRepeat] = useState(false);
  const [problems, setProblems] = useState<Problem[]>([]);
  const edited = payload === null ? undefined : parsed(payload);
  const named = version !== "SAME" && version !== "LATEST";
  const asked = {
    runs: [run.id],
    from,
    fromStep: from === "STEP" ? step : null,
    version: (named ? "NAMED" : version) as RetryVersion,
    toVersion: named ? version : null,
    repeatEffects: repeat,
    ...(edited === undefined ? {} : { payload: edited.value }),
  };
  const wrong = edited !== undefined && edited.problem !== "";
  const [{ data, error, fetching }] = useQuery({ query: PLAN, variables: { input: asked }, pause: wrong, requestPolicy: "network-only" });
  const [{ fetching: sending }, retry] = useMutation(RETRY);
  const plan = data?.planRetry;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { data: done, error: failed } = await retry({ input: { ...asked, planId: plan?.planId ?? null, reason: t.retry.retriedInThePortal } });
    setProblems([...problemsOf(failed), ...(done?.retryRuns.errors ?? [])]);
    const made = done?.retryRuns.runs[0];
    if (made) {
      onClose();
      void navigate(`/${slug}/runs/${encodeURIComponent(made.id)}`);
    }
  };
  const refused = plan?.errors ?? [];
  return (
    <Dialog title={t.retry.retryThisRun} onClose={onClose} wide>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t.retry.beginAt}>
            {(id) => (
              <select id={id} autoFocus className={INPUT} value={from === "STEP" ? `step:${step}` : from} onChange={(event) => {
                const value = event.target.value;
                setFrom(value.startsWith("step:") ? "STEP" : (value as RetryFrom));
                if (value.startsWith("step:")) setStep(value.slice(5));
              }}>
                <option value="FAILED_STEP">{t.retry.theFailedStep}</option>
                <option value="START">{t.retry.theStart}</option>
                {run.steps.map(({ key }) => <option key={key} value={`step:${key}`}>{t.retry.step(key)}</option>)}
              </select>
            )}
          </Field>
          <Field label={t.retry.version}>
            {(id) => (
              <select id={id} className={INPUT} value={version} onChange={({ target: { value } }) => { if (value === OLDER) older.more(); else setVersion(value); }}>
                <option value="SAME">{t.retry.theRunsOwnV(run.workflowVersion.number)}</option>
                <option value="LATEST">{t.retry.theCurrentOne}</option>
                {older.rows.map(({ id, number }) => <option key={id} value={id}>{t.retry.v(number)}</option>)}
                {older.hasMore && <option value={OLDER}>{t.workflow.askOlderVersions}</option>}
              </select>
            )}
          </Field>
        </div>
        <label className="flex items-start gap-2">
          <input type="checkbox" className="mt-1" checked={repeat} onChange={(event) => setRepeat(event.target.checked)} />
          <span>{t.retry.repeatEffectsUnderNewKeys} <span className="block text-xs text-muted">{t.retry.receiversThenTakeEachCall}</span></span>
        </label>
        {known?.run?.event?.payload !== undefined && known.run.event.payload !== null && (
          payload === null ? (
            <Button className="w-fit" onClick={() => { setPayload(jsonOf(known.run?.event?.payload, 2)); }}>{t.retry.askEditTheInput}</Button>
          ) : (
            <Field label={t.common.input} help={t.retry.theRetryGetsANew}>
              {(id) => <textarea id={id} spellCheck={false} aria-invalid={wrong} className={`${INPUT} h-40! py-1.5 font-mono text-xs`} value={payload} onChange={(event) => setPayload(event.target.value)} />}
            </Field>
          )
        )}
        {payload?.includes(REDACTED) && <p role="status" className="text-amber">{t.ui.stillRedacted}</p>}
        {wrong && <Problems of={[{ code: "BAD_USER_INPUT", message: edited.problem, traceId: "" }]} />}
        <section aria-label={t.retry.plan} aria-live="polite" className="rounded-lg border border-line bg-surface p-3">
          <h3 className="mb-2 text-xs font-semibold text-muted">{t.retry.whatWillHappen}</h3>
          {fetching && plan === undefined ? <Skeleton rows={3} /> : plan && refused.length === 0 && <PlanList plan={plan} />}
          <Problems of={[...problemsOf(error ?? unread), ...older.problems, ...refused]} />
        </section>
        <Problems of={problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.common.leaveIt}</Button>
          <Button type="submit" kind="primary" disabled={sending || fetching || wrong || plan === undefined || refused.length > 0}>{t.retry.retry}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What a retry would do, line by line. */
export function PlanList({ plan }: { plan: PortalRetryPlanQuery["planRetry"] }) {
  return (
    <ul className="flex list-disc flex-col gap-1 pl-4">
      <li>{plan.repeatedSteps.length > 0 ? <>{t.retry.runs} <b>{plan.repeatedSteps.join(", ")}</b></> : t.retry.runsNoStep}</li>
      {plan.skippedSteps.length > 0 && <li>{t.retry.keepsTheResultsOf(plan.skippedSteps.join(", "))}</li>}
      {plan.droppedSteps.map((one) => <li key={one.step}>{t.retry.drops(one.step, one.reason)}</li>)}
      {plan.effectsThatRepeat.length === 0 && <li>{t.retry.repeatsNoEffectThatMay}</li>}
      {plan.effectsThatRepeat.map((one) => (
        <li key={`${one.step}${one.key}`} className="text-amber">{t.retry.sendsAgainLastKnownAs(one.step, one.connector, one.effect.toLowerCase(), one.state.toLowerCase(), one.key ? t.retry.underTheSameKey : t.retry.underANewKey)}</li>
      ))}
    </ul>
  );
}
