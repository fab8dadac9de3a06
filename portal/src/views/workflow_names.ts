/** The workflows to choose from. */

import { useEffect } from "react";
import { graphql } from "../gql";
import { usePages } from "../lib/pages";

const WORKFLOWS = graphql(`
  query PortalWorkflowNames($first: Int!, $after: String) {
    workflows(first: $first, after: $after) { edges { node { id slug name } } pageInfo { hasNextPage endCursor } }
  }
`);
/** So many are listed at most; one that is chosen already is shown in any case. */
const MOST = 2_000;

/** All workflows, page after page. chosen: a slug that stands in the list even while it is not found. */
export function useWorkflowNames(chosen: string): readonly { slug: string; name: string }[] {
  const { rows, hasMore, loading, problems, more } = usePages(WORKFLOWS, { first: 100 }, (data) => ({ rows: data.workflows.edges.map(({ node }) => node), ...data.workflows.pageInfo }));
  const next = hasMore && !loading && problems.length === 0 && rows.length < MOST;
  useEffect(() => {
    if (next) more();
  });
  return chosen === "" || rows.some(({ slug }) => slug === chosen) ? rows : [{ slug: chosen, name: chosen }, ...rows];
}
