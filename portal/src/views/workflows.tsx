import { Link, useSearchParams } from "react-router";
import { graphql } from "../gql";
import { usePages } from "../lib/pages";
import { look } from "../lib/states";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";
import { CopyButton, Empty, LINK, Time } from "../ui/basics";
import { Header, RowList } from "../ui/list";
import { LookBadge } from "../ui/state_badge";

const WORKFLOWS = graphql(`
  query PortalWorkflows($first: Int!, $after: String, $archived: Boolean) {
    workflows(first: $first, after: $after, archived: $archived) {
      edges { node { id slug name enabled pausedAt archivedAt updatedAt draft { valid } currentVersion { number publishedAt publishedBy } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export function WorkflowsPage() {
  const { slug } = useTenant();
  const [search, setSearch] = useSearchParams();
  const archived = search.get("archived") === "yes";
  const pages = usePages(WORKFLOWS, { first: 50, archived }, (data) => ({
    rows: data.workflows.edges.map(({ node }) => node),
    ...data.workflows.pageInfo,
  }));
  return (
    <>
      <Header title={t.workflows.title}>
        <Link className={`${LINK} ml-auto`} to={`/${slug}/recipes`}>{t.recipes.title}</Link>
        <label className=" flex items-center gap-2 text-muted">
          <input type="checkbox" checked={archived} onChange={(event) => setSearch(event.target.checked ? { archived: "yes" } : {})} />
          {t.workflows.archived}
        </label>
      </Header>
      <RowList label={t.workflows.title} pages={pages} to={(one) => `/${slug}/workflows/${encodeURIComponent(one.slug)}`} empty={
        archived ? <Empty title={t.workflows.noWorkflowIsArchived} /> : (
          <Empty title={t.workflows.none}>
            <p>{t.workflows.aWorkflowSaysWhatIs} <Link className={LINK} to={`/${slug}/recipes`}>{t.workflows.recipe}</Link>{t.workflows.orWriteAndPublishAn}</p>
            <p className="mt-2 flex items-center justify-between rounded-md border border-line bg-surface py-1 pr-1 pl-3 text-left text-ink">
              <code className="font-mono text-xs">automate init && automate apply first.yaml</code><CopyButton value="automate init && automate apply first.yaml" label={t.workflows.theCommands} />
            </p>
          </Empty>
        )
      }>
        {(one) => (
          <>
            <span className="grid min-w-0 flex-1 grid-cols-1 gap-x-4 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)_minmax(0,3fr)]">
              <span className="truncate font-medium">{one.name}</span>
              <span className="truncate font-mono text-xs leading-5 text-muted max-md:hidden">{one.slug}</span>
              <span className="truncate text-muted">{one.currentVersion ? t.workflows.vBy(one.currentVersion.number, one.currentVersion.publishedBy) : t.workflows.neverPublished}</span>
            </span>
            <Standing enabled={one.enabled} paused={one.pausedAt != null} valid={one.draft.valid} />
            <Time at={one.updatedAt} className="min-w-20 shrink-0 text-right text-muted" />
          </>
        )}
      </RowList>
    </>
  );
}

export function Standing({ enabled, paused, valid }: { enabled: boolean; paused: boolean; valid: boolean }) {
  const shown = paused ? look(t.workflows.paused, "bars", "amber") : enabled ? look(t.workflows.on, "check", "green") : look(t.workflows.off, "slash", "muted");
  return <span className="flex shrink-0 flex-wrap gap-x-2"><LookBadge look={shown} />{!valid && <span className="text-amber">{t.workflows.draftHasProblems}</span>}</span>;
}
