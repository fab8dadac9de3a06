/** The published versions of a workflow, newest first, page by page. */

import { useEffect } from "react";
import { graphql } from "../gql";
import type { PortalVersionsQuery } from "../gql/graphql";
import { type Pages, usePages } from "../lib/pages";

const VERSIONS = graphql(`
  query PortalVersions($slug: String!, $first: Int!, $after: String) {
    workflow(slug: $slug) {
      id
      versions(first: $first, after: $after) { edges { node { id number publishedAt publishedBy restores } } pageInfo { hasNextPage endCursor } }
    }
  }
`);
export type Version = NonNullable<PortalVersionsQuery["workflow"]>["versions"]["edges"][number]["node"];
/** The choice that reads more versions. */
export const OLDER = "older";
const NONE = { rows: [], hasNextPage: false, endCursor: null };

/** wanted: numbers of versions that must be among those that are read, such as one in the address. */
export function useVersions(slug: string, wanted: readonly string[] = []): Pages<Version> {
  const pages = usePages(VERSIONS, { slug, first: 50 }, ({ workflow }) => (workflow ? { rows: workflow.versions.edges.map(({ node }) => node), ...workflow.versions.pageInfo } : NONE));
  const { rows, hasMore, loading, problems, more } = pages;
  const lowest = rows.at(-1)?.number ?? 0;
  const next = hasMore && !loading && problems.length === 0 && wanted.some((one) => Number(one) >= 1 && Number(one) < lowest);
  useEffect(() => {
    if (next) more();
  });
  return pages;
}
