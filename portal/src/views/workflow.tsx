/** One workflow: the graph and the text of each of its versions, what differs between them, a test, and the publish. */

import { Play } from "lucide-react";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Empty, INPUT, LINK, Heading, Problems, Skeleton, Time, Unanswered } from "../ui/basics";
import { Choice } from "../ui/choice";
import { JsonView } from "../ui/json_view";
import { DefinitionEditor, DefinitionText } from "./definition";
import Graph from "./graph";
import { WorkflowCompare } from "./workflow_compare";
import { WorkflowPause } from "./workflow_pause";
import { WorkflowPublish } from "./workflow_publish";
import { RunDialog } from "./workflow_run";
import { WorkflowTest } from "./workflow_test";
import { OLDER, useVersions } from "./workflow_versions";
import { Standing } from "./workflows";

const WORKFLOW = graphql(`
  query PortalWorkflow($slug: String!) {
    workflow(slug: $slug) {
      id slug name enabled pausedAt revision
      draft { valid problems { message path } definition }
      currentVersion { number }
    }
  }
`);
const VERSION = graphql(`
  query PortalWorkflowVersion($id: ID!) { node(id: $id) { __typename ... on WorkflowVersion { id definition } } }
`);
const VIEWS = [["graph", t.common.graph], ["json", "JSON"], ["yaml", "YAML"], ["edit", t.workflow.edit], ["compare", t.workflow.compare], ["test", t.workflow.test], ["publish", t.workflow.publish]] as const;
type View = (typeof VIEWS)[number][0];
const DRAFT = "draft";

export default function WorkflowPage() {
  const { slug = "" } = useParams();
  const tenant = useTenant();
  const [search, setSearch] = useSearchParams();
  const [{ data, error, fetching }, read] = useQuery({ query: WORKFLOW, variables: { slug } });
  const workflow = data?.workflow;
  const current = workflow?.currentVersion?.number ?? null;
  const view: View = VIEWS.find(([one]) => one === search.get("view"))?.[0] ?? "graph";
  const asked = view === "edit" ? DRAFT : (search.get("version") ?? String(current ?? DRAFT));
  const earlier = search.get("from") ?? "";
  const pages = useVersions(slug, [asked, earlier]);
  const versions = pages.rows;
  const version = versions.find(({ number }) => String(number) === asked);
  const [loaded] = useQuery({ query: VERSION, variables: { id: version?.id ?? "" }, pause: version === undefined });
  const published = loaded.data?.node?.__typename === "WorkflowVersion" && loaded.data.node.id === version?.id ? loaded.data.node : undefined;
  const missing = asked !== DRAFT && version === undefined;
  const unknown = missing && !pages.loading;
  const definition = missing ? undefined : version === undefined ? workflow?.draft.definition : published?.definition;
  const chosen = search.get("step");
  const [running, setRunning] = useState(false);
  const lacks = useLacks();
  if (!workflow) {
    if (error) return <div className="p-4"><Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title={t.workflow.noSuchWorkflow}><p>{t.unknownObject}</p><Link className={LINK} to={`/${tenant.slug}/workflows`}>{t.workflows.title}</Link></Empty>;
  }
  const set = (change: Record<string, string>): void => {
    const next = { view: search.get("view") ?? "", version: search.get("version") ?? "", from: search.get("from") ?? "", step: chosen ?? "", ...change };
    setSearch(Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "")), { replace: true });
  };
  const again = (): void => {
    read({ requestPolicy: "network-only" });
    pages.reload();
  };
  const choose = (value: string, change: Record<string, string>): void => {
    if (value === OLDER) pages.more();
    else set(change);
  };
  const step = stepOf(definition, chosen);
  const problems = version === undefined ? workflow.draft.problems : [];
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2">
        <Heading>{workflow.name}</Heading>
        <Standing enabled={workflow.enabled} paused={workflow.pausedAt != null} valid={workflow.draft.valid} />
        <select aria-label={t.workflow.version} disabled={view === "edit" || view === "publish"} value={version ? asked : missing ? "" : DRAFT} onChange={({ target: { value } }) => choose(value, { version: value, step: "" })} className={`${INPUT} w-auto!`}>
          {missing && <option value="">–</option>}
          <option value={DRAFT}>{t.workflow.draft}</option>
          {versions.map((one) => <option key={one.id} value={one.number}>{t.workflow.v(one.number, one.number === current ? t.workflow.current : "", one.restores ? t.workflow.restoresV(one.restores) : "")}</option>)}
          {pages.hasMore && <option value={OLDER}>{t.workflow.askOlderVersions}</option>}
        </select>
        <Choice label={t.workflow.view} choices={VIEWS} chosen={view} onChoose={(one) => set({ view: one === "graph" ? "" : one })} />
        {version && <span className="text-muted max-2xl:hidden">{t.workflow.publishedBy(version.publishedBy)} <Time at={version.publishedAt} /></span>}
        <span className="ml-auto flex flex-wrap gap-2"><WorkflowPause workflow={workflow.slug} name={workflow.name} paused={workflow.pausedAt != null} onDone={again} />
        <Button lacks={lacks("run_workflows")} disabled={current === null} onClick={() => setRunning(true)}><Play aria-hidden size={14} />{t.runWorkflow.askRun}</Button></span>
        <Link className={LINK} to={`/${tenant.slug}/runs?workflow=${encodeURIComponent(workflow.slug)}`}>{t.workflow.itsRuns}</Link>
      </header>
      {running && <RunDialog workflow={workflow.slug} name={workflow.name} onClose={() => setRunning(false)} />}
      {problems.length > 0 && view === "graph" && (
        <div className="p-4 pb-0"><Problems of={problems.map(({ message, path }) => ({ code: "DRAFT", message, path, traceId: "" }))} /></div>
      )}
      {unknown && <Empty title={t.workflow.noSuchVersion(asked)} />}
      {pages.problems.length > 0 && <div className="p-4 pb-0"><Problems of={pages.problems} /></div>}
      {loaded.error && <div className="p-4 pb-0"><Problems of={problemsOf(loaded.error)} /></div>}
      {definition !== undefined && view === "graph" && <div className="grid min-h-0 flex-1 gap-4 p-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Graph key={version?.id ?? DRAFT} definition={definition} chosen={chosen} onChoose={(step) => set({ step })} />
        <div className="flex min-w-0 flex-col gap-3">
          {step === undefined ? <p className="text-muted">{t.workflow.chooseAStepToSee}</p> : <JsonView label={t.workflow.step(chosen ?? "")} value={step} />}
          <JsonView label={t.workflow.definition} value={definition} />
        </div>
      </div>}
      <div className={view === "graph" ? "hidden" : "p-4"}>
        {definition !== undefined && (view === "json" || view === "yaml") && <DefinitionText definition={definition} problems={problems} form={view} />}
        {view === "edit" && <DefinitionEditor slug={workflow.slug} name={workflow.name} revision={workflow.revision} definition={workflow.draft.definition} onSaved={again} />}
        {definition !== undefined && view === "compare" && (
          <div className="flex flex-col gap-4">
            <label className="flex w-fit items-center gap-2">{t.workflow.compareWith}
              <select className={`${INPUT} w-auto!`} value={earlier} onChange={({ target: { value } }) => choose(value, { from: value })}>
                <option value="">{t.workflow.theCurrentVersion}</option>
                {versions.map((one) => <option key={one.id} value={one.number}>{t.workflow.v2(one.number)}</option>)}
                {pages.hasMore && <option value={OLDER}>{t.workflow.askOlderVersions}</option>}
              </select>
            </label>
            {current === null ? <p className="text-muted">{t.workflow.nothingIsPublishedYetSo}</p>
              : <WorkflowCompare workflow={workflow.slug} from={earlier === "" ? null : Number(earlier)} to={version?.number ?? null} definition={definition} />}
          </div>
        )}
        {definition !== undefined && view === "test" && <WorkflowTest key={asked} workflow={workflow.slug} version={version?.number ?? null} definition={definition} />}
        {view === "publish" && <WorkflowPublish workflow={workflow.slug} revision={workflow.revision} current={current} versions={pages} onOpen={(number) => set({ view: "", version: String(number), step: "" })} onDone={again} />}
      </div>
    </div>
  );
}

function stepOf(definition: unknown, key: string | null): unknown {
  const steps = (definition as { steps?: unknown } | null)?.steps;
  if (key === null || !Array.isArray(steps)) return undefined;
  return (steps as { key?: unknown }[]).find((step) => step?.key === key);
}
