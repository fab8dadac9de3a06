/** The inbox of approvals: those that wait for the person first, or all. */

import { useEffect, useRef } from "react";
import { useSearchParams } from "react-router";
import { useSubscription } from "urql";
import { graphql } from "../gql";
import type { ApprovalFilter } from "../gql/graphql";
import { usePages } from "../lib/pages";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Empty, Time } from "../ui/basics";
import { Header, RowList } from "../ui/list";
import { StateBadge } from "../ui/state_badge";

const APPROVALS = graphql(`
  query PortalApprovals($first: Int!, $after: String, $filter: ApprovalFilter) {
    approvals(first: $first, after: $after, filter: $filter) {
      edges { node { id title state requestedAt expiresAt decidedAt quorum viewerCanDecide run { id workflow { name } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const FEED = graphql(`
  subscription PortalApprovalFeed {
    approvalFeed {
      __typename
      ... on ApprovalRequested { cursor }
      ... on ApprovalDecided { cursor }
      ... on ApprovalEnded { cursor }
    }
  }
`);
const SHOWN = ["mine", "open", "all"] as const;
type Shown = (typeof SHOWN)[number];
const WORDS: Record<Shown, string> = { mine: t.approvals.waitingForMe, open: t.approvals.allThatWait, all: t.approvals.all };
const FILTERS: Record<Shown, ApprovalFilter> = { mine: { states: ["PENDING"], mine: true }, open: { states: ["PENDING"], mine: false }, all: { mine: false } };

export function ApprovalsPage() {
  const { slug } = useTenant();
  const [search, setSearch] = useSearchParams();
  const asked = SHOWN.find((one) => one === search.get("show")) ?? "mine";
  const pages = usePages(APPROVALS, { first: 50, filter: FILTERS[asked] }, (data) => ({
    rows: data.approvals.edges.map(({ node }) => node),
    ...data.approvals.pageInfo,
  }));
  const reload = useRef(pages.reload);
  reload.current = pages.reload;
  const [{ data }] = useSubscription({ query: FEED });
  const item = data?.approvalFeed;
  const cursor = item && "cursor" in item ? item.cursor : null;
  useEffect(() => {
    if (cursor !== null) reload.current();
  }, [cursor]);
  return (
    <>
      <Header title={t.approvals.title}>
        <div role="group" aria-label={t.approvals.whichApprovals} className="flex rounded-md border border-line">
          {SHOWN.map((one) => (
            <button key={one} type="button" aria-pressed={one === asked} onClick={() => setSearch(one === "mine" ? {} : { show: one })}
              className={`h-8 cursor-pointer px-3 first:rounded-l-md last:rounded-r-md ${one === asked ? "bg-select font-medium" : "text-muted hover:text-ink"}`}>
              {WORDS[one]}
            </button>
          ))}
        </div>
      </Header>
      <RowList label={t.approvals.title} pages={pages} to={(one) => `/${slug}/approvals/${encodeURIComponent(one.id)}`} empty={
        <Empty title={asked === "all" ? t.approvals.none : t.approvals.noneWaits}>
          <p>{t.approvals.aWorkflowWithAStep} <code className="font-mono">flow.approval</code> {t.approvals.asksPeopleBeforeItContinues}</p>
          {asked === "mine" && <Button className="mt-4" onClick={() => setSearch({ show: "all" })}>{t.approvals.showAllApprovals}</Button>}
        </Empty>
      }>
        {(one) => (
          <>
            <StateBadge state={one.state} className="w-24 shrink-0" />
            <span className="grid min-w-0 flex-1 grid-cols-1 gap-x-4 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
              <span className="truncate font-medium">{one.title}</span>
              <span className="truncate text-muted">{one.run?.workflow.name ?? ""}</span>
            </span>
            <span className="shrink-0 text-right text-muted">{one.decidedAt ? <Time at={one.decidedAt} /> : one.state === "PENDING" ? <>{t.approvals.ends} <Time at={one.expiresAt} /></> : <Time at={one.requestedAt} />}</span>
          </>
        )}
      </RowList>
    </>
  );
}
