/** Failures in groups of one cause, and the retry of a whole group. */

import { RotateCw } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { useMutation, useQuery } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { PortalFailuresQuery } from "../gql/graphql";
import { counted } from "../lib/counts";
import { usePages } from "../lib/pages";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Dialog, Empty, Field, INPUT, Problems, Skeleton, Time } from "../ui/basics";
import { Header } from "../ui/list";

const FAILURES = graphql(`
  query PortalFailures($first: Int!, $after: String) {
    failureGroups(first: $first, after: $after) {
      edges { node { fingerprint code message count firstAt lastAt workflows } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const PREVIEW = graphql(`
  query PortalBulkPreview($input: BulkInput!) {
    previewBulkOperation(input: $input) {
      previewId count lookedAt newRuns
      effectsThatRepeat { step connector effect consent runs }
      refusals { code message items }
    }
  }
`);
const START = graphql(`
  mutation PortalStartBulk($input: StartBulkOperationInput!) {
    startBulkOperation(input: $input) { operation { id } errors { code message path traceId } }
  }
`);

type Group = PortalFailuresQuery["failureGroups"]["edges"][number]["node"];
const LINK = "text-accent underline underline-offset-2";

export function FailuresPage() {
  const { slug } = useTenant();
  const lacks = useLacks();
  const [chosen, setChosen] = useState<Group | null>(null);
  const pages = usePages(FAILURES, { first: 50 }, (data) => ({
    rows: data.failureGroups.edges.map(({ node }) => ({ ...node, id: node.fingerprint })),
    ...data.failureGroups.pageInfo,
  }));
  const { rows, loading, problems, hasMore, more, reload } = pages;
  return (
    <>
      <Header title={t.failures.title}>
        <span className="text-muted">runs that failed, in groups of one cause</span>
      </Header>
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.retry}</Button></Problems></div>}
      {rows.length === 0 && loading && <Skeleton rows={8} />}
      {rows.length === 0 && !loading && problems.length === 0 && (
        <Empty title={t.failures.none}><p>Runs that fail with the same error show here as one group, with a button that retries them all.</p></Empty>
      )}
      <ul aria-label={t.failures.title} className="min-h-0 flex-1 divide-y divide-line overflow-auto">
        {rows.map((group) => (
          <li key={group.fingerprint} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-72">
              <p className="font-medium break-words">{group.message}</p>
              <p className="flex flex-wrap gap-x-3 text-muted">
                <code className="font-mono text-xs leading-5">{group.code}</code>
                <Link data-row className={LINK} to={`/${slug}/runs?failure=${group.fingerprint}`}>{counted(group.count, "run")}</Link>
                <span>last <Time at={group.lastAt} /></span>
                <span>since <Time at={group.firstAt} /></span>
                <span className="break-words">{group.workflows.join(", ")}</span>
              </p>
            </div>
            <Button lacks={lacks("start_bulk")} onClick={() => setChosen(group)}><RotateCw aria-hidden size={14} />Retry all…</Button>
          </li>
        ))}
        {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
      </ul>
      {chosen !== null && <RetryAll group={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

function RetryAll({ group, onClose }: { group: Group; onClose: () => void }) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const [rate, setRate] = useState("10");
  const [stop, setStop] = useState("20");
  const [problems, setProblems] = useState<Problem[]>([]);
  const asked = { kind: "RETRY" as const, runs: { fingerprint: group.fingerprint } };
  const [{ data, error, fetching }] = useQuery({ query: PREVIEW, variables: { input: asked }, requestPolicy: "network-only" });
  const [{ fetching: sending }, start] = useMutation(START);
  const plan = data?.previewBulkOperation;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const input = {
      ...asked,
      rate: Number(rate),
      stopOnErrorRate: stop === "" ? null : Number(stop),
      ceiling: Math.max(1, plan?.count ?? 1),
      previewId: plan?.previewId ?? null,
      reason: "retried in the portal",
    };
    const { data: done, error: failed } = await start({ input });
    setProblems([...problemsOf(failed), ...(done?.startBulkOperation.errors ?? [])]);
    const made = done?.startBulkOperation.operation;
    if (made) void navigate(`/${slug}/bulk/${encodeURIComponent(made.id)}`);
  };
  return (
    <Dialog title="Retry all runs of this group" onClose={onClose} wide>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="break-words text-muted">{group.message}</p>
        <section aria-label="Plan" aria-live="polite" className="rounded-lg border border-line bg-surface p-3">
          <h3 className="mb-2 text-xs font-semibold text-muted">What will happen</h3>
          {fetching && plan === undefined ? <Skeleton rows={3} /> : plan && (
            <ul className="flex list-disc flex-col gap-1 pl-4">
              <li>Retries <b>{counted(plan.count, "run")}</b> that nobody has retried yet, each from its failed step</li>
              {plan.lookedAt < plan.count && <li>The lines below are of the oldest {plan.lookedAt}</li>}
              {plan.effectsThatRepeat.length === 0 && <li>Repeats no effect that may have happened</li>}
              {plan.effectsThatRepeat.map((one) => <li key={`${one.step}${one.connector}${one.effect}`} className="text-amber">Sends {one.step} again ({one.connector}, {one.effect}) in {counted(one.runs, "run")}</li>)}
              {plan.refusals.map((one) => <li key={one.code} className="text-amber">{counted(one.items, "run")} will be refused: {one.message} <code className="font-mono text-xs">{one.code}</code></li>)}
            </ul>
          )}
          <Problems of={problemsOf(error)} />
        </section>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Runs a second" help="1 to 1000">
            {(id) => <input id={id} type="number" min={1} max={1000} required className={INPUT} value={rate} onChange={(event) => setRate(event.target.value)} />}
          </Field>
          <Field label="Stop when more than this percentage fails" help="Empty: never">
            {(id) => <input id={id} type="number" min={1} max={100} className={INPUT} value={stop} onChange={(event) => setStop(event.target.value)} />}
          </Field>
        </div>
        <Problems of={problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" disabled={sending || fetching || !plan || plan.count === 0}>Retry {plan ? counted(plan.count, "run") : "all"}</Button>
        </div>
      </form>
    </Dialog>
  );
}
