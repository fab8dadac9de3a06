/** Where a tenant opens: at the guided start while it is new, at its runs later, as this browser opens their list. */

import { Navigate } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { pathOf, useChoices } from "../lib/store";
import { useTenant } from "../shell/tenant";
import { Skeleton } from "../ui/basics";

const FIRST = graphql(`
  query PortalHome { workflows(first: 1) { edges { node { id } } } runs(first: 1) { edges { node { id } } } }
`);

export function HomePage() {
  const { slug, may } = useTenant();
  const { firsts } = useChoices();
  const starts = may("view_workflows") && may("view_runs") && may("ingest_events");
  const [{ data, error }] = useQuery({ query: FIRST, pause: !starts });
  if (starts && data === undefined && error === undefined) return <Skeleton rows={8} />;
  const isNew = data?.workflows.edges.length === 0 && data.runs.edges.length === 0;
  return <Navigate to={isNew ? `/${slug}/start` : pathOf(firsts, slug, "runs")} replace />;
}
