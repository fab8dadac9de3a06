import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import { problemsOf } from "../../api/errors";
import { graphql } from "../../gql";
import type { PortalSecretsQuery } from "../../gql/graphql";
import { useAct } from "../../lib/act";
import { useLacks } from "../../shell/tenant";
import { Box, Button, Dialog, Field, INPUT, Problems, Skeleton, Time } from "../../ui/basics";
import { Confirm } from "./confirm";

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
const OVERLAPS = { "at once": 0, "in 1 hour": 3_600, "in 1 day": 86_400 } as const;

export function Secrets() {
  const lacks = useLacks();
  const [{ data, error }, read] = useQuery({ query: SECRETS });
  const [setting, setSetting] = useState<Secret | "new" | null>(null);
  const [ending, setEnding] = useState<Secret | null>(null);
  const again = (): void => read({ requestPolicy: "network-only" });
  if (data === undefined) return error ? <Problems of={problemsOf(error)} /> : <Skeleton />;
  return (
    <>
      <Button kind="primary" className="w-fit" lacks={lacks("manage_secrets")} onClick={() => setSetting("new")}><Plus aria-hidden size={14} />Add a secret…</Button>
      {data.secrets.length === 0 && <p className="text-muted">No secrets. A step uses one as <code className="font-mono">$secret:NAME</code>; no answer and no page shows its value.</p>}
      {data.secrets.length > 0 && (
        <Box title="Secrets">
          {data.secrets.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
              <span className="min-w-0 flex-1 basis-60"><code className="font-mono font-medium break-all">{one.name}</code>
                <span className="block text-muted">{users(one)}{one.allowedHosts ? `; only to ${one.allowedHosts.join(", ")}` : ""}</span>
              </span>
              <span className={one.hasValue ? "text-muted" : "text-amber"}>{one.hasValue ? (one.version ? `version ${one.version}${(one.versions?.length ?? 0) > 1 ? ", the old one still works" : ""}` : "from the environment") : "has no value"}</span>
              <span className="text-muted">{one.lastUsedAt ? <>used <Time at={one.lastUsedAt} /></> : "never used"}</span>
              <Button lacks={lacks("manage_secrets")} onClick={() => setSetting(one)}>New value…</Button>
              <Button lacks={lacks("manage_secrets")} onClick={() => setEnding(one)}>Delete…</Button>
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
  return names.length === 0 ? "no workflow names it" : `used by ${names.join(", ")}`;
}

function SetDialog({ secret, onClose }: { secret: Secret | null; onClose: () => void }) {
  const [name, setName] = useState(secret?.name ?? "");
  const [value, setValue] = useState("");
  const [overlap, setOverlap] = useState<keyof typeof OVERLAPS>("at once");
  const act = useAct(SET, (data) => data.setSecret);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const seconds = secret === null || OVERLAPS[overlap] === 0 ? {} : { overlapSeconds: OVERLAPS[overlap] };
    if (await act.send({ name, value, ...seconds })) onClose();
  };
  return (
    <Dialog title={secret === null ? "Add a secret" : `New value of ${secret.name}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {secret === null && <Field label="Name" help="Capital letters, digits and underscores. Steps use it as $secret:NAME.">{(id) => <input id={id} required autoFocus pattern="[A-Z][A-Z0-9_]*" className={`${INPUT} font-mono`} value={name} onChange={(event) => setName(event.target.value)} />}</Field>}
        <Field label="Value" help="Nobody can read it later, not even you.">{(id) => <input id={id} required type="password" autoComplete="off" className={INPUT} value={value} onChange={(event) => setValue(event.target.value)} />}</Field>
        {secret !== null && <Field label="The old value ends">{(id) => <select id={id} className={INPUT} value={overlap} onChange={(event) => setOverlap(event.target.value as keyof typeof OVERLAPS)}>{Object.keys(OVERLAPS).map((one) => <option key={one}>{one}</option>)}</select>}</Field>}
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary" disabled={act.busy}>Save</Button></div>
      </form>
    </Dialog>
  );
}

/** A secret that a workflow names wants its name typed. */
function DeleteDialog({ secret, onClose }: { secret: Secret; onClose: () => void }) {
  const inUse = (secret.usage ?? []).length > 0;
  const [typed, setTyped] = useState("");
  const act = useAct(DELETE, (data) => data.deleteSecret);
  const yes = async (): Promise<void> => {
    if (inUse && typed !== secret.name) act.refuse(`Type ${secret.name} to delete a secret in use.`);
    else if (await act.send({ name: secret.name, force: inUse })) onClose();
  };
  return (
    <Confirm title={`Delete ${secret.name}`} text={inUse ? `${users(secret)}. Their steps fail from the next call on.` : "No workflow names it. Its value is gone after this."} verb="Delete the secret" problems={act.problems} onClose={onClose} onYes={() => void yes()}>
      {inUse && <Field label={`Type ${secret.name}`}>{(id) => <input id={id} className={`${INPUT} font-mono`} value={typed} onChange={(event) => setTyped(event.target.value)} />}</Field>}
    </Confirm>
  );
}
