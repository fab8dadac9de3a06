/** Rules: which events start which workflow. The condition is built from lines or written as JSON, and tried on stored events first. */

import { Plus } from "lucide-react";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { Link, Navigate, useNavigate, useParams, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { RuleWholeFragment } from "../gql/graphql";
import { useAct } from "../lib/act";
import { useDraft } from "../lib/use_draft";
import { usePages } from "../lib/pages";
import { present } from "../lib/json";
import { pathsOf, shapeOf } from "../lib/rule_shape";
import { look, type Look } from "../lib/states";
import { useChoices } from "../lib/store";
import { exact } from "../lib/time";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Empty, Field, INPUT, LINK, Heading, Problems, Refusals, Skeleton, Unanswered } from "../ui/basics";
import { Header, RowList } from "../ui/list";
import { LookBadge } from "../ui/state_badge";
import { Backtests } from "./backtest";
import { ExplainTree } from "./explain_tree";
import { RuleBuilder } from "./rule_builder";
import { useWorkflowNames } from "./workflow_names";
import { jsonOf } from "../lib/numbers";

graphql(`
  fragment RuleWhole on RuleSpec {
    id slug name enabled pausedAt priority when revision warnings { message path } workflow { slug name }
  }
`);
const RULES = graphql(`
  query PortalRules($first: Int!, $after: String) { rules(first: $first, after: $after) { edges { node { ...RuleWhole } } pageInfo { hasNextPage endCursor } } }
`);
const RULE = graphql(`
  query PortalRule($slug: String!) { rule(slug: $slug) { ...RuleWhole } }
`);
const SAMPLES = graphql(`
  query PortalRuleSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }
`);
const SAMPLE = graphql(`
  query PortalRuleSample($id: ID!) { event(id: $id) { id type subject payload idempotencyKey receivedAt source { slug } } }
`);
const EXPLAIN = graphql(`
  query PortalExplainRule($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence tree } }
`);
const SAVE = graphql(`
  mutation PortalSaveRule($input: SaveRuleInput!) { saveRule(input: $input) { rule { ...RuleWhole } errors { code message path traceId } } }
`);
const PAUSE = graphql(`
  mutation PortalPauseRule($input: PauseRuleInput!) { pauseRule(input: $input) { errors { code message path traceId } } }
`);
const RESUME = graphql(`
  mutation PortalResumeRule($input: ResumeRuleInput!) { resumeRule(input: $input) { errors { code message path traceId } } }
`);
/** No slug begins like this. */
const NEW = "~new";
const FORMER_NEW = "new";
const OWN_PATHS: readonly string[] = ["type", "source", "subject", "occurred_at"];
const FIRST = { "==": [{ var: "type" }, "order.created"] };

export function standing(rule: { enabled: boolean; pausedAt?: string | null }): Look {
  if (!rule.enabled) return look(t.rules.disabled, "slash", "muted");
  return rule.pausedAt ? look(t.rules.paused, "bars", "amber") : look(t.rules.inForce, "check", "green");
}

export function RulesPage() {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const lacks = useLacks();
  const add = (): void => void navigate(`/${slug}/rules/${NEW}`);
  const pages = usePages(RULES, { first: 50 }, (data) => ({ rows: data.rules.edges.map(({ node }) => node), ...data.rules.pageInfo }));
  return (
    <>
      <Header title={t.rules.title}>
        <Button kind="primary" className="ml-auto" lacks={lacks("edit_rules")} onClick={add}><Plus aria-hidden size={14} />{t.rules.addARule}</Button>
      </Header>
      <RowList label={t.rules.title} pages={pages} to={(rule) => `/${slug}/rules/${encodeURIComponent(rule.slug)}`}
        empty={<Empty title={t.rules.none}><p>{t.rules.aRuleLooksAtEach}</p><Button className="mt-4" lacks={lacks("edit_rules")} onClick={add}><Plus aria-hidden size={14} />{t.rules.addYourFirstRule}</Button></Empty>}>
        {(rule) => (
          <>
            <LookBadge look={standing(rule)} className="w-24 shrink-0" />
            <span className="grid min-w-0 flex-1 grid-cols-1 gap-x-4 md:grid-cols-2">
              <span className="truncate font-medium">{rule.name} <span className="font-normal text-muted">{rule.slug}</span></span>
              <span className="truncate text-muted">{t.rules.starts(rule.workflow.name)}</span>
            </span>
            <span className="shrink-0 text-right text-amber md:w-24">{rule.warnings.length > 0 && (rule.warnings.length === 1 ? t.rules.oneWarning : t.rules.warnings(rule.warnings.length))}</span>
          </>
        )}
      </RowList>
    </>
  );
}

export function RulePage() {
  const { rule: slug = "" } = useParams();
  const tenant = useTenant();
  const [{ data, error, fetching }, read] = useQuery({ query: RULE, variables: { slug }, pause: slug === NEW });
  if (slug === NEW) return <Editor rule={null} onSaved={() => undefined} />;
  if (!data?.rule) {
    if (error) return <div className="p-4"><Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    if (slug === FORMER_NEW) return <Navigate to={`/${tenant.slug}/rules/${NEW}`} replace />;
    return <Empty title={t.rules.noSuchRule}><p>{t.unknownObject}</p><Link className={LINK} to={`/${tenant.slug}/rules`}>{t.rules.title}</Link></Empty>;
  }
  return <Editor key={data.rule.id} rule={data.rule} onSaved={() => read({ requestPolicy: "network-only" })} />;
}

/** What the form holds. condition: as JSON text. */
type Typed = { slug: string; name: string; workflow: string; enabled: boolean; condition: string };

function typedOf(rule: RuleWholeFragment | null): Typed {
  const condition = jsonOf(rule?.when ?? FIRST, 2);
  return { slug: rule?.slug ?? "", name: rule?.name ?? "", workflow: rule?.workflow.slug ?? "", enabled: rule?.enabled ?? true, condition };
}

function Editor({ rule, onSaved }: { rule: RuleWholeFragment | null; onSaved: () => void }) {
  const tenant = useTenant();
  const lacks = useLacks();
  const navigate = useNavigate();
  const key = (of: string): string => `${tenant.slug}/rule/${of}`;
  const draft = useDraft(key(rule?.slug ?? NEW), JSON.stringify(typedOf(rule)), rule?.revision);
  const typed = useMemo(() => JSON.parse(draft.text) as Typed, [draft.text]);
  const { slug, name, workflow, enabled, condition: text } = typed;
  const workflows = useWorkflowNames(workflow);
  const set = (change: Partial<Typed>): void => draft.change(JSON.stringify({ ...typed, ...change }));
  const save = useAct(SAVE, (data) => data.saveRule);
  const pause = useAct(PAUSE, (data) => data.pauseRule);
  const resume = useAct(RESUME, (data) => data.resumeRule);
  const when = present(text);
  const shape = useMemo(() => (when.problem === "" ? shapeOf(when.value) : null), [text]);
  const [paths, setPaths] = useState<readonly string[]>(OWN_PATHS);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (when.problem !== "") return;
    const done = await save.send({ slug, name, workflow, enabled, when: when.value, priority: rule?.priority ?? 0, expectedRevision: draft.revision });
    if (!done?.rule) return;
    draft.settle(draft.text, done.rule.revision, key(done.rule.slug));
    if (rule === null) void navigate(`/${tenant.slug}/rules/${encodeURIComponent(done.rule.slug)}`, { replace: true });
    onSaved();
  };
  return (
    <Refusals of={save.problems}><form onSubmit={(event) => void submit(event)} className="flex min-h-0 flex-1 flex-col overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3">
        <Heading>{rule?.name ?? t.rules.addARule}</Heading>
        {rule && <LookBadge look={standing(rule)} />}
        {rule && <Link className={LINK} to={`/${tenant.slug}/runs?rule=${encodeURIComponent(rule.slug)}`}>{t.rules.itsRuns}</Link>}
        <span className="ml-auto flex gap-2">
          {rule?.enabled && (rule.pausedAt
            ? <Button disabled={resume.busy} lacks={lacks("pause_rules")} onClick={() => void resume.send({ rule: rule.slug }).then(onSaved)}>{t.common.resume}</Button>
            : <Button disabled={pause.busy} lacks={lacks("pause_rules")} title={t.rules.itGoesOnMatchingWhat} onClick={() => void pause.send({ rule: rule.slug, reason: t.rules.pausedInThePortal }).then(onSaved)}>{t.rules.pause}</Button>)}
          {draft.isChanged && <Button onClick={draft.undo}>{t.common.undoChanges}</Button>}
          <Button type="submit" kind="primary" disabled={save.busy || when.problem !== ""} lacks={lacks("edit_rules")}>{t.common.save}</Button>
        </span>
      </header>
      <div className="grid gap-4 p-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <Problems of={[...save.problems, ...pause.problems, ...resume.problems]} />
          {rule === null && <Field at="slug" label={t.rules.slug} help={t.rules.itsNameInAddressesSmall}>{(id) => <input id={id} required autoFocus pattern="[a-z0-9][a-z0-9\-]*" className={INPUT} value={slug} onChange={(event) => set({ slug: event.target.value })} />}</Field>}
          <Field at="name" label={t.common.name}>{(id) => <input id={id} required className={INPUT} value={name} onChange={(event) => set({ name: event.target.value })} />}</Field>
          <Field at="workflow" label={t.rules.workflowThatAMatchStarts}>
            {(id) => (
              <select id={id} required className={INPUT} value={workflow} onChange={(event) => set({ workflow: event.target.value })}>
                <option value="">–</option>
                {workflows.map((one) => <option key={one.slug} value={one.slug}>{one.name}</option>)}
              </select>
            )}
          </Field>
          <label className="flex items-center gap-2"><input type="checkbox" checked={enabled} onChange={(event) => set({ enabled: event.target.checked })} />{t.rules.enabled}</label>
          <RuleBuilder shape={shape} paths={paths} onChange={(value) => set({ condition: jsonOf(value, 2) })} />
          <Field at="when" label={t.rules.conditionAsJson} help={t.rules.theSameConditionJsonlogicOver}>
            {(id) => <textarea id={id} spellCheck={false} aria-invalid={when.problem !== ""} className={`${INPUT} h-60! py-1.5 font-mono text-xs`} value={text} onChange={(event) => set({ condition: event.target.value })} />}
          </Field>
          {when.problem !== "" && <p role="alert" className="text-red">{when.problem}</p>}
          {rule && rule.warnings.length > 0 && (
            <section aria-label={t.rules.warnings2} className="rounded-lg border border-line p-3">
              <h2 className="mb-1 text-xs font-semibold text-amber">{t.rules.warnings2}</h2>
              <ul className="list-disc pl-4">{rule.warnings.map((one) => <li key={`${one.message}${one.path.join(".")}`}>{one.message} <code className="font-mono text-xs text-muted">{one.path.join(".")}</code></li>)}</ul>
            </section>
          )}
        </div>
        {tenant.may("view_events") && (
          <div className="flex min-w-0 flex-col gap-6">
            <Tester when={when.problem === "" ? when.value : undefined} onPaths={setPaths} />
            <Backtests rule={rule?.slug ?? null} when={when.problem === "" ? when.value : undefined} />
          </div>
        )}
      </div>
    </form></Refusals>
  );
}

const QUIET_MS = 400;
const RUNS_SOURCE = "runs";

/** when: the condition as it is typed; undefined while it is no JSON. onPaths: takes the places that the chosen event has. */
function Tester({ when, onPaths }: { when: unknown; onPaths: (paths: readonly string[]) => void }) {
  const [{ data: samples, error: unread }] = useQuery({ query: SAMPLES });
  const [search, setSearch] = useSearchParams();
  const event = search.get("event") ?? "";
  const setEvent = (id: string): void => setSearch({ ...Object.fromEntries(search), event: id }, { replace: true });
  const [asked, setAsked] = useState(when);
  const newest = samples?.events.edges.map(({ node }) => node) ?? [];
  // The platform's own events about runs are rarely what a rule is for.
  const chosen = event || (newest.find(({ source }) => source.slug !== RUNS_SOURCE) ?? newest[0])?.id || "";
  useEffect(() => {
    const timer = setTimeout(() => setAsked(when), QUIET_MS);
    return () => clearTimeout(timer);
  }, [JSON.stringify(when)]);
  const [{ data, error }] = useQuery({ query: EXPLAIN, variables: { when: asked, event: chosen }, pause: asked === undefined || chosen === "" });
  const verdict = data?.explainRule;
  const { utc } = useChoices();
  const [{ data: sample }] = useQuery({ query: SAMPLE, variables: { id: chosen }, pause: chosen === "" });
  const shown = sample?.event;
  const known = shown && newest.every(({ id }) => id !== shown.id) ? [shown, ...newest] : newest;
  useEffect(() => {
    if (shown) onPaths([...OWN_PATHS, ...pathsOf({ payload: shown.payload })]);
  }, [shown]);
  return (
    <section aria-label={t.rules.tryIt} className="flex min-w-0 flex-col gap-3">
      <Field label={t.rules.tryItOnAStored} help={t.rules.theNewest50AreListed}>
        {(id) => (
          <select id={id} className={INPUT} value={chosen} onChange={(change) => setEvent(change.target.value)}>
            {known.map((one) => <option key={one.id} value={one.id}>{t.rules.from(one.type, one.source.slug, one.idempotencyKey ? `, ${one.idempotencyKey}` : "", exact(one.receivedAt, utc))}</option>)}
          </select>
        )}
      </Field>
      {known.length === 0 && samples && <p className="text-muted">{t.rules.thereIsNoEventTo}</p>}
      <div role="status" className="flex flex-col gap-3">
        {(unread ?? error) && <Problems of={problemsOf(unread ?? error)} />}
        {verdict && (
          <>
            <p className={`rounded-lg border border-line border-l-4 bg-surface p-3 text-sm font-medium ${verdict.matched ? "border-l-green" : "border-l-amber"}`}>
              {verdict.matched ? t.rules.itWouldMatch : t.rules.itWouldNotMatch}<span className="font-normal text-muted">{verdict.sentence}</span>
            </p>
            <ExplainTree tree={verdict.tree} />
          </>
        )}
      </div>
    </section>
  );
}
