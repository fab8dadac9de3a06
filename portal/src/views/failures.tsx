/** Failures in groups of one cause: runs and dead jobs. A whole group is retried, cancelled or redriven at once, or marked as resolved. */

import { Check, RotateCw, Undo2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { graphql } from "../gql";
import type { FailureKind, PortalFailuresQuery } from "../gql/graphql";
import { useAct } from "../lib/act";
import { counted } from "../lib/counts";
import { usePages } from "../lib/pages";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Dialog, Empty, Field, INPUT, LINK, Problems, Skeleton, Time } from "../ui/basics";
import { Choice } from "../ui/choice";
import { Header } from "../ui/list";
import { BulkDialog } from "./bulk_dialog";
import { FailureDetails } from "./failure_details";
import { Undecided } from "./undecided";

const FAILURES = graphql(`
  query PortalFailures($of: FailureKind!, $first: Int!, $after: String, $resolved: Boolean!) {
    failureGroups(of: $of, first: $first, after: $after, resolved: $resolved) {
      edges { node { fingerprint code message count firstAt lastAt trend workflows topics state resolvedAt resolvedBy resolvedReason } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const RESOLVE = graphql(`
  mutation PortalResolveFailures($input: ResolveFailuresInput!) { resolveFailures(input: $input) { errors { code message path traceId } } }
`);
const REOPEN = graphql(`
  mutation PortalReopenFailures($input: ReopenFailuresInput!) { reopenFailures(input: $input) { errors { code message path traceId } } }
`);

type Group = PortalFailuresQuery["failureGroups"]["edges"][number]["node"];
type Kind = FailureKind | "EFFECTS";
const KINDS: [Kind, string][] = [["RUNS", t.runs.title], ["JOBS", t.failures.deadJobs], ["EFFECTS", t.undecided.title]];

export function FailuresPage() {
  const { slug } = useTenant();
  const [search, setSearch] = useSearchParams();
  const of: Kind = KINDS.find(([kind]) => kind.toLowerCase() === search.get("of"))?.[0] ?? "RUNS";
  const resolved = search.get("state") === "resolved";
  const show = (kind: Kind, done: boolean): void => setSearch({ ...(kind === "RUNS" ? {} : { of: kind.toLowerCase() }), ...(done && kind !== "EFFECTS" ? { state: "resolved" } : {}) });
  return (
    <>
      <Header title={t.failures.title}>
        <Choice label={t.failures.whatFailed} choices={KINDS} chosen={of} onChoose={(kind) => show(kind, resolved)} />
        {of !== "EFFECTS" && <Choice label={t.failures.whichOfThem} choices={[["open", t.failures.open], ["resolved", t.failures.resolved]]} chosen={resolved ? "resolved" : "open"} onChoose={(one) => show(of, one === "resolved")} />}
        <span className="text-muted max-lg:hidden">{of === "EFFECTS" ? t.undecided.eachWaitsForADecision : t.failures.inGroupsOfOneCause}</span>
        <Link className={`${LINK} ml-auto`} to={`/${slug}/bulk`}>{t.bulk.title}</Link>
      </Header>
      {of === "EFFECTS" ? <Undecided /> : <Groups of={of} resolved={resolved} />}
    </>
  );
}

function Groups({ of, resolved }: { of: FailureKind; resolved: boolean }) {
  const { slug } = useTenant();
  const lacks = useLacks();
  const [chosen, setChosen] = useState<Group | null>(null);
  const [resolving, setResolving] = useState<Group | null>(null);
  const reopen = useAct(REOPEN, (data) => data.reopenFailures);
  const [search, setSearch] = useSearchParams();
  const open = search.get("group");
  const setOpen = (group: string | null): void => {
    const { group: _before, ...others } = Object.fromEntries(search);
    setSearch({ ...others, ...(group === null ? {} : { group }) }, { replace: true });
  };
  const pages = usePages(FAILURES, { first: 50, of, resolved }, (data) => ({
    rows: data.failureGroups.edges.map(({ node }) => ({ ...node, id: node.fingerprint })),
    ...data.failureGroups.pageInfo,
  }));
  const { rows, loading, problems, hasMore, more, reload } = pages;
  const verb = of === "RUNS" ? t.failures.askRetryAll : t.failures.askRedriveAll;
  return (
    <>
      {reopen.problems.length > 0 && <div className="p-4 pb-0"><Problems of={reopen.problems} /></div>}
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.tryAgain}</Button></Problems></div>}
      {rows.length === 0 && loading && <Skeleton rows={8} />}
      {rows.length === 0 && !loading && problems.length === 0 && (
        <Empty title={resolved ? t.failures.noneResolved : t.failures.none}>
          <p>{resolved ? t.failures.groupsThatAreMarkedAs : of === "RUNS" ? t.failures.runsThatFailWithThe : t.failures.aJobDiesWhenThe}</p>
        </Empty>
      )}
      <ul aria-label={t.failures.title} className="min-h-0 flex-1 divide-y divide-line overflow-auto">
        {rows.map((group) => (
          <li key={group.fingerprint} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-72">
              <p className="font-medium break-words">{group.message}</p>
              <p className="flex flex-wrap gap-x-3 text-muted">
                <code className="font-mono text-xs leading-5">{group.code}</code>
                {of === "RUNS" ? <Link data-row className={LINK} to={`/${slug}/runs?failure=${group.fingerprint}`}>{counted(group.count, "run")}</Link> : <span>{counted(group.count, "job")}: {group.topics.map((one) => one.toLowerCase().replace("_", ".")).join(", ")}</span>}
                <span>{t.failures.last} <Time at={group.lastAt} /></span>
                <span>{t.common.since} <Time at={group.firstAt} /></span>
                <span className="break-words">{group.workflows.join(", ")}</span>
              </p>
              {group.resolvedAt && (
                <p className="flex flex-wrap gap-x-1 text-muted">
                  {group.state === "REOPENED" && <b className="font-medium text-amber">{t.failures.itFailedAgain}</b>}
                  <span>{t.failures.resolvedBy(group.resolvedBy ?? "")} <Time at={group.resolvedAt} />{group.resolvedReason ? `: ${group.resolvedReason}` : ""}</span>
                </p>
              )}
            </div>
            <Trend counts={group.trend} />
            {of === "RUNS" && (
              <Button kind="quiet" className="max-sm:-ml-3" aria-expanded={open === group.fingerprint} onClick={() => setOpen(open === group.fingerprint ? null : group.fingerprint)}>{t.failures.details}</Button>
            )}
            {resolved
              ? <Button lacks={lacks("resolve_failures")} disabled={reopen.busy} onClick={() => void reopen.send({ of, fingerprint: group.fingerprint }).then(reload)}><Undo2 aria-hidden size={14} />{t.failures.reopen}</Button>
              : <Button lacks={lacks("resolve_failures")} onClick={() => setResolving(group)}><Check aria-hidden size={14} />{t.failures.askResolve}</Button>}
            <Button lacks={lacks("start_bulk")} onClick={() => setChosen(group)}><RotateCw aria-hidden size={14} />{verb}</Button>
            {open === group.fingerprint && <div className="basis-full"><FailureDetails fingerprint={group.fingerprint} /></div>}
          </li>
        ))}
        {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
      </ul>
      {resolving !== null && <ResolveDialog of={of} group={resolving} onClose={() => setResolving(null)} onDone={() => { setResolving(null); reload(); }} />}
      {chosen !== null && (
        <BulkDialog message={chosen.message} onClose={() => setChosen(null)}
          input={of === "RUNS" ? { kind: "RETRY", runs: { fingerprint: chosen.fingerprint } } : { kind: "REDRIVE", jobs: { fingerprint: chosen.fingerprint } }} />
      )}
    </>
  );
}

/** Failures by hour, for the last day. */
function Trend({ counts }: { counts: readonly number[] }) {
  const most = Math.max(...counts);
  if (most === 0) return <span className="w-24 text-right text-xs text-muted max-md:hidden">{t.failures.noneInADay}</span>;
  const words = t.failures.inTheLastHours(counts.reduce((sum, one) => sum + one, 0).toLocaleString(t.locale), counts.length, most.toLocaleString(t.locale));
  return (
    <span role="img" aria-label={words} title={words} className="flex h-7 w-24 shrink-0 items-end gap-px max-sm:hidden">
      {counts.map((count, hour) => <span key={hour} className={`flex-1 ${count > 0 ? "bg-red" : "bg-line"}`} style={{ height: `${Math.max(6, (count / most) * 100)}%` }} />)}
    </span>
  );
}

function ResolveDialog({ of, group, onClose, onDone }: { of: FailureKind; group: Group; onClose: () => void; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const act = useAct(RESOLVE, (data) => data.resolveFailures);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act.send({ of, fingerprint: group.fingerprint, reason })) onDone();
  };
  return (
    <Dialog title={t.failures.markAsResolved} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="break-words text-muted">{group.message}</p>
        <p>{t.failures.theGroupLeavesThisList(of === "RUNS" ? t.failures.runs : t.failures.jobs)}</p>
        <Field label={t.failures.whatWasDoneAboutIt} help={t.failures.forOtherPeopleAndThe}>
          {(id) => <input id={id} autoFocus maxLength={255} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.failures.leaveItOpen}</Button><Button type="submit" kind="primary" disabled={act.busy}>{t.failures.markAsResolved}</Button></div>
      </form>
    </Dialog>
  );
}
