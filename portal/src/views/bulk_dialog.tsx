/** The start of a bulk operation: what it will do to all that match, how fast, and when it stops. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { BulkInput, BulkKind } from "../gql/graphql";
import { useAct } from "../lib/act";
import { counted } from "../lib/counts";
import { useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Skeleton } from "../ui/basics";

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

type Word = { title: string; verb: string; noun: string; does: string };
const WORDS: Record<BulkKind, Word> = {
  RETRY: { title: "Retry all that match", verb: "Retry", noun: "run", does: "that nobody has retried yet, each from its failed step" },
  CANCEL: { title: "Cancel all that match", verb: "Cancel", noun: "run", does: "that have not ended. Calls in flight end first; then each run compensates" },
  REPLAY: { title: "Replay all that match", verb: "Replay", noun: "event", does: "with the rules of today. The runs are new ones: their effects happen again" },
  REDRIVE: { title: "Redrive all of this group", verb: "Redrive", noun: "dead job", does: "which continue from where they died" },
};

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
  const { title, verb, noun, does } = WORDS[asked.kind];
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const done = await act.send({
      ...asked,
      rate: Number(rate),
      stopOnErrorRate: stop === "" ? null : Number(stop),
      ceiling: Math.max(1, plan?.count ?? 1),
      previewId: plan?.previewId ?? null,
      reason: reason || "from the portal",
    });
    if (done?.operation) void navigate(`/${slug}/bulk/${encodeURIComponent(done.operation.id)}`);
  };
  return (
    <Dialog title={title} onClose={onClose} wide>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="break-words text-muted">{message}</p>
        <section aria-label="Plan" aria-live="polite" className="rounded-lg border border-line bg-surface p-3">
          <h3 className="mb-2 text-xs font-semibold text-muted">What will happen</h3>
          {fetching && plan === undefined ? <Skeleton rows={3} /> : plan && (
            <ul className="flex list-disc flex-col gap-1 pl-4">
              <li>{verb}s <b>{counted(plan.count, noun)}</b> {does}</li>
              {plan.lookedAt < plan.count && <li>The lines below are of the oldest {plan.lookedAt}</li>}
              {asked.kind === "REPLAY" && plan.newRuns != null && <li>Starts {counted(plan.newRuns, "new run")}</li>}
              {asked.kind === "RETRY" && plan.effectsThatRepeat.length === 0 && <li>Repeats no effect that may have happened</li>}
              {plan.effectsThatRepeat.map((one) => <li key={`${one.step}${one.connector}${one.effect}`} className="text-amber">Sends {one.step} again ({one.connector}, {one.effect.toLowerCase()}) in {counted(one.runs, "run")}</li>)}
              {plan.refusals.map((one) => <li key={one.code} className="text-amber">{counted(one.items, noun)} will be refused: {one.message} <code className="font-mono text-xs">{one.code}</code></li>)}
            </ul>
          )}
          <Problems of={problemsOf(error)} />
        </section>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={`${noun[0]?.toUpperCase()}${noun.slice(1)}s a second`} help="1 to 1000">
            {(id) => <input id={id} type="number" min={1} max={1000} required className={INPUT} value={rate} onChange={(event) => setRate(event.target.value)} />}
          </Field>
          <Field label="Stop when more than this percentage fails" help="Empty: never">
            {(id) => <input id={id} type="number" min={1} max={100} className={INPUT} value={stop} onChange={(event) => setStop(event.target.value)} />}
          </Field>
        </div>
        <Field label="Reason" help="It stands in the runs' history and in the audit record.">
          {(id) => <input id={id} maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind={asked.kind === "CANCEL" ? "danger" : "primary"} disabled={act.busy || fetching || !plan || plan.count === 0}>{verb} {plan ? counted(plan.count, noun) : "all"}</Button>
        </div>
      </form>
    </Dialog>
  );
}
