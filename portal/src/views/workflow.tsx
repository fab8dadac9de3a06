/** One workflow: the graph and the JSON of each of its versions, read-only. */

import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Empty, INPUT, LINK, Problems, Skeleton, Time } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import Graph from "./graph";
import { Standing } from "./workflows";

const WORKFLOW = graphql(`
  query PortalWorkflow($slug: String!) {
    workflow(slug: $slug) {
      id slug name enabled pausedAt
      draft { valid problems { message path } definition }
      currentVersion { number }
      versions(first: 100) { edges { node { id number publishedAt publishedBy restores } } }
    }
  }
`);
const VERSION = graphql(`
  query PortalWorkflowVersion($id: ID!) { node(id: $id) { __typename ... on WorkflowVersion { id definition } } }
`);

export default function WorkflowPage() {
  const { slug = "" } = useParams();
  const tenant = useTenant();
  const [search, setSearch] = useSearchParams();
  const [{ data, error, fetching }] = useQuery({ query: WORKFLOW, variables: { slug } });
  const workflow = data?.workflow;
  const versions = workflow?.versions.edges.map(({ node }) => node) ?? [];
  const asked = search.get("version") ?? String(workflow?.currentVersion?.number ?? "draft");
  const version = versions.find(({ number }) => String(number) === asked);
  const [loaded] = useQuery({ query: VERSION, variables: { id: version?.id ?? "" }, pause: version === undefined });
  const published = loaded.data?.node?.__typename === "WorkflowVersion" && loaded.data.node.id === version?.id ? loaded.data.node : undefined;
  const definition = version === undefined ? workflow?.draft.definition : published?.definition;
  const [chosen, setChosen] = useState<string | null>(null);
  if (!workflow) {
    if (error) return <div className="p-4"><Problems of={problemsOf(error)} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title="No such workflow"><p>{t.unknownObject}</p><Link className={LINK} to={`/${tenant.slug}/workflows`}>{t.workflows.title}</Link></Empty>;
  }
  const step = stepOf(definition, chosen);
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2">
        <h1 className="text-[15px] font-semibold">{workflow.name}</h1>
        <Standing enabled={workflow.enabled} paused={workflow.pausedAt != null} valid={workflow.draft.valid} />
        <select aria-label="Version" value={version ? asked : "draft"} onChange={(event) => { setChosen(null); setSearch({ version: event.target.value }); }} className={`${INPUT} w-auto!`}>
          <option value="draft">Draft</option>
          {versions.map((one) => <option key={one.id} value={one.number}>v{one.number}{one.number === workflow.currentVersion?.number ? ", current" : ""}{one.restores ? `, restores v${one.restores}` : ""}</option>)}
        </select>
        {version && <span className="text-muted">published by {version.publishedBy} <Time at={version.publishedAt} /></span>}
        <Link className={`${LINK} ml-auto`} to={`/${tenant.slug}/runs?workflow=${encodeURIComponent(workflow.slug)}`}>its runs</Link>
      </header>
      {!version && workflow.draft.problems.length > 0 && (
        <div className="p-4 pb-0"><Problems of={workflow.draft.problems.map(({ message, path }) => ({ code: "DRAFT", message, path, traceId: "" }))} /></div>
      )}
      {loaded.error && <div className="p-4 pb-0"><Problems of={problemsOf(loaded.error)} /></div>}
      {definition !== undefined && <div className="grid min-h-0 flex-1 gap-4 p-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Graph key={version?.id ?? "draft"} definition={definition} chosen={chosen} onChoose={setChosen} />
        <div className="flex min-w-0 flex-col gap-3">
          {step === undefined ? <p className="text-muted">Choose a step to see its part of the definition.</p> : <JsonView label={`Step ${chosen}`} value={step} />}
          <JsonView label="Definition" value={definition} />
        </div>
      </div>}
    </div>
  );
}

function stepOf(definition: unknown, key: string | null): unknown {
  const steps = (definition as { steps?: unknown } | null)?.steps;
  if (key === null || !Array.isArray(steps)) return undefined;
  return (steps as { key?: unknown }[]).find((step) => step?.key === key);
}
