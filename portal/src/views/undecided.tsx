/** Effects whose outcome nobody knows: each waits for a person's decision, also those of runs that have ended. */

import { Link } from "react-router";
import { graphql } from "../gql";
import { usePages } from "../lib/pages";
import { useTenant } from "../shell/tenant";
import { Button, Empty, LINK, Problems, Skeleton } from "../ui/basics";
import { EffectDetail } from "./effect";
import { t } from "../strings";

const UNDECIDED = graphql(`
  query PortalUndecided($first: Int!, $after: String) {
    effects(first: $first, after: $after, filter: { unresolved: true }) {
      edges { node { ...EffectWhole run { id workflow { name } event { idempotencyKey } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export function Undecided() {
  const { slug } = useTenant();
  const { rows, loading, problems, hasMore, more, reload } = usePages(UNDECIDED, { first: 20 }, (data) => ({ rows: data.effects.edges.map(({ node }) => node), ...data.effects.pageInfo }));
  return (
    <>
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.tryAgain}</Button></Problems></div>}
      {rows.length === 0 && loading && <Skeleton rows={8} />}
      {rows.length === 0 && !loading && problems.length === 0 && <Empty title={t.undecided.none}><p>{t.undecided.aCallWhoseAnswer}</p></Empty>}
      <ul aria-label={t.undecided.title} className="flex min-h-0 flex-1 flex-col gap-4 overflow-auto p-4">
        {rows.map((one) => (
          <li key={one.id} className="flex max-w-4xl flex-col gap-1">
            <p><span className="font-medium">{one.step}</span> {one.run && <>{t.undecided.of} <Link data-row className={LINK} to={`/${slug}/runs/${encodeURIComponent(one.run.id)}?step=${encodeURIComponent(one.step)}`}>{one.run.workflow.name} {one.run.event?.idempotencyKey}</Link></>}</p>
            <EffectDetail effect={one} onDone={reload} />
          </li>
        ))}
        {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
      </ul>
    </>
  );
}
