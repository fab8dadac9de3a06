/** The guided start: send a first event, install a first automation, see its run. */

import { CircleCheck, CircleDashed } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { useClient, useQuery, useSubscription } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { RunRowFragment } from "../gql/graphql";
import { useAct } from "../lib/act";
import { useCatchUp } from "../lib/follow";
import { jsonOf } from "../lib/numbers";
import { useLacks, useTenant } from "../shell/tenant";
import { eventCurl } from "../lib/event_curl";
import { t } from "../strings";
import { Button, Copyable, LINK, Problems, Unanswered } from "../ui/basics";
import { Header } from "../ui/list";
import { StateBadge } from "../ui/state_badge";
import { Recipes } from "./recipes";

const EVENTS = graphql(`
  subscription PortalFirstEvents { eventFeed { ... on EventReceived { cursor event { id type source { slug } } } } }
`);
const RUNS = graphql(`
  subscription PortalFirstRuns { runFeed { kind cursor run { ...RunRow } } }
`);
const TOKEN = graphql(`
  mutation PortalFirstToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }
`);
const INGEST = graphql(`
  mutation PortalIngest($input: IngestEventInput!) { ingestEvent(input: $input) { event { id type } errors { code message path traceId } } }
`);
const SAVE = graphql(`
  mutation PortalFirstWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message path traceId } } }
`);
const PUBLISH = graphql(`
  mutation PortalFirstPublish($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message path traceId } } }
`);
const RULE = graphql(`
  mutation PortalFirstRule($input: SaveRuleInput!) { saveRule(input: $input) { errors { code message path traceId } } }
`);
const EXISTING = graphql(`
  query PortalStart {
    events(first: 20) { edges { node { id type source { slug } } } }
    workflows(first: 1) { edges { node { slug } } }
    runs(first: 1) { edges { node { ...RunRow } } }
  }
`);

const INSTALLED = graphql(`
  query PortalFirstInstalled($slug: String!) { workflow(slug: $slug) { id draft { definition } currentVersion { id } } rule(slug: $slug) { id } }
`);

const EXAMPLE = { type: "order.created", payload: { n: 42 } };
const FIRST = "first-order";
const DEFINITION = {
  schema: 1,
  steps: [{ key: "greet", uses: "log.write", with: { message: "Order {{ event.payload.n }} arrived" } }],
};
const TOKEN_HOURS = 24;
const RUNS_SOURCE = "runs";

type Arrived = { id: string; type: string; source: { slug: string } };

/** The platform's own events about runs are no first events. */
const isFirst = ({ source }: Arrived): boolean => source.slug !== RUNS_SOURCE;

export function StartPage() {
  const { slug, may } = useTenant();
  const [{ data, error }, again] = useQuery({ query: EXISTING, requestPolicy: "network-only" });
  // Items that follow an event must not take its place.
  const [come, setCome] = useState<Arrived | null>(null);
  const reread = (): void => again({ requestPolicy: "network-only" });
  const followEvents = useCatchUp(slug, reread, 0);
  const followRuns = useCatchUp(slug, reread, 0);
  useSubscription({ query: EVENTS, pause: !may("view_events") }, (_before, data) => {
    followEvents();
    const item = data.eventFeed;
    if ("event" in item && isFirst(item.event)) setCome((before) => before ?? item.event);
    return data;
  });
  const [moved, setMoved] = useState<RunRowFragment | null>(null);
  useSubscription({ query: RUNS, pause: !may("view_runs") }, (_before, data) => {
    followRuns();
    if (data.runFeed.run) setMoved(data.runFeed.run);
    return data;
  });
  const arrived = come ?? data?.events.edges.map(({ node }) => node).find(isFirst);
  const hasWorkflow = (data?.workflows.edges.length ?? 0) > 0;
  const run = moved ?? data?.runs.edges[0]?.node;
  return (
    <>
      <Header title={t.start.title}><span className="text-muted">{t.start.text}</span></Header>
      <ol className="flex max-w-3xl flex-col gap-4 overflow-auto p-4">
        {error && <li><Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /></li>}
        <Step title={t.start.sendAFirstEvent} done={arrived !== undefined}>
          <SendEvent />
          <p role="status" className="mt-3">
            {arrived === undefined ? t.start.waitingForYourFirstEvent : <>{t.start.received} <Link className={LINK} to={`/${slug}/events/${encodeURIComponent(arrived.id)}`}>{arrived.type}</Link>{t.start.itsPageShowsWhatEach}</>}
          </p>
        </Step>
        <Step title={t.start.installAFirstAutomation} done={hasWorkflow}>
          <Install onDone={() => again({ requestPolicy: "network-only" })} />
        </Step>
        <Step title={t.start.seeItsRun} done={run !== undefined && run !== null}>
          {run ? (
            <p className="flex flex-wrap items-center gap-2">
              <StateBadge state={run.state} /> <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(run.id)}`}>{t.start.runOf(run.workflow.name)}</Link>
              <span className="text-muted">{t.start.itsPageShowsEachStep}</span>
            </p>
          ) : (
            <p role="status">{t.start.sendTheEventAgainOnce}</p>
          )}
        </Step>
      </ol>
    </>
  );
}

function Step({ title, done, children }: { title: string; done: boolean; children: ReactNode }) {
  const Shown = done ? CircleCheck : CircleDashed;
  return (
    <li className="rounded-lg border border-line p-4">
      <h2 className="mb-2 flex items-center gap-2 text-sm font-semibold">
        <Shown aria-hidden size={18} className={done ? "text-green" : "text-muted"} />{title}{done && <span className="sr-only"> {t.start.done}</span>}
      </h2>
      {children}
    </li>
  );
}

function SendEvent() {
  const { slug } = useTenant();
  const lacks = useLacks();
  const token = useAct(TOKEN, (data) => data.createToken);
  const ingest = useAct(INGEST, (data) => data.ingestEvent);
  const [value, setValue] = useState<string | null>(null);
  const make = async (): Promise<void> => {
    const expiresAt = new Date(Date.now() + TOKEN_HOURS * 3_600_000).toISOString();
    const made = await token.send({ name: t.start.firstEvent, role: "OPERATOR", scopes: ["ingest_events"], expiresAt });
    setValue(made?.value ?? null);
  };
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">{t.start.anEventSaysThatSomething}</p>
      <Copyable label={t.common.theCommand} text={eventCurl(slug, value ?? "TOKEN", EXAMPLE)} />
      {value !== null && <p className="text-xs text-muted">{t.start.theCommandHoldsAToken(TOKEN_HOURS)}</p>}
      <div className="flex flex-wrap gap-2">
        {value === null && <Button kind="primary" disabled={token.busy} lacks={lacks("manage_tokens")} onClick={() => void make()}>{t.start.makeATokenForThe}</Button>}
        <Button disabled={ingest.busy} lacks={lacks("ingest_events")} onClick={() => void ingest.send({ source: "api", ...EXAMPLE })}>{t.start.sendItFromHere}</Button>
      </div>
      <Problems of={[...token.problems, ...ingest.problems]} />
    </div>
  );
}

function Install({ onDone }: { onDone: () => void }) {
  const lacks = useLacks();
  const save = useAct(SAVE, (data) => data.saveWorkflow);
  const publish = useAct(PUBLISH, (data) => data.publishWorkflow);
  const rule = useAct(RULE, (data) => data.saveRule);
  const [recipes, setRecipes] = useState(false);
  const client = useClient();
  const [done, setDone] = useState("");
  const [problems, setProblems] = useState<Problem[]>([]);
  // An object that exists stays as people have made it.
  const install = async (): Promise<void> => {
    setDone("");
    const { data, error } = await client.query(INSTALLED, { slug: FIRST }, { requestPolicy: "network-only" }).toPromise();
    setProblems(problemsOf(error));
    if (data === undefined) return;
    const { workflow, rule: existing } = data;
    const when = { "==": [{ var: "type" }, EXAMPLE.type] };
    const half = workflow != null && workflow.currentVersion == null && jsonOf(workflow.draft.definition) === jsonOf(DEFINITION);
    const saved = workflow != null || (await save.send({ slug: FIRST, name: t.start.firstOrder, definition: DEFINITION, expectedRevision: 0 })) !== null;
    const published = saved && ((workflow != null && !half) || (await publish.send({ workflow: FIRST })) !== null);
    const ruled = published && (existing != null || (await rule.send({ slug: FIRST, name: t.start.everyOrder, workflow: FIRST, when, expectedRevision: 0 })) !== null);
    const [flowStays, ruleStays] = [workflow != null && !half, existing != null];
    const said = flowStays && ruleStays ? t.start.bothStay : flowStays ? t.start.theWorkflowStays : ruleStays ? t.start.theRuleStays : (): string => t.start.installedNowSendTheEvent;
    if (ruled) setDone(said(FIRST));
    onDone();
  };
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">{t.start.aRuleDecidesWhichEvents} <code className="font-mono">{EXAMPLE.type}</code>.</p>
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" lacks={lacks("edit_workflows")} disabled={save.busy || publish.busy || rule.busy} onClick={() => void install()}>{t.start.installTheExample}</Button>
        <Button aria-expanded={recipes} lacks={lacks("view_workflows")} onClick={() => setRecipes(!recipes)}>{t.start.askChooseARecipe}</Button>
      </div>
      {done !== "" && <p role="status">{done}</p>}
      <Problems of={[...problems, ...save.problems, ...publish.problems, ...rule.problems]} />
      {recipes && <Recipes onDone={onDone} />}
    </div>
  );
}
