/** The bulk operations, newest first, so that one that runs is found again. */

import { graphql } from "../gql";
import { counted } from "../lib/counts";
import { usePages } from "../lib/pages";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Empty, Time } from "../ui/basics";
import { Header, RowList } from "../ui/list";
import { LookBadge } from "../ui/state_badge";
import { BULK_KINDS, BULK_LOOKS } from "./bulk";

const OPERATIONS = graphql(`
  query PortalBulkOperations($first: Int!, $after: String) {
    bulkOperations(first: $first, after: $after) { edges { node { ...BulkWhole } } pageInfo { hasNextPage endCursor } }
  }
`);

export function BulkListPage() {
  const { slug } = useTenant();
  const pages = usePages(OPERATIONS, { first: 50 }, ({ bulkOperations }) => ({ rows: bulkOperations.edges.map(({ node }) => node), ...bulkOperations.pageInfo }));
  return (
    <>
      <Header title={t.bulk.title} />
      <RowList label={t.bulk.title} pages={pages} to={(one) => `/${slug}/bulk/${encodeURIComponent(one.id)}`} empty={<Empty title={t.bulk.none}><p>{t.bulk.whereTheyBegin}</p></Empty>}>
        {(one) => (
          <>
            <LookBadge look={BULK_LOOKS[one.state]} className="w-20 shrink-0" />
            <span className="grid min-w-0 flex-1 grid-cols-1 gap-x-4 md:grid-cols-2">
              <span className="truncate font-medium">{t.bulk.of(BULK_KINDS[one.kind], counted(one.total, "item"))}</span>
              <span className="truncate text-muted">{t.bulk.settled((one.done + one.skipped + one.refused).toLocaleString(t.locale), one.total.toLocaleString(t.locale))} {t.bulk.by(one.startedBy)}</span>
            </span>
            <Time at={one.createdAt} className="min-w-20 shrink-0 text-right text-muted" />
          </>
        )}
      </RowList>
    </>
  );
}
