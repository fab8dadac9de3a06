import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../../gql";
import type { PortalSecretsQuery } from "../../gql/graphql";
import { useAct } from "../../lib/act";
import { useLacks } from "../../shell/tenant";
import { Box, Button, Dialog, Field, INPUT, Problems, Refusals, Skeleton, Time, Unanswered } from "../../ui/basics";
import { Confirm } from "./confirm";
import { t } from "../../strings";

const SECRETS = graphql(`
  query PortalSecrets {
    secrets { id name ref version hasValue allowedHosts updatedAt lastUsedAt revision versions { number current createdAt expiresAt } usage { workflow version current steps } }
  }
`);
const SET = graphql(`
  mutation PortalSetSecret($input: SetSecretInput!) { setSecret(input: $input) { secret { id } errors { code message path traceId } } }
`);
const DELETE = graphql(`
  mutation PortalDeleteSecret($input: DeleteSecretInput!) { deleteSecret(input: $input) { errors { code message path traceId } } }
`);
type Secret = PortalSecretsQuery["secrets"][number];
/** Seconds for which the old value works beside the new one. */
const OVERLAPS = [[0, t.secrets.atOnce], [3_600, t.secrets.in1Hour], [86_400, t.secrets.in1Day]] as const;

export function Secrets() {
  const lacks = useLacks();
  const [{ data, error }, read] = useQuery({ query: SECRETS });
  const [setting, setSetting] = useState<Secret | "new" | null>(null);
  const [ending, setEnding] = useState<Secret | null>(null);
  const again = (): void => read({ requestPolicy: "network-only" });
  if (data === undefined) return error ? <Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /> : <Skeleton />;
  return (
    <>
      <Button kind="primary" className="w-fit" lacks={lacks("manage_secrets")} onClick={() => setSetting("new")}><Plus aria-hidden size={14} />{t.secrets.askAddASecret}</Button>
      {data.secrets.length === 0 && <p className="text-muted">{t.secrets.noSecretsAStepUses} <code className="font-mono">$secret:NAME</code>{t.secrets.noAnswerAndNoPage}</p>}
      {data.secrets.length > 0 && (
        <Box title={t.secrets.secrets}>
          {data.secrets.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
              <span className="min-w-0 flex-1 basis-60"><code className="font-mono font-medium break-all">{one.name}</code>
                <span className="block text-muted">{users(one)}{one.allowedHosts ? t.secrets.onlyTo(one.allowedHosts.join(", ")) : ""}</span>
              </span>
              <span className={one.hasValue ? "text-muted" : "text-amber"}>{one.hasValue ? (one.version ? t.secrets.version(one.version, (one.versions?.length ?? 0) > 1 ? t.secrets.theOldOneStillWorks : "") : t.secrets.fromTheEnvironment) : t.secrets.hasNoValue}</span>
              <span className="text-muted">{one.lastUsedAt ? <>{t.common.used} <Time at={one.lastUsedAt} /></> : t.common.neverUsed}</span>
              <Button lacks={lacks("manage_secrets")} onClick={() => setSetting(one)}>{t.secrets.askNewValue}</Button>
              <Button lacks={lacks("manage_secrets")} onClick={() => setEnding(one)}>{t.secrets.askDelete}</Button>
            </li>
          ))}
        </Box>
      )}
      {setting !== null && <SetDialog secret={setting === "new" ? null : setting} onClose={() => { setSetting(null); again(); }} />}
      {ending !== null && <DeleteDialog secret={ending} onClose={() => { setEnding(null); again(); }} />}
    </>
  );
}

function users(one: Secret): string {
  const names = [...new Set((one.usage ?? []).filter(({ current }) => current).map(({ workflow }) => workflow))];
  return names.length === 0 ? t.secrets.noWorkflowNamesIt : t.secrets.usedBy(names.join(", "));
}

function SetDialog({ secret, onClose }: { secret: Secret | null; onClose: () => void }) {
  const [name, setName] = useState(secret?.name ?? "");
  const [value, setValue] = useState("");
  const [overlap, setOverlap] = useState(0);
  const act = useAct(SET, (data) => data.setSecret);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const seconds = secret === null || overlap === 0 ? {} : { overlapSeconds: overlap };
    if (await act.send({ name, value, ...seconds, expectedRevision: secret?.revision ?? 0 })) onClose();
  };
  return (
    <Dialog title={secret === null ? t.secrets.addASecret : t.secrets.newValueOf(secret.name)} onClose={onClose}>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {secret === null && <Field at="name" label={t.common.name} help={t.secrets.capitalLettersDigitsAndUnderscores}>{(id) => <input id={id} required autoFocus pattern="[A-Z][A-Z0-9_]*" className={`${INPUT} font-mono`} value={name} onChange={(event) => setName(event.target.value)} />}</Field>}
        <Field at="value" label={t.secrets.value} help={t.secrets.nobodyCanReadItLater}>{(id) => <input id={id} required type="password" autoComplete="off" className={INPUT} value={value} onChange={(event) => setValue(event.target.value)} />}</Field>
        {secret !== null && <Field label={t.secrets.theOldValueEnds}>{(id) => <select id={id} className={INPUT} value={overlap} onChange={(event) => setOverlap(Number(event.target.value))}>{OVERLAPS.map(([seconds, words]) => <option key={seconds} value={seconds}>{words}</option>)}</select>}</Field>}
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.common.save}</Button></div>
      </form></Refusals>
    </Dialog>
  );
}

/** A secret that a workflow names wants its name typed. */
function DeleteDialog({ secret, onClose }: { secret: Secret; onClose: () => void }) {
  const inUse = (secret.usage ?? []).length > 0;
  const [typed, setTyped] = useState("");
  const act = useAct(DELETE, (data) => data.deleteSecret);
  const yes = async (): Promise<void> => {
    if (inUse && typed !== secret.name) act.refuse([{ code: "BAD_USER_INPUT", message: t.secrets.typeToDeleteASecret(secret.name), traceId: "" }]);
    else if (await act.send({ name: secret.name, force: inUse, expectedRevision: secret.revision })) onClose();
  };
  return (
    <Confirm title={t.secrets.delete(secret.name)} text={inUse ? t.secrets.theirStepsFailFromThe(users(secret)) : t.secrets.noWorkflowNamesItIts} verb={t.secrets.deleteTheSecret} problems={act.problems} onClose={onClose} onYes={() => void yes()}>
      {inUse && <Field label={t.secrets.type(secret.name)}>{(id) => <input id={id} className={`${INPUT} font-mono`} value={typed} onChange={(event) => setTyped(event.target.value)} />}</Field>}
    </Confirm>
  );
}
