import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { graphql } from "../../gql";
import type { MemberRole, TokenRowFragment } from "../../gql/graphql";
import { useAct } from "../../lib/act";
import { usePages } from "../../lib/pages";
import { useLacks } from "../../shell/tenant";
import { t } from "../../strings";
import { Box, Button, Copyable, Dialog, Field, INPUT, Problems, Refusals, Skeleton, Time } from "../../ui/basics";
import { Confirm } from "./confirm";
import { RoleOptions, roleOf } from "./members";

graphql(`
  fragment TokenRow on ApiToken { id name prefix role scopes allowedIps state createdAt expiresAt lastUsedAt lastUsedFrom createdBy { name } }
`);
const TOKENS = graphql(`
  query PortalTokens($first: Int!, $after: String) { tokens(first: $first, after: $after) { edges { node { ...TokenRow } } pageInfo { hasNextPage endCursor } } }
`);
const CREATE = graphql(`
  mutation PortalCreateToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }
`);
const REVOKE = graphql(`
  mutation PortalRevokeToken($input: RevokeTokenInput!) { revokeToken(input: $input) { errors { code message path traceId } } }
`);
/** Days until a token expires; 0: never. */
const DAYS = [[30, t.tokens.days30], [90, t.tokens.days90], [365, t.tokens.year1], [0, t.tokens.never]] as const;
const USUAL_DAYS = 90;

export function Tokens() {
  const lacks = useLacks();
  const pages = usePages(TOKENS, { first: 50 }, (data) => ({ rows: data.tokens.edges.map(({ node }) => node), ...data.tokens.pageInfo }));
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<TokenRowFragment | null>(null);
  const revoke = useAct(REVOKE, (data) => data.revokeToken);
  const active = (one: TokenRowFragment): boolean => one.state === "ACTIVE";
  return (
    <>
      <Button kind="primary" className="w-fit" lacks={lacks("manage_tokens")} onClick={() => setMaking(true)}><Plus aria-hidden size={14} />{t.tokens.askCreateAToken}</Button>
      <Problems of={pages.problems}><Button className="mt-3" onClick={pages.reload}>{t.tryAgain}</Button></Problems>
      {pages.rows.length === 0 && pages.loading && <Skeleton />}
      {pages.rows.length === 0 && !pages.loading && pages.problems.length === 0 && <p className="text-muted">{t.tokens.noTokensProgramsUseA}</p>}
      {pages.rows.length > 0 && (
        <Box title={t.tokens.tokens}>
          {pages.rows.map((one) => (
            <li key={one.id} className={`flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 ${active(one) ? "" : "text-muted"}`}>
              <span className="min-w-0 flex-1 basis-52"><span className="font-medium break-words">{one.name}</span> <code className="font-mono text-xs text-muted">{one.prefix}…</code>
                <span className="block text-muted">{one.role.toLowerCase()}{one.scopes ? t.tokens.only(one.scopes.join(", ")) : ""}{one.allowedIps ? t.tokens.from(one.allowedIps.join(", ")) : ""}</span>
              </span>
              <span className="text-muted">{one.lastUsedAt ? <>{t.common.used} <Time at={one.lastUsedAt} /> {t.tokens.from2(one.lastUsedFrom ?? "–")}</> : t.common.neverUsed}</span>
              <span className="text-muted">{active(one) ? one.expiresAt ? <>{t.tokens.ends} <Time at={one.expiresAt} /></> : t.tokens.doesNotExpire : one.state.toLowerCase()}</span>
              {active(one) && <Button lacks={lacks("manage_tokens")} onClick={() => setEnding(one)}>{t.tokens.askRevoke}</Button>}
            </li>
          ))}
          {pages.hasMore && <li className="p-3 text-center"><Button onClick={pages.more} disabled={pages.loading}>{t.more}</Button></li>}
        </Box>
      )}
      {making && <CreateDialog onClose={() => { setMaking(false); pages.reload(); }} />}
      {ending && (
        <Confirm title={t.tokens.revoke(ending.name)} text={t.tokens.theTokenIsRefusedEverywhere} verb={t.tokens.revokeTheToken} problems={revoke.problems}
          onClose={() => setEnding(null)} onYes={() => void revoke.send({ token: ending.id }).then((done) => { if (done) { setEnding(null); pages.reload(); } })} />
      )}
    </>
  );
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<MemberRole>("OPERATOR");
  const [scopes, setScopes] = useState("");
  const [days, setDays] = useState(USUAL_DAYS);
  const [value, setValue] = useState<string | null>(null);
  const act = useAct(CREATE, (data) => data.createToken);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const listed = scopes.split(/[\s,]+/).filter((one) => one !== "");
    const expiresAt = days === 0 ? null : new Date(Date.now() + days * 86_400_000).toISOString();
    const made = await act.send({ name, role, scopes: listed.length > 0 ? listed : null, expiresAt });
    setValue(made?.value ?? null);
  };
  if (value !== null) {
    return (
      <Dialog title={t.tokens.copyTheTokenNow} onClose={onClose} wide lasting>
        <p>{t.tokens.itIsShownThisOnce}</p>
        <Copyable text={value} label={t.tokens.theToken} />
        <div className="flex justify-end"><Button kind="primary" onClick={onClose}>{t.tokens.done}</Button></div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t.tokens.createAToken} onClose={onClose}>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field at="name" label={t.common.name} help={t.tokens.forPeopleSuchAsThe}>{(id) => <input id={id} required autoFocus className={INPUT} value={name} onChange={(event) => setName(event.target.value)} />}</Field>
        <Field at="role" label={t.tokens.role}>{(id) => <select id={id} className={INPUT} value={role} onChange={(event) => setRole(roleOf(event.target.value))}><RoleOptions /></select>}</Field>
        <Field at="scopes" label={t.tokens.scopes} help={t.tokens.permissionsOfTheRoleSuch}>{(id) => <input id={id} className={`${INPUT} font-mono`} value={scopes} onChange={(event) => setScopes(event.target.value)} />}</Field>
        <Field at="expiresAt" label={t.tokens.expiresAfter}>{(id) => <select id={id} className={INPUT} value={days} onChange={(event) => setDays(Number(event.target.value))}>{DAYS.map(([count, words]) => <option key={count} value={count}>{words}</option>)}</select>}</Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.tokens.create}</Button></div>
      </form></Refusals>
    </Dialog>
  );
}
