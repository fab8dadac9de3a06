/** Sources of events: where they listen, how a sender proves itself, rotation of their secrets. */

import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { graphql } from "../gql";
import type { SourceRowFragment, SourceScheme } from "../gql/graphql";
import { useAct } from "../lib/act";
import { type HmacOptions, USUAL_HMAC, verificationOf } from "../lib/hmac";
import { usePages } from "../lib/pages";
import { newSecret } from "../lib/webhook_secret";
import { look } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Copyable, Dialog, Empty, Field, INPUT, LINK, Problems, Refusals, Skeleton, Time } from "../ui/basics";
import { Header } from "../ui/list";
import { LookBadge } from "../ui/state_badge";
import { HmacFields } from "./source_hmac";
import { SourceTry } from "./source_try";

graphql(`
  fragment SourceRow on Source { id slug scheme enabled builtIn revision url secrets { version addedAt lastUsedAt } }
`);
const SOURCES = graphql(`
  query PortalSources($first: Int!, $after: String) { sources(first: $first, after: $after) { edges { node { ...SourceRow } } pageInfo { hasNextPage endCursor } } }
`);
const SAVE = graphql(`
  mutation PortalSaveSource($input: SaveSourceInput!) { saveSource(input: $input) { warnings { message } errors { code message path traceId } } }
`);
const ENABLE = graphql(`
  mutation PortalEnableSource($input: EnableSourceInput!) { enableSource(input: $input) { errors { code message path traceId } } }
`);
const DISABLE = graphql(`
  mutation PortalDisableSource($input: DisableSourceInput!) { disableSource(input: $input) { errors { code message path traceId } } }
`);
/** Those that take webhooks. */
const SIMPLE: Partial<Record<SourceScheme, string>> = {
  STANDARD_WEBHOOKS: t.sources.standardWebhooks,
  GITHUB: "GitHub",
  STRIPE: t.sources.stripe,
  SLACK: t.sources.slack,
  SHOPIFY: t.sources.shopify,
  BEARER: t.sources.bearerToken,
  BASIC: t.sources.userNameAndPasswordHttp,
  HMAC: t.sources.anotherHmacSignature,
  UNSIGNED: t.sources.noneAnybodyWhoKnowsThe,
};
const HELP: Partial<Record<SourceScheme, string>> = { BASIC: t.sources.asNamePassword, BEARER: t.sources.theTokenAlone };

export function SourcesPage() {
  const { slug } = useTenant();
  const lacks = useLacks();
  const pages = usePages(SOURCES, { first: 100 }, (data) => ({ rows: data.sources.edges.map(({ node }) => node), ...data.sources.pageInfo }));
  const [editing, setEditing] = useState<SourceRowFragment | "new" | null>(null);
  const [trying, setTrying] = useState<SourceRowFragment | null>(null);
  const enable = useAct(ENABLE, (data) => data.enableSource);
  const disable = useAct(DISABLE, (data) => data.disableSource);
  const manage = lacks("manage_sources");
  const { rows, loading, problems, reload } = pages;
  return (
    <>
      <Header title={t.sources.title}>
        <Link className={LINK} to={`/${slug}/deliveries`}>{t.sources.rejectedDeliveries}</Link>
        <Button kind="primary" className="ml-auto" lacks={manage} onClick={() => setEditing("new")}><Plus aria-hidden size={14} />{t.sources.askAddASource}</Button>
      </Header>
      {[...problems, ...enable.problems, ...disable.problems].length > 0 && <div className="p-4"><Problems of={[...problems, ...enable.problems, ...disable.problems]}>{problems.length > 0 && <Button className="mt-3" onClick={reload}>{t.tryAgain}</Button>}</Problems></div>}
      {rows.length === 0 && loading && <Skeleton />}
      {rows.length === 0 && !loading && problems.length === 0 && <Empty title={t.sources.none}><p>{t.sources.aSourceHasAnAddress}</p></Empty>}
      <ul aria-label={t.sources.title} className="min-h-0 flex-1 divide-y divide-line overflow-auto">
        {rows.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="flex min-w-0 flex-1 basis-80 flex-col gap-1">
              <p><span className="font-medium">{one.slug}</span> <span className="text-muted">{one.scheme.toLowerCase().replaceAll("_", " ")}{one.builtIn ? t.sources.builtIn : ""}</span></p>
              {one.url && <Copyable text={one.url} label={t.sources.theAddressOf(one.slug)} />}
              {one.secrets.length > 0 && <p className="text-muted">{one.secrets.map((secret) => <span key={secret.version} className="mr-3">{t.sources.secret(secret.version)} {secret.lastUsedAt ? <>{t.common.used} <Time at={secret.lastUsedAt} /></> : t.common.neverUsed}</span>)}</p>}
            </div>
            {!one.builtIn && one.enabled && <Button onClick={() => setTrying(one)}>{t.sources.askTryIt}</Button>}
            <Link className={LINK} to={`/${slug}/events?source=${encodeURIComponent(one.slug)}`}>{t.sources.itsEvents}</Link>
            {!one.builtIn && <Link className={LINK} to={`/${slug}/deliveries?source=${encodeURIComponent(one.slug)}`}>{t.sources.itsRejected}</Link>}
            <LookBadge look={one.enabled ? look(t.sources.enabled, "check", "green") : look(t.sources.disabled, "slash", "amber")} />
            {!one.builtIn && (
              <>
                {one.scheme in SIMPLE && one.scheme !== "UNSIGNED" && <Button lacks={manage} onClick={() => setEditing(one)}>{t.sources.askSecrets}</Button>}
                {one.enabled
                  ? <Button lacks={manage} disabled={disable.busy} onClick={() => void disable.send({ source: one.slug, expectedRevision: one.revision }).then(reload)}>{t.sources.disable}</Button>
                  : <Button lacks={manage} disabled={enable.busy} onClick={() => void enable.send({ source: one.slug, expectedRevision: one.revision }).then(reload)}>{t.sources.enable}</Button>}
              </>
            )}
          </li>
        ))}
      </ul>
      {trying !== null && <SourceTry source={trying} onClose={() => setTrying(null)} />}
      {editing !== null && <SourceDialog source={editing === "new" ? null : editing} onClose={() => { setEditing(null); reload(); }} />}
    </>
  );
}

function SourceDialog({ source, onClose }: { source: SourceRowFragment | null; onClose: () => void }) {
  const [slug, setSlug] = useState(source?.slug ?? "");
  const [scheme, setScheme] = useState<SourceScheme>(source?.scheme ?? "STANDARD_WEBHOOKS");
  const [secret, setSecret] = useState("");
  const [hmac, setHmac] = useState<HmacOptions>(USUAL_HMAC);
  const [warned, setWarned] = useState<readonly string[]>([]);
  const signs = scheme !== "UNSIGNED";
  const act = useAct(SAVE, (data) => data.saveSource);
  const oldest = source?.secrets.at(-1);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const options = source === null && scheme === "HMAC" ? { verification: verificationOf(hmac) } : {};
    const revision = { expectedRevision: source?.revision ?? 0 };
    const done = await act.send({ slug, scheme, ...options, ...(source === null ? { secrets: signs ? [secret] : [] } : { addSecrets: [secret] }), ...revision });
    if (done && done.warnings.length > 0) setWarned(done.warnings.map(({ message }) => message));
    else if (done) onClose();
  };
  const revoke = async (version: number): Promise<void> => {
    if (source && (await act.send({ slug, scheme, revokeSecrets: [version], expectedRevision: source.revision }))) onClose();
  };
  if (warned.length > 0) {
    return (
      <Dialog title={t.sources.itIsSaved} onClose={onClose}>
        <div role="status"><ul className="list-disc pl-4 text-amber">{warned.map((one) => <li key={one}>{one}</li>)}</ul></div>
        <div className="flex justify-end"><Button kind="primary" onClick={onClose}>{t.sources.close}</Button></div>
      </Dialog>
    );
  }
  return (
    <Dialog title={source === null ? t.sources.addASource : t.sources.secretsOf(source.slug)} onClose={onClose}>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {source === null && (
          <>
            <Field at="slug" label={t.common.name} help={t.sources.itStandsInTheAddress}>{(id) => <input id={id} required autoFocus pattern="[a-z0-9][a-z0-9\-]*" className={INPUT} value={slug} onChange={(event) => setSlug(event.target.value)} />}</Field>
            <Field at="scheme" label={t.sources.scheme} help={t.sources.howTheSenderSigns}>{(id) => <select id={id} className={INPUT} value={scheme} onChange={(event) => setScheme(event.target.value as SourceScheme)}>{Object.entries(SIMPLE).map(([one, word]) => <option key={one} value={one}>{word}</option>)}</select>}</Field>
          </>
        )}
        {source === null && scheme === "HMAC" && <HmacFields options={hmac} onChange={setHmac} />}
        {signs && <Field at={source === null ? "secrets" : "addSecrets"} label={source === null ? t.sources.secret2 : t.sources.newSecret} help={source === null ? HELP[scheme] ?? t.sources.whatYouEnterAtThe : t.sources.itIsAcceptedBesideThose}>
          {(id) => <input id={id} required type="password" autoComplete="off" className={INPUT} value={secret} onChange={(event) => setSecret(event.target.value)} />}
        </Field>}
        {scheme === "STANDARD_WEBHOOKS" && <Button className="w-fit" onClick={() => setSecret(newSecret())}>{t.sources.makeOne}</Button>}
        {secret.startsWith("whsec_") && <Copyable text={secret} label={t.sources.theSecret} />}
        <Problems of={act.problems} />
        <div className="flex flex-wrap justify-end gap-2">
          {source !== null && source.secrets.length > 1 && oldest && <Button kind="danger" className="mr-auto" disabled={act.busy} onClick={() => void revoke(oldest.version)}>{t.sources.revokeSecret(oldest.version)}</Button>}
          <Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.common.save}</Button>
        </div>
      </form></Refusals>
    </Dialog>
  );
}
