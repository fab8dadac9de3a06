/** The start of a bulk operation: what it will do to all that match, how fast, and when it stops. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { BulkInput, BulkKind } from "../gql/graphql";
import { useAct } from "../lib/act";
import { counted, type Noun } from "../lib/counts";
import { useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Skeleton } from "../ui/basics";
import { t } from "../strings";

const PREVIEW = graphql(`
  query PortalBulkPreview($input: BulkInput!) {
    previewBulkOperation(input: $input) {
      previewId count lookedAt newRuns
      effectsThatRepeat { step connector effect consent runs }
      refusals { code message items }
    }
  }
`);
const START = graphql(`
  mutation PortalStartBulk($input: StartBulkOperationInput!) {
    startBulkOperation(input: $input) { operation { id } errors { code message path traceId } }
  }
`);

const NOUNS: Record<BulkKind, Noun> = { RETRY: "run", CANCEL: "run", REPLAY: "event", REDRIVE: "deadJob" };

type Props = { input: BulkInput; message: string; onClose: () => void };

/** input: what is done to which items. message: what they have in common. */
export function BulkDialog({ input: asked, message, onClose }: Props) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const [rate, setRate] = useState("10");
  const [stop, setStop] = useState("20");
  const [reason, setReason] = useState("");
  const [{ data, error, fetching }] = useQuery({ query: PREVIEW, variables: { input: asked }, requestPolicy: "network-only" });
  const act = useAct(START, (answer) => answer.startBulkOperation);
  const plan = data?.previewBulkOperation;
  const { title, act: verb, actAll, does, how, rate: rateWords } = t.bulkKinds[asked.kind];
  const noun = NOUNS[asked.kind];
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const done = await act.send({
      ...asked,
      rate: Number(rate),
      stopOnErrorRate: stop === "" ? null : Number(stop),
      ceiling: Math.max(1, plan?.count ?? 1),
      previewId: plan?.previewId ?? null,
      reason: reason || t.bulkDialog.fromThePortal,
    });
    if (done?.operation) void navigate(`/${slug}/bulk/${encodeURIComponent(done.operation.id)}`);
  };
  return (
    <Dialog title={title} onClose={onClose} wide>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="break-words text-muted">{message}</p>
        <section aria-label={t.bulkDialog.plan} aria-live="polite" className="rounded-lg border border-line bg-surface p-3">
          <h3 className="mb-2 text-xs font-semibold text-muted">{t.bulkDialog.whatWillHappen}</h3>
          {fetching && plan === undefined ? <Skeleton rows={3} /> : plan && (
            <ul className="flex list-disc flex-col gap-1 pl-4">
              <li>{does} <b>{counted(plan.count, noun)}</b> {how}</li>
              {plan.lookedAt < plan.count && <li>{t.bulkDialog.theLinesBelowAreOf(plan.lookedAt)}</li>}
              {asked.kind === "REPLAY" && plan.newRuns != null && <li>{t.bulkDialog.starts(counted(plan.newRuns, "newRun"))}</li>}
              {asked.kind === "RETRY" && plan.effectsThatRepeat.length === 0 && <li>{t.bulkDialog.repeatsNoEffectThatMay}</li>}
              {plan.effectsThatRepeat.map((one) => <li key={`${one.step}${one.connector}${one.effect}`} className="text-amber">{t.bulkDialog.sendsAgainIn(one.step, one.connector, one.effect.toLowerCase(), counted(one.runs, "run"))}</li>)}
              {plan.refusals.map((one) => <li key={one.code} className="text-amber">{t.bulkDialog.willBeRefused(counted(one.items, noun), one.message)} <code className="font-mono text-xs">{one.code}</code></li>)}
            </ul>
          )}
          <Problems of={problemsOf(error)} />
        </section>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={rateWords} help={t.bulkDialog.rateRange}>
            {(id) => <input id={id} type="number" min={1} max={1000} required className={INPUT} value={rate} onChange={(event) => setRate(event.target.value)} />}
          </Field>
          <Field label={t.bulkDialog.stopWhenMoreThanThis} help={t.bulkDialog.emptyNever}>
            {(id) => <input id={id} type="number" min={1} max={100} className={INPUT} value={stop} onChange={(event) => setStop(event.target.value)} />}
          </Field>
        </div>
        <Field label={t.common.reason} help={t.bulkDialog.itStandsInTheRuns}>
          {(id) => <input id={id} maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.common.leaveIt}</Button>
          <Button type="submit" kind={asked.kind === "CANCEL" ? "danger" : "primary"} disabled={act.busy || fetching || !plan || plan.count === 0}>{plan ? verb(counted(plan.count, noun)) : actAll}</Button>
        </div>
      </form>
    </Dialog>
  );
}
