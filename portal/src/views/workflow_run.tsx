/** A run by hand, with a payload as the newest run had it. */

import { type FormEvent, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { useAct } from "../lib/act";
import { present } from "../lib/json";
import { useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Refusals, Skeleton } from "../ui/basics";
import { t } from "../strings";
import { jsonOf, REDACTED } from "../lib/numbers";

const NEWEST = graphql(`
  query PortalNewestPayload($workflow: String!) { runs(first: 1, filter: { workflow: $workflow }) { edges { node { id event { payload } } } } }
`);
const RUN = graphql(`
  mutation PortalRunWorkflow($input: RunWorkflowInput!) { runWorkflow(input: $input) { run { id } errors { code message path traceId } } }
`);

export function RunDialog({ workflow, name, onClose }: { workflow: string; name: string; onClose: () => void }) {
  const { slug, may } = useTenant();
  const navigate = useNavigate();
  const [{ data, fetching }] = useQuery({ query: NEWEST, variables: { workflow }, pause: !may("view_runs") });
  const [text, setText] = useState<string | null>(null);
  // Another text is another request.
  const key = useMemo(() => `portal-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`, [text]);
  const act = useAct(RUN, (answer) => answer.runWorkflow);
  const newest = data?.runs.edges[0]?.node.event?.payload;
  const shown = text ?? jsonOf(newest ?? {}, 2);
  const read = present(shown);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const done = await act.send({ workflow, payload: read.value, idempotencyKey: key });
    if (done?.run) void navigate(`/${slug}/runs/${encodeURIComponent(done.run.id)}`);
  };
  // No text is put into a field in which a person types.
  if (fetching && data === undefined) return <Dialog title={t.runWorkflow.title(name)} onClose={onClose} wide><Skeleton /></Dialog>;
  return (
    <Dialog title={t.runWorkflow.title(name)} onClose={onClose} wide>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{t.runWorkflow.theCurrentVersionRuns}</p>
        <Field at="payload" label={t.runWorkflow.payload} {...(newest != null ? { help: t.runWorkflow.fromTheNewestRun } : {})}>
          {(id) => <textarea id={id} autoFocus spellCheck={false} aria-invalid={read.problem !== ""} className={`${INPUT} h-48! py-1.5 font-mono text-xs`} value={shown} onChange={(event) => setText(event.target.value)} />}
        </Field>
        {shown.includes(REDACTED) && <p role="status" className="text-amber">{t.ui.stillRedacted}</p>}
        {read.problem !== "" && <p role="alert" className="text-red">{read.problem}</p>}
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy || read.problem !== ""}>{t.runWorkflow.run}</Button></div>
      </form></Refusals>
    </Dialog>
  );
}
