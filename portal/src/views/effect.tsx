/** What a step did to the outside world, what proves it, and the decision where nothing does. */

import { type FormEvent, useState } from "react";
import { graphql } from "../gql";
import type { EffectResolution, EffectWholeFragment } from "../gql/graphql";
import { useAct } from "../lib/act";
import { useLacks } from "../shell/tenant";
import { Button, Dialog, Field, Id, INPUT, Problems, Time } from "../ui/basics";
import { StateBadge } from "../ui/state_badge";
import { t } from "../strings";

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
  HAPPENED: t.effect.itHappenedTheStepSucceeds,
  DID_NOT_HAPPEN: t.effect.itDidNotHappenThe,
  REPEAT: t.effect.unknownSendTheCallAgain,
};

export function EffectDetail({ effect, onDone }: { effect: EffectWholeFragment; onDone: () => void }) {
  const lacks = useLacks();
  const [asking, setAsking] = useState(false);
  const { resolution } = effect;
  return (
    <section aria-label={t.effect.effect} className="rounded-lg border border-line">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-3 py-1.5">
        <h3 className="text-xs font-semibold text-muted">{t.effect.effect}</h3>
        <StateBadge state={effect.state} />
        {effect.state === "UNCERTAIN" && <Button kind="primary" className="ml-auto" lacks={lacks("resolve_effects")} onClick={() => setAsking(true)}>{t.effect.askDecide}</Button>}
      </header>
      <div className="flex flex-col gap-2 p-3">
        <p className="break-words">{effect.proof}</p>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 [&_dd]:break-words [&_dt]:text-muted">
          <dt>{t.effect.call}</dt><dd>{effect.connector}{effect.target ? t.effect.to(effect.target) : ""}</dd>
          <dt>{t.common.key}</dt><dd><Id value={effect.key} label={t.effect.theIdempotencyKey} /></dd>
          <dt>{t.effect.tries}</dt><dd>{t.effect.ofWhichAtMostArrived(effect.tries, effect.mostSent)}</dd>
          {effect.externalId && <><dt>{t.effect.theirId}</dt><dd><code className="font-mono text-xs">{effect.externalId}</code></dd></>}
          {effect.responseSha256 && <><dt>{t.effect.answer}</dt><dd>{t.effect.sha256} <Id value={effect.responseSha256} label={t.effect.theSha256OfThe} /></dd></>}
          <dt>{t.effect.recorded}</dt><dd><Time at={effect.intendedAt} />{effect.settledAt && <>{t.effect.settled} <Time at={effect.settledAt} /></>}</dd>
        </dl>
        {effect.earlierTries.length > 0 && (
          <ul aria-label={t.effect.earlierTries} className="text-muted">
            {effect.earlierTries.map((one) => <li key={one.number} className="flex flex-wrap items-center gap-x-2">{t.effect.try(one.number)} <StateBadge state={one.state} /> {one.code} <Time at={one.intendedAt} /></li>)}
          </ul>
        )}
        {resolution && <p className="text-muted">{t.effect.decided(resolution.by)} <Time at={resolution.at} />: {HOW[resolution.how]}. {resolution.reason}</p>}
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
    <Dialog title={t.effect.didHappen(effect.step)} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{t.effect.nobodyButTheOtherSide} <code className="font-mono text-xs break-all">{effect.key}</code>{t.effect.onlyTheFirstDecisionCounts}</p>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">{t.effect.decision}</legend>
          {(Object.keys(HOW) as EffectResolution[]).map((one) => (
            <label key={one} className="flex items-center gap-2"><input type="radio" name="how" checked={how === one} onChange={() => setHow(one)} />{HOW[one]}</label>
          ))}
        </fieldset>
        {how === "HAPPENED" && (
          <Field label={t.effect.theirIdOfWhatWas} help={t.effect.emptyWhereYouDoNot}>
            {(id) => <input id={id} className={INPUT} value={externalId} onChange={(event) => setExternalId(event.target.value)} />}
          </Field>
        )}
        <Field label={t.effect.howYouKnow} help={t.effect.itStandsInTheRuns}>
          {(id) => <input id={id} required maxLength={500} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.effect.decide}</Button></div>
      </form>
    </Dialog>
  );
}
