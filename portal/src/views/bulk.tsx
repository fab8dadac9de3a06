/** A bulk operation: progress while it works, what was refused, and abort. */

import { useState } from "react";
import { Link, useParams } from "react-router";
import { useMutation, useQuery, useSubscription } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { BulkKind, BulkState, BulkWholeFragment } from "../gql/graphql";
import { counted } from "../lib/counts";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Empty, LINK, Heading, Problems, Skeleton, Time, Unanswered } from "../ui/basics";

graphql(`
  fragment BulkWhole on BulkOperation {
    id kind state reason rate total done skipped refused startedBy createdAt finishedAt
    error { code message traceId }
  }
`);
const OPERATION = graphql(`
  query PortalBulk($id: ID!) {
    node(id: $id) {
      __typename
      ... on BulkOperation {
        ...BulkWhole
        items(first: 50) { edges { node { item outcome runs at error { code message traceId } } } }
      }
    }
  }
`);
const PROGRESS = graphql(`
  subscription PortalBulkProgress($id: ID!) { bulkProgress(operation: $id) { ...BulkWhole } }
`);
const ABORT = graphql(`
  mutation PortalAbortBulk($input: AbortBulkOperationInput!) {
    abortBulkOperation(input: $input) { operation { id state } errors { code message path traceId } }
  }
`);
export const BULK_WORDS: Record<BulkState, string> = {
  RUNNING: t.bulk.running,
  FINISHED: t.bulk.finished,
  STOPPED: t.bulk.stoppedBecauseTooMuchFailed,
  ABORTED: t.bulk.aborted,
  FAILED: t.common.failed,
};
export const BULK_KINDS: Record<BulkKind, string> = { RETRY: t.bulk.retry, CANCEL: t.bulk.cancellation, REPLAY: t.bulk.replay, REDRIVE: t.bulk.redrive };

export function BulkPage() {
  const { id = "" } = useParams();
  const { slug } = useTenant();
  const lacks = useLacks();
  const [{ data, error, fetching }, again] = useQuery({ query: OPERATION, variables: { id } });
  const [live, setLive] = useState<BulkWholeFragment | null>(null);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [, abort] = useMutation(ABORT);
  useSubscription({ query: PROGRESS, variables: { id } }, (_before, { bulkProgress }) => {
    setLive(bulkProgress);
    if (bulkProgress.state !== "RUNNING") again({ requestPolicy: "network-only" });
    return { bulkProgress };
  });
  const found = data?.node?.__typename === "BulkOperation" ? data.node : null;
  if (found === null) {
    if (error) return <div className="p-4"><Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title={t.bulk.noSuchOperation}><p>{t.unknownObject}</p><Link className={LINK} to={`/${slug}/failures`}>{t.failures.title}</Link></Empty>;
  }
  const shown = live ?? found;
  const settled = shown.done + shown.skipped + shown.refused;
  const stop = async (): Promise<void> => {
    const { data: done, error: failed } = await abort({ input: { operation: id, reason: t.bulk.abortedInThePortal } });
    setProblems([...problemsOf(failed), ...(done?.abortBulkOperation.errors ?? [])]);
    again({ requestPolicy: "network-only" });
  };
  const items = found.items.edges.map(({ node }) => node);
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <Heading>{t.bulk.of(BULK_KINDS[shown.kind], counted(shown.total, "item"))}</Heading>
        <span className="font-medium">{BULK_WORDS[shown.state]}</span>
        <span className="text-muted">{t.bulk.by(shown.startedBy)} <Time at={shown.createdAt} /></span>
        {shown.state === "RUNNING" && <Button kind="danger" className="ml-auto" lacks={lacks("start_bulk")} onClick={() => void stop()}>{t.bulk.abort}</Button>}
      </header>
      <div className="flex max-w-4xl flex-col gap-4 p-4">
        {shown.reason && <p className="text-muted">{shown.reason}</p>}
        <Problems of={[...problems, ...(shown.error ? [shown.error] : [])]} />
        <label className="flex flex-col gap-1">
          <span>{t.bulk.ofDoneSkippedRefused(settled.toLocaleString(t.locale), shown.total.toLocaleString(t.locale), shown.done, shown.skipped, shown.refused)}</span>
          <progress className="block h-2 w-full" max={Math.max(1, shown.total)} value={settled} />
        </label>
        {items.length > 0 && (
          <section aria-label={t.bulk.items} className="overflow-hidden rounded-lg border border-line">
            <h2 className="border-b border-line bg-surface px-3 py-1 text-xs font-semibold text-muted">{t.bulk.newestItems}</h2>
            <ul className="divide-y divide-line">
              {items.map((one) => (
                <li key={one.item} className="flex flex-wrap items-center gap-x-3 px-3 py-1.5">
                  <span className="w-20">{one.outcome.toLowerCase()}</span>
                  {one.runs.map((run) => <Link key={run} className={LINK} to={`/${slug}/runs/${encodeURIComponent(run)}`}>{t.bulk.newRun}</Link>)}
                  {one.error && <span className="min-w-0 break-words text-muted">{one.error.code}: {one.error.message}</span>}
                  <Time at={one.at} className="ml-auto text-muted" />
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </div>
  );
}
