import { useSearchParams } from "react-router";
import { graphql } from "../../gql";
import { AUDIT_ACTIONS } from "../../lib/audit_actions";
import { usePages } from "../../lib/pages";
import { t } from "../../strings";
import { Box, Button, Id, Problems, Skeleton, Time } from "../../ui/basics";
import { JsonView } from "../../ui/json_view";
import { TypedChoice } from "../../ui/typed_choice";

const AUDIT = graphql(`
  query PortalAudit($first: Int!, $after: String, $filter: AuditEntryFilter) {
    auditEntries(first: $first, after: $after, filter: $filter) {
      edges { node { id at action changes traceId actor { kind id name } object { kind id label } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

/** Who did what. The address holds the filter. */
export function Audit() {
  const [search, setSearch] = useSearchParams();
  const action = search.get("action") ?? "";
  const pages = usePages(AUDIT, { first: 50, filter: action ? { actions: [action] } : {} }, (data) => ({
    rows: data.auditEntries.edges.map(({ node }) => node),
    ...data.auditEntries.pageInfo,
  }));
  const actions = [...AUDIT_ACTIONS, ...pages.rows.map((one) => one.action)];
  return (
    <Box title={t.audit.auditRecordNewestFirst} aside={
      <TypedChoice label={t.audit.action} all={t.audit.allActions} choices={actions} chosen={action} onChoose={(one) => setSearch(one ? { action: one } : {})} className="my-1 w-52! font-normal" />
    }>
      {pages.problems.length > 0 && <li className="p-3"><Problems of={pages.problems}><Button className="mt-3" onClick={pages.reload}>{t.tryAgain}</Button></Problems></li>}
      {pages.rows.length === 0 && pages.loading && <li><Skeleton /></li>}
      {pages.rows.length === 0 && !pages.loading && pages.problems.length === 0 && <li className="px-3 py-2 text-muted">{t.audit.noEntryMatches}</li>}
      {pages.rows.map((one) => (
        <li key={one.id} className="px-3 py-2">
          <details>
            <summary className="flex cursor-pointer flex-wrap items-center gap-x-3">
              <span className="font-medium">{one.actor.name || one.actor.kind.toLowerCase()}</span>
              <code className="font-mono text-xs">{one.action}</code>
              <span className="min-w-0 break-all text-muted">{one.object.kind} {one.object.label}</span>
              <Time at={one.at} className="ml-auto text-muted" />
            </summary>
            <div className="mt-2 flex flex-col gap-2">
              <span className="inline-flex items-center gap-1 text-muted">{t.common.trace} <Id value={one.traceId} label={t.common.theTraceId} /></span>
              <JsonView label={t.audit.changes} value={one.changes} />
            </div>
          </details>
        </li>
      ))}
      {pages.hasMore && <li className="p-3 text-center"><Button onClick={pages.more} disabled={pages.loading}>{t.more}</Button></li>}
    </Box>
  );
}
