/** A bulk operation: progress while it works, the outcome of each item, and abort. */

import { useEffect, useRef, useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useMutation, useQuery, useSubscription } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { BulkKind, BulkOutcome, BulkState, BulkWholeFragment } from "../gql/graphql";
import { counted } from "../lib/counts";
import { usePages } from "../lib/pages";
import { look, type Look } from "../lib/states";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Box, Button, Empty, LINK, Heading, Problems, Skeleton, Time, Unanswered } from "../ui/basics";
import { Choice } from "../ui/choice";
import { LookBadge } from "../ui/state_badge";

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
      }
    }
  }
`);
const ITEMS = graphql(`
  query PortalBulkItems($id: ID!, $first: Int!, $after: String, $outcome: BulkOutcome) {
    node(id: $id) {
      __typename
      ... on BulkOperation {
        id
        items(first: $first, after: $after, outcome: $outcome) { edges { node { item outcome runs at error { code message traceId } } } pageInfo { hasNextPage endCursor } }
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
export const BULK_LOOKS: Record<BulkState, Look> = {
  RUNNING: look(t.bulk.running, "spinner", "blue"),
  FINISHED: look(t.bulk.finished, "check", "green"),
  STOPPED: look(t.bulk.stopped, "bars", "red"),
  ABORTED: look(t.bulk.aborted, "slash", "amber"),
  FAILED: look(t.common.failed, "cross", "red"),
};
const OUTCOMES: Record<BulkOutcome, Look> = {
  DONE: look(t.bulk.done, "check", "green"),
  SKIPPED: look(t.bulk.skipped, "slash", "muted"),
  REFUSED: look(t.bulk.refused, "cross", "red"),
};
/** The page of an item, and what its link says. A dead job has no page. */
const ITEM_PAGES: Record<BulkKind, readonly [page: string, word: string] | null> = {
  RETRY: ["runs", t.bulk.run], CANCEL: ["runs", t.bulk.run], REPLAY: ["events", t.bulk.event], REDRIVE: null,
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
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <Heading>{t.bulk.of(BULK_KINDS[shown.kind], counted(shown.total, "item"))}</Heading>
        <LookBadge look={BULK_LOOKS[shown.state]} />
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
        <Items id={id} kind={shown.kind} settled={settled} />
      </div>
    </div>
  );
}

type Outcome = BulkOutcome | "";
const NONE = { rows: [], hasNextPage: false, endCursor: null };
const PAGE = 50;

/** What became of each item. settled: how many have been handled so far; the first page is read again when there are more. */
function Items({ id, kind, settled }: { id: string; kind: BulkKind; settled: number }) {
  const { slug } = useTenant();
  const [search, setSearch] = useSearchParams();
  const outcome: Outcome = (Object.keys(OUTCOMES) as BulkOutcome[]).find((one) => one.toLowerCase() === search.get("outcome")) ?? "";
  const { rows, loading, problems, hasMore, more, reload } = usePages(ITEMS, { id, first: PAGE, outcome: outcome || null }, ({ node }) => node?.__typename === "BulkOperation"
    ? { rows: node.items.edges.map(({ node: one }) => ({ ...one, id: one.item })), ...node.items.pageInfo } : NONE);
  const before = useRef(settled);
  useEffect(() => {
    if (before.current === settled || rows.length > PAGE) return;
    before.current = settled;
    reload();
  }, [settled]);
  const page = ITEM_PAGES[kind];
  const choices = [["", t.bulk.allItems], ...Object.entries(OUTCOMES).map(([one, { word }]) => [one as Outcome, word] as const)] as const;
  if (settled === 0) return null;
  return (
    <Box title={t.bulk.items} aside={<span className="py-1 font-normal"><Choice label={t.bulk.whichItems} choices={choices} chosen={outcome} onChoose={(one) => setSearch(one === "" ? {} : { outcome: one.toLowerCase() }, { replace: true })} /></span>}>
      {problems.length > 0 && <li className="p-3"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.tryAgain}</Button></Problems></li>}
      {rows.length === 0 && loading && <li><Skeleton rows={3} /></li>}
      {rows.length === 0 && !loading && problems.length === 0 && <li className="px-3 py-2 text-muted">{t.bulk.noItemHasThisOutcome}</li>}
      {rows.map((one) => (
        <li key={one.id} className="flex flex-wrap items-center gap-x-3 px-3 py-1.5">
          <LookBadge look={OUTCOMES[one.outcome]} className="w-24" />
          {page !== null && <Link className={LINK} to={`/${slug}/${page[0]}/${encodeURIComponent(one.item)}`}>{page[1]}</Link>}
          {one.runs.map((run) => <Link key={run} className={LINK} to={`/${slug}/runs/${encodeURIComponent(run)}`}>{t.bulk.newRun}</Link>)}
          {one.error && <span className="min-w-0 break-words text-muted">{one.error.code}: {one.error.message}</span>}
          <Time at={one.at} className="ml-auto text-muted" />
        </li>
      ))}
      {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
    </Box>
  );
}
