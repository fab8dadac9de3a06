/** Outgoing webhooks: endpoints with their secrets, and what was sent to them. */

import { Plus, RotateCw } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import type { EndpointRowFragment, WebhookDeliveryState, WebhookRowFragment } from "../gql/graphql";
import { useAct } from "../lib/act";
import { usePages } from "../lib/pages";
import { newSecret } from "../lib/webhook_secret";
import { look, type Look } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Box, Button, Copyable, Dialog, Empty, Field, INPUT, LINK, Problems, Refusals, Skeleton, Time, Unanswered } from "../ui/basics";
import { Header } from "../ui/list";
import { LookBadge } from "../ui/state_badge";

graphql(`
  fragment EndpointRow on WebhookEndpoint { id slug url enabled disabledAt disabledReason secretCount revision updatedAt }
`);
graphql(`
  fragment WebhookRow on WebhookDelivery {
    id endpoint type webhookId state attempts nextAttemptAt createdAt settledAt lastError { code message traceId } run { id }
  }
`);
const ENDPOINTS = graphql(`
  query PortalEndpoints { webhookEndpoints(first: 100) { edges { node { ...EndpointRow } } } }
`);
const SENT = graphql(`
  query PortalWebhooks($first: Int!, $after: String, $filter: WebhookDeliveryFilter) {
    webhookDeliveries(first: $first, after: $after, filter: $filter) { edges { node { ...WebhookRow } } pageInfo { hasNextPage endCursor } }
  }
`);
const RESEND = graphql(`
  mutation PortalResend($input: ResendWebhookDeliveriesInput!) { resendWebhookDeliveries(input: $input) { runs { id } errors { code message path traceId } } }
`);
const SAVE = graphql(`
  mutation PortalSaveEndpoint($input: SaveWebhookEndpointInput!) {
    saveWebhookEndpoint(input: $input) { webhookEndpoint { ...EndpointRow } errors { code message path traceId } }
  }
`);
const STATES: Record<WebhookDeliveryState, Look> = {
  SENDING: look(t.webhooks.sending, "spinner", "blue"),
  RETRYING: look(t.webhooks.retrying, "retry", "amber"),
  DELIVERED: look(t.webhooks.delivered, "check", "green"),
  FAILED: look(t.common.failed, "cross", "red"),
  UNKNOWN: look(t.webhooks.unknown, "question", "yellow"),
};
const MOST_AT_ONCE = 20;

export function WebhooksPage() {
  const lacks = useLacks();
  const [{ data, error, fetching }, again] = useQuery({ query: ENDPOINTS });
  const [editing, setEditing] = useState<EndpointRowFragment | "new" | null>(null);
  const endpoints = data?.webhookEndpoints.edges.map(({ node }) => node) ?? [];
  const close = (): void => {
    setEditing(null);
    again({ requestPolicy: "network-only" });
  };
  return (
    <>
      <Header title={t.webhooks.title}>
        <Button kind="primary" className="ml-auto" lacks={lacks("manage_endpoints")} onClick={() => setEditing("new")}><Plus aria-hidden size={14} />{t.webhooks.askAddAnEndpoint}</Button>
      </Header>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-auto p-4">
        {error && <Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} />}
        {fetching && data === undefined && <Skeleton rows={4} />}
        {data !== undefined && endpoints.length === 0 && (
          <Empty title={t.webhooks.none}><p>{t.webhooks.aStep} <code className="font-mono">webhook.send</code> {t.webhooks.sendsASignedMessageTo}</p><Button className="mt-4" lacks={lacks("manage_endpoints")} onClick={() => setEditing("new")}><Plus aria-hidden size={14} />{t.webhooks.askAddYourFirstEndpoint}</Button></Empty>
        )}
        {endpoints.length > 0 && (
          <Box title={t.webhooks.endpoints}>
            {endpoints.map((one) => (
              <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
                <span className="w-32 truncate font-medium" title={one.slug}>{one.slug}</span>
                <span className="min-w-0 flex-1 basis-60 break-all text-muted">{one.url}</span>
                <LookBadge title={one.disabledReason ?? undefined} look={one.enabled ? look(t.webhooks.enabled, "check", "green") : look(t.webhooks.disabled(""), "slash", "amber")} />
                {one.disabledReason && <span className="text-amber">{one.disabledReason}</span>}
                <span className="text-muted">{one.secretCount === 2 ? t.webhooks.twoSecrets : t.webhooks.oneSecret}</span>
                <Button lacks={lacks("manage_endpoints")} onClick={() => setEditing(one)}>{t.common.askChange}</Button>
              </li>
            ))}
          </Box>
        )}
        {endpoints.length > 0 && <Sent slugs={endpoints.map(({ slug }) => slug)} />}
      </div>
      {editing !== null && <EndpointDialog endpoint={editing === "new" ? null : editing} onClose={close} />}
    </>
  );
}

function Sent({ slugs }: { slugs: string[] }) {
  const { slug } = useTenant();
  const lacks = useLacks();
  const [search, setSearch] = useSearchParams();
  const endpoint = search.get("endpoint") ?? "";
  const state = (Object.keys(STATES) as WebhookDeliveryState[]).find((one) => one.toLowerCase() === search.get("state"));
  const filter = { endpoint: endpoint || null, states: state ? [state] : null };
  const pages = usePages(SENT, { first: 50, filter }, (data) => ({
    rows: data.webhookDeliveries.edges.map(({ node }) => node),
    ...data.webhookDeliveries.pageInfo,
  }));
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const act = useAct(RESEND, (data) => data.resendWebhookDeliveries);
  const set = (change: Record<string, string>): void =>
    setSearch(Object.fromEntries(Object.entries({ endpoint, state: state?.toLowerCase() ?? "", ...change }).filter(([, value]) => value !== "")));
  const resend = async (): Promise<void> => {
    if (await act.send({ deliveries: [...picked].slice(0, MOST_AT_ONCE), idempotencyKey: crypto.getRandomValues(new Uint32Array(4)).join("-") })) {
      setPicked(new Set());
      pages.reload();
    }
  };
  const pick = (id: string, on: boolean): void => {
    const next = new Set(picked);
    if (on) next.add(id);
    else next.delete(id);
    setPicked(next);
  };
  return (
    <Box title={t.webhooks.messages} aside={
      <span className="flex flex-wrap items-center gap-2 py-1 font-normal">
        <select aria-label={t.webhooks.endpoint} className={`${INPUT} w-auto!`} value={endpoint} onChange={(event) => set({ endpoint: event.target.value })}>
          <option value="">{t.webhooks.allEndpoints}</option>{slugs.map((one) => <option key={one}>{one}</option>)}
        </select>
        <select aria-label={t.webhooks.state} className={`${INPUT} w-auto!`} value={state ?? ""} onChange={(event) => set({ state: event.target.value.toLowerCase() })}>
          <option value="">{t.webhooks.allStates}</option>{(Object.keys(STATES) as WebhookDeliveryState[]).map((one) => <option key={one} value={one}>{STATES[one].word}</option>)}
        </select>
        <Button disabled={picked.size === 0 || picked.size > MOST_AT_ONCE || act.busy} lacks={lacks("retry_runs")} onClick={() => void resend()}><RotateCw aria-hidden size={14} />{t.webhooks.sendAgain(picked.size || "")}</Button>
      </span>
    }>
      {[...pages.problems, ...act.problems].length > 0 && <li className="p-3"><Problems of={[...pages.problems, ...act.problems]} /></li>}
      {pages.rows.length === 0 && !pages.loading && <li className="px-3 py-2 text-muted">{t.webhooks.noMessageMatches}</li>}
      {pages.rows.map((one) => <Message key={one.id} one={one} slug={slug} picked={picked.has(one.id)} onPick={(on) => pick(one.id, on)} />)}
      {pages.hasMore && <li className="p-3 text-center"><Button onClick={pages.more} disabled={pages.loading}>{t.more}</Button></li>}
    </Box>
  );
}

type MessageProps = { one: WebhookRowFragment; slug: string; picked: boolean; onPick: (on: boolean) => void };

function Message({ one, slug, picked, onPick }: MessageProps) {
  const settled = one.state !== "SENDING" && one.state !== "RETRYING";
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <input type="checkbox" aria-label={t.webhooks.selectTheMessage(one.webhookId)} disabled={!settled} checked={picked} onChange={(event) => onPick(event.target.checked)} />
      <LookBadge look={STATES[one.state]} className="w-24" />
      <span className="font-medium">{one.type}</span>
      <span className="text-muted">{t.webhooks.to(one.endpoint)}</span>
      <span className="text-muted">{one.attempts === 1 ? t.webhooks.oneAttempt : t.webhooks.attempts(one.attempts)}</span>
      {one.nextAttemptAt && <span className="text-muted">{t.webhooks.next} <Time at={one.nextAttemptAt} /></span>}
      {one.run && <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(one.run.id)}`}>{t.webhooks.itsRun}</Link>}
      <Time at={one.createdAt} className="ml-auto text-muted" />
      {one.lastError && <span className="basis-full break-words text-red">{one.lastError.code}: {one.lastError.message}</span>}
    </li>
  );
}

function EndpointDialog({ endpoint, onClose }: { endpoint: EndpointRowFragment | null; onClose: () => void }) {
  const [slug, setSlug] = useState(endpoint?.slug ?? "");
  const [url, setUrl] = useState(endpoint?.url ?? "https://");
  const [enabled, setEnabled] = useState(endpoint?.enabled ?? true);
  const [old, setOld] = useState("");
  const [secret, setSecret] = useState(() => (endpoint === null ? newSecret() : ""));
  const act = useAct(SAVE, (data) => data.saveWebhookEndpoint);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const secrets = secret === "" ? {} : { secrets: [secret, old.trim()].filter((one) => one !== "") };
    if (await act.send({ slug, url, enabled, ...secrets, expectedRevision: endpoint?.revision ?? 0 })) onClose();
  };
  return (
    <Dialog title={endpoint === null ? t.webhooks.addAnEndpoint : t.webhooks.endpoint2(endpoint.slug)} onClose={onClose} wide>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {endpoint === null && <Field at="slug" label={t.common.name} help={t.webhooks.stepsNameItInWith}>{(id) => <input id={id} required autoFocus pattern="[a-z0-9][a-z0-9\-]*" className={INPUT} value={slug} onChange={(event) => setSlug(event.target.value)} />}</Field>}
        <Field at="url" label={t.webhooks.url}>{(id) => <input id={id} required type="url" className={INPUT} value={url} onChange={(event) => setUrl(event.target.value)} />}</Field>
        <label className="flex items-center gap-2"><input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />{t.webhooks.messagesAreSent}</label>
        {secret === "" ? (
          <Button className="w-fit" onClick={() => setSecret(newSecret())}>{t.webhooks.askRotateTheSecret}</Button>
        ) : (
          <section aria-label={t.webhooks.secret} className="flex flex-col gap-3 rounded-lg border border-line p-3">
            <p>{t.webhooks.giveThisSecretToThe}</p>
            <Copyable text={secret} label={t.webhooks.theSecret} />
            {endpoint !== null && (
              <Field label={t.webhooks.theOldSecret} help={t.webhooks.whileItIsGivenBoth}>
                {(id) => <input id={id} type="password" autoComplete="off" className={INPUT} value={old} onChange={(event) => setOld(event.target.value)} />}
              </Field>
            )}
          </section>
        )}
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.common.save}</Button></div>
      </form></Refusals>
    </Dialog>
  );
}
