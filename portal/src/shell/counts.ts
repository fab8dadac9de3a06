/** What waits for the person, for the numbers beside the navigation. Read with each change of page and once a minute. */

import { useEffect } from "react";
import { useLocation } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { shownCount } from "../lib/counts";
import { useTenant } from "./tenant";

const MOST = 20;
const COUNTS = graphql(`
  query PortalCounts($first: Int!, $filter: ApprovalFilter) {
    failureGroups(first: $first, resolved: false) { edges { node { fingerprint } } pageInfo { hasNextPage } }
    approvals(first: $first, filter: $filter) { edges { node { id } } pageInfo { hasNextPage } }
  }
`);
const EVERY_MS = 60_000;

/** Words by the path of the place; nothing where nothing waits. */
export function useCounts(): Record<string, string> {
  const { may } = useTenant();
  const { pathname } = useLocation();
  const filter = { states: ["PENDING" as const], mine: true };
  const [{ data }, read] = useQuery({ query: COUNTS, variables: { first: MOST, filter }, pause: !may("view_runs") });
  useEffect(() => {
    const again = (): void => {
      if (!document.hidden && may("view_runs")) read({ requestPolicy: "network-only" });
    };
    const timer = setInterval(again, EVERY_MS);
    again();
    return () => clearInterval(timer);
  }, [pathname]);
  if (data === undefined) return {};
  const { failureGroups, approvals } = data;
  return {
    failures: shownCount(failureGroups.edges.length, failureGroups.pageInfo.hasNextPage),
    approvals: shownCount(approvals.edges.length, approvals.pageInfo.hasNextPage),
  };
}
