/** Cancel, pause, resume and retry. A retry shows its plan before anything repeats. */

import { CirclePause, CirclePlay, RotateCw, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { type PageAction, usePageActions } from "../lib/page_actions";
import { isFinal } from "../lib/states";
import { useLacks } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems } from "../ui/basics";
import { RetryDialog } from "./retry";
import type { Run } from "./run_whole";
import { t } from "../strings";

export const CANCEL = graphql(`
  mutation PortalCancel($input: CancelRunsInput!) { cancelRuns(input: $input) { runs { id state } errors { code message path traceId } } }
`);
const PAUSE = graphql(`
  mutation PortalPause($input: PauseRunsInput!) { pauseRuns(input: $input) { runs { id state } errors { code message path traceId } } }
`);
const RESUME = graphql(`
  mutation PortalResume($input: ResumeRunsInput!) { resumeRuns(input: $input) { runs { id state } errors { code message path traceId } } }
`);
type Asked = "cancel" | "pause" | "retry" | null;

export function RunActions({ run, onDone }: { run: Run; onDone: () => void }) {
  const lacks = useLacks();
  const [asked, setAsked] = useState<Asked>(null);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [, resume] = useMutation(RESUME);
  const ended = isFinal(run.state);
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
  const stops = !ended && run.state !== "CANCELLING" && control === undefined;
  const offered: readonly (PageAction | false)[] = [
    ended && lacks("retry_runs") === undefined && { title: t.runActions.retryThisRun, key: "r", act: () => setAsked("retry") },
    stops && run.state !== "PAUSED" && { title: t.runActions.pauseThisRun, act: () => setAsked("pause") },
    run.state === "PAUSED" && control === undefined && { title: t.runActions.resumeThisRun, act: () => void goOn() },
    stops && { title: t.runActions.cancelThisRun, act: () => setAsked("cancel") },
  ];
  usePageActions(offered.filter((one) => one !== false));
  return (
    <div className="ml-auto flex flex-wrap items-center gap-2">
      {ended && <Button kind="primary" lacks={lacks("retry_runs")} onClick={() => setAsked("retry")} title={t.runActions.retryR}><RotateCw aria-hidden size={14} />{t.runActions.askRetry}</Button>}
      {run.state === "PAUSED" && <Button kind="primary" lacks={control} onClick={() => void goOn()}><CirclePlay aria-hidden size={14} />{t.common.resume}</Button>}
      {!ended && run.state !== "PAUSED" && run.state !== "CANCELLING" && <Button lacks={control} onClick={() => setAsked("pause")}><CirclePause aria-hidden size={14} />{t.runActions.askPause}</Button>}
      {!ended && run.state !== "CANCELLING" && <Button kind="danger" lacks={control} onClick={() => setAsked("cancel")}><X aria-hidden size={14} />{t.runActions.askCancel}</Button>}
      <Problems of={problems} />
      {(asked === "cancel" || asked === "pause") && <StopDialog run={run} what={asked} onClose={close} />}
      {asked === "retry" && <RetryDialog run={run} onClose={() => setAsked(null)} />}
    </div>
  );
}

const STOPS = {
  cancel: { title: t.runActions.cancelThisRun, verb: t.runActions.cancelTheRun, text: t.runActions.nothingMoreBeginsACall },
  pause: { title: t.runActions.pauseThisRun, verb: t.runActions.pauseTheRun, text: t.runActions.nothingMoreBeginsUntilYou },
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
        <Field label={t.common.reason} help={t.runActions.itStandsInTheRuns}>
          {(id) => <input id={id} required autoFocus maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t.common.leaveIt}</Button>
          <Button type="submit" kind={what === "cancel" ? "danger" : "primary"} disabled={cancelling || pausing}>{verb}</Button>
        </div>
      </form>
    </Dialog>
  );
}
