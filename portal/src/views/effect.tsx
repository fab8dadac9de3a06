/** What a step did to the outside world, what proves it, and the decision where nothing does. */

import { type FormEvent, useState } from "react";
import { graphql } from "../gql";
import type { EffectResolution, EffectWholeFragment } from "../gql/graphql";
import { useAct } from "../lib/act";
import { useLacks } from "../shell/tenant";
import { Button, Dialog, Field, Id, INPUT, Problems, Time } from "../ui/basics";
import { StateBadge } from "../ui/state_badge";

graphql(`
  fragment EffectWhole on Effect {
    id key step connector effect target state tries mostSent proof code externalId responseSha256 intendedAt settledAt lookups
    earlierTries { number state code intendedAt }
    resolution { how reason by at }
  }
`);
const RESOLVE = graphql(`
  mutation PortalResolveEffect($input: ResolveEffectInput!) {
    resolveEffect(input: $input) { effect { ...EffectWhole } errors { code message path traceId } }
  }
`);
const HOW: Record<EffectResolution, string> = {
  HAPPENED: "It happened: the step succeeds",
  DID_NOT_HAPPEN: "It did not happen: the step fails",
  REPEAT: "Unknown: send the call again under the same key",
};

export function EffectDetail({ effect, onDone }: { effect: EffectWholeFragment; onDone: () => void }) {
  const lacks = useLacks();
  const [asking, setAsking] = useState(false);
  const { resolution } = effect;
  return (
    <section aria-label="Effect" className="rounded-lg border border-line">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-3 py-1.5">
        <h3 className="text-xs font-semibold text-muted">Effect</h3>
        <StateBadge state={effect.state} />
        {effect.state === "UNCERTAIN" && <Button kind="primary" className="ml-auto" lacks={lacks("resolve_effects")} onClick={() => setAsking(true)}>Decide…</Button>}
      </header>
      <div className="flex flex-col gap-2 p-3">
        <p className="break-words">{effect.proof}</p>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 [&_dd]:break-words [&_dt]:text-muted">
          <dt>call</dt><dd>{effect.connector}{effect.target ? ` to ${effect.target}` : ""}</dd>
          <dt>key</dt><dd><Id value={effect.key} label="the idempotency key" /></dd>
          <dt>tries</dt><dd>{effect.tries}, of which at most {effect.mostSent} arrived</dd>
          {effect.externalId && <><dt>their id</dt><dd><code className="font-mono text-xs">{effect.externalId}</code></dd></>}
          {effect.responseSha256 && <><dt>answer</dt><dd>SHA-256 <Id value={effect.responseSha256} label="the SHA-256 of the answer" /></dd></>}
          <dt>recorded</dt><dd><Time at={effect.intendedAt} />{effect.settledAt && <>, settled <Time at={effect.settledAt} /></>}</dd>
        </dl>
        {effect.earlierTries.length > 0 && (
          <ul aria-label="Earlier tries" className="text-muted">
            {effect.earlierTries.map((one) => <li key={one.number} className="flex flex-wrap items-center gap-x-2">try {one.number} <StateBadge state={one.state} /> {one.code} <Time at={one.intendedAt} /></li>)}
          </ul>
        )}
        {resolution && <p className="text-muted">{resolution.by} decided <Time at={resolution.at} />: {HOW[resolution.how]}. {resolution.reason}</p>}
      </div>
      {asking && <ResolveDialog effect={effect} onClose={() => setAsking(false)} onDone={() => { setAsking(false); onDone(); }} />}
    </section>
  );
}

type DialogProps = { effect: EffectWholeFragment; onClose: () => void; onDone: () => void };

function ResolveDialog({ effect, onClose, onDone }: DialogProps) {
  const [how, setHow] = useState<EffectResolution>("HAPPENED");
  const [reason, setReason] = useState("");
  const [externalId, setExternalId] = useState("");
  const act = useAct(RESOLVE, (data) => data.resolveEffect);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const given = how === "HAPPENED" && externalId !== "" ? { externalId } : {};
    if (await act.send({ effect: effect.id, resolution: how, reason, ...given })) onDone();
  };
  return (
    <Dialog title={`Did ${effect.step} happen?`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">Nobody but the other side knows. Look there for the key <code className="font-mono text-xs break-all">{effect.key}</code>. Only the first decision counts; the run continues then.</p>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">Decision</legend>
          {(Object.keys(HOW) as EffectResolution[]).map((one) => (
            <label key={one} className="flex items-center gap-2"><input type="radio" name="how" checked={how === one} onChange={() => setHow(one)} />{HOW[one]}</label>
          ))}
        </fieldset>
        {how === "HAPPENED" && (
          <Field label="Their id of what was made" help="Empty where you do not know it.">
            {(id) => <input id={id} className={INPUT} value={externalId} onChange={(event) => setExternalId(event.target.value)} />}
          </Field>
        )}
        <Field label="How you know" help="It stands in the run's history and in the audit record.">
          {(id) => <input id={id} required maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary" disabled={act.busy}>Decide</Button></div>
      </form>
    </Dialog>
  );
}
