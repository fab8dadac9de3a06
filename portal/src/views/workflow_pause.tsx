/** Pause and resume of a workflow, and what becomes of events that match meanwhile. */

import { CirclePause, CirclePlay } from "lucide-react";
import { type FormEvent, useState } from "react";
import { graphql } from "../gql";
import type { PausedEvents } from "../gql/graphql";
import { useAct } from "../lib/act";
import { useLacks } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems } from "../ui/basics";
import { t } from "../strings";

const PAUSE = graphql(`
  mutation PortalPauseWorkflow($input: PauseWorkflowInput!) { pauseWorkflow(input: $input) { errors { code message path traceId } } }
`);
const RESUME = graphql(`
  mutation PortalResumeWorkflow($input: ResumeWorkflowInput!) { resumeWorkflow(input: $input) { errors { code message path traceId } } }
`);
const EVENTS: Record<PausedEvents, string> = { WAIT: t.workflowPause.theirRunsWait, SKIP: t.workflowPause.theyStartNothing };

type Props = { workflow: string; name: string; paused: boolean; onDone: () => void };

export function WorkflowPause({ workflow, name, paused, onDone }: Props) {
  const lacking = useLacks()("pause_workflows");
  const [asking, setAsking] = useState(false);
  const resume = useAct(RESUME, (answer) => answer.resumeWorkflow);
  return (
    <>
      {paused
        ? <Button lacks={lacking} disabled={resume.busy} onClick={() => void resume.send({ workflow }).then(onDone)}><CirclePlay aria-hidden size={14} />{t.common.resume}</Button>
        : <Button lacks={lacking} onClick={() => setAsking(true)}><CirclePause aria-hidden size={14} />{t.workflowPause.askPause}</Button>}
      <Problems of={resume.problems} />
      {asking && <PauseDialog workflow={workflow} name={name} onClose={() => setAsking(false)} onDone={() => { setAsking(false); onDone(); }} />}
    </>
  );
}

function PauseDialog({ workflow, name, onClose, onDone }: Omit<Props, "paused"> & { onClose: () => void }) {
  const [events, setEvents] = useState<PausedEvents>("WAIT");
  const [reason, setReason] = useState("");
  const act = useAct(PAUSE, (answer) => answer.pauseWorkflow);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act.send({ workflow, reason, events })) onDone();
  };
  return (
    <Dialog title={t.workflowPause.pause(name)} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{t.workflowPause.itsOpenRunsArePaused}</p>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">{t.workflowPause.eventsThatMatchMeanwhile}</legend>
          {(Object.keys(EVENTS) as PausedEvents[]).map((one) => (
            <label key={one} className="flex items-center gap-2"><input type="radio" name="events" checked={events === one} onChange={() => setEvents(one)} />{EVENTS[one]}</label>
          ))}
        </fieldset>
        <Field label={t.common.reason} help={t.breakers.itStandsInTheAudit}>
          {(id) => <input id={id} required autoFocus maxLength={255} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.leaveIt}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.workflowPause.pauseTheWorkflow}</Button></div>
      </form>
    </Dialog>
  );
}
