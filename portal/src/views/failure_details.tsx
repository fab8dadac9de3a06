/** When a group of failures happened, and with which version it began. */

import { Link } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { histogram } from "../lib/histogram";
import { useNow } from "../lib/store";
import { useTenant } from "../shell/tenant";
import { LINK, Skeleton, Time, Unanswered } from "../ui/basics";
import { t } from "../strings";

const DETAILS = graphql(`
  query PortalFailureDetails($filter: RunFilter) {
    newest: runs(first: 100, filter: $filter) { edges { node { id createdAt } } pageInfo { hasNextPage } }
    oldest: runs(last: 1, filter: $filter) { edges { node { id createdAt workflow { slug name } workflowVersion { number publishedAt publishedBy } } } }
  }
`);
const BARS = 24;

export function FailureDetails({ fingerprint }: { fingerprint: string }) {
  const { slug, may } = useTenant();
  const now = useNow();
  const [{ data, error }, read] = useQuery({ query: DETAILS, variables: { filter: { fingerprint } } });
  if (data === undefined) return error ? <Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /> : <Skeleton rows={2} />;
  const first = data.oldest.edges[0]?.node;
  const times = data.newest.edges.map(({ node }) => Date.parse(node.createdAt));
  const begun = Math.min(now, ...times);
  const bars = histogram(times, begun, now, BARS);
  const most = Math.max(1, ...bars);
  return (
    <div className="flex flex-wrap items-end gap-x-6 gap-y-2">
      <figure className="m-0">
        <div role="img" aria-label={t.failureDetails.runsSinceAtMostAt(times.length, new Date(begun).toISOString(), most)} className="flex h-8 w-48 items-end gap-px">
          {bars.map((count, index) => <span key={index} className={`flex-1 ${count > 0 ? "bg-red" : "bg-line"}`} style={{ height: `${Math.max(6, (count / most) * 100)}%` }} />)}
        </div>
        <figcaption className="text-xs text-muted">{t.failureDetails.from(data.newest.pageInfo.hasNextPage ? t.failureDetails.theNewest100Runs : t.failureDetails.allRuns)} <Time at={new Date(begun).toISOString()} /> {t.failureDetails.toNow}</figcaption>
      </figure>
      {first && (
        <p className="text-muted">
          {t.failureDetails.beganWith} {may("view_workflows") ? <Link className={LINK} to={`/${slug}/workflows/${encodeURIComponent(first.workflow.slug)}?version=${first.workflowVersion.number}`}>{t.failureDetails.v(first.workflow.name, first.workflowVersion.number)}</Link> : t.failureDetails.v(first.workflow.name, first.workflowVersion.number)}
          {t.failureDetails.publishedBy(first.workflowVersion.publishedBy)} <Time at={first.workflowVersion.publishedAt} />: <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(first.id)}`}>{t.failureDetails.theFirstRun}</Link>
        </p>
      )}
    </div>
  );
}
