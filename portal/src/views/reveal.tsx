/** The payload as it was sent, for a reason that the audit record keeps. */

import { Eye } from "lucide-react";
import { type FormEvent, useState } from "react";
import { graphql } from "../gql";
import { useAct } from "../lib/act";
import { useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Time } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import { t } from "../strings";
import { valueOf } from "../lib/numbers";

const REVEAL = graphql(`
  mutation PortalReveal($input: RevealPayloadInput!) {
    revealPayload(input: $input) { revealed { body scrubbed until } errors { code message path traceId } }
  }
`);

function json(body: string): unknown {
  try {
    return valueOf(body);
  } catch {
    return body;
  }
}

export function Reveal({ event }: { event: string }) {
  const { may } = useTenant();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [shown, setShown] = useState<{ body: string; scrubbed: boolean; until: string } | null>(null);
  const act = useAct(REVEAL, (data) => data.revealPayload);
  if (!may("view_raw_payload")) return null;
  const submit = async (sent: FormEvent): Promise<void> => {
    sent.preventDefault();
    const answer = await act.send({ event, reason });
    if (answer?.revealed) {
      setShown(answer.revealed);
      setAsking(false);
    }
  };
  if (shown !== null) {
    return (
      <div className="flex flex-col gap-1">
        <JsonView label={t.reveal.payloadRevealed} value={json(shown.body)} />
        <p className="text-xs text-muted">{t.reveal.youMayReadItWithout(shown.scrubbed ? t.reveal.secretsOfItsSourceStay : "")} <Time at={shown.until} />.</p>
      </div>
    );
  }
  return (
    <>
      <Button className="w-fit" onClick={() => setAsking(true)}><Eye aria-hidden size={14} />{t.reveal.askReveal}</Button>
      {asking && (
        <Dialog title={t.reveal.revealThePayload} onClose={() => setAsking(false)}>
          <form onSubmit={(sent) => void submit(sent)} className="flex flex-col gap-4">
            <p className="text-muted">{t.reveal.theAuditRecordKeepsThat}</p>
            <Field label={t.common.reason} help={t.reveal.suchAsTheNumberOf}>
              {(id) => <input id={id} required autoFocus maxLength={500} className={INPUT} value={reason} onChange={(typed) => setReason(typed.target.value)} />}
            </Field>
            <Problems of={act.problems} />
            <div className="flex justify-end gap-2"><Button onClick={() => setAsking(false)}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.reveal.reveal}</Button></div>
          </form>
        </Dialog>
      )}
    </>
  );
}
