/** Failures in groups of one cause: runs and dead jobs. A whole group is retried, cancelled or redriven at once. */

import { RotateCw } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { graphql } from "../gql";
import type { FailureKind, PortalFailuresQuery } from "../gql/graphql";
import { counted } from "../lib/counts";
import { usePages } from "../lib/pages";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Empty, LINK, Problems, Skeleton, Time } from "../ui/basics";
import { Header } from "../ui/list";
import { BulkDialog } from "./bulk_dialog";
import { FailureDetails } from "./failure_details";

const FAILURES = graphql(`
  query PortalFailures($of: FailureKind!, $first: Int!, $after: String) {
    failureGroups(of: $of, first: $first, after: $after) {
      edges { node { fingerprint code message count firstAt lastAt workflows topics } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Group = PortalFailuresQuery["failureGroups"]["edges"][number]["node"];
const KINDS: [FailureKind, string][] = [["RUNS", "Runs"], ["JOBS", "Dead jobs"]];

export function FailuresPage() {
  const { slug } = useTenant();
  const lacks = useLacks();
  const [search, setSearch] = useSearchParams();
  const of: FailureKind = search.get("of") === "jobs" ? "JOBS" : "RUNS";
  const [chosen, setChosen] = useState<Group | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const pages = usePages(FAILURES, { first: 50, of }, (data) => ({
    rows: data.failureGroups.edges.map(({ node }) => ({ ...node, id: node.fingerprint })),
    ...data.failureGroups.pageInfo,
  }));
  const { rows, loading, problems, hasMore, more, reload } = pages;
  const verb = of === "RUNS" ? "Retry all…" : "Redrive all…";
  return (
    <>
      <Header title={t.failures.title}>
        <div role="group" aria-label="What failed" className="flex rounded-md border border-line">
          {KINDS.map(([kind, word]) => (
            <button key={kind} type="button" aria-pressed={kind === of} onClick={() => setSearch(kind === "RUNS" ? {} : { of: "jobs" })}
              className={`h-8 cursor-pointer px-3 first:rounded-l-md last:rounded-r-md ${kind === of ? "bg-select font-medium" : "text-muted hover:text-ink"}`}>
              {word}
            </button>
          ))}
        </div>
        <span className="text-muted max-md:hidden">in groups of one cause, the newest first</span>
      </Header>
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.retry}</Button></Problems></div>}
      {rows.length === 0 && loading && <Skeleton rows={8} />}
      {rows.length === 0 && !loading && problems.length === 0 && (
        <Empty title={t.failures.none}>
          <p>{of === "RUNS" ? "Runs that fail with the same error show here as one group, with a button that retries them all." : "A job dies when the platform itself cannot continue with it, for instance because an event cannot be matched. Dead jobs show here, with a button that redrives them."}</p>
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
                <span>last <Time at={group.lastAt} /></span>
                <span>since <Time at={group.firstAt} /></span>
                <span className="break-words">{group.workflows.join(", ")}</span>
              </p>
            </div>
            {of === "RUNS" && (
              <Button kind="quiet" aria-expanded={open === group.fingerprint} onClick={() => setOpen(open === group.fingerprint ? null : group.fingerprint)}>Details</Button>
            )}
            <Button lacks={lacks("start_bulk")} onClick={() => setChosen(group)}><RotateCw aria-hidden size={14} />{verb}</Button>
            {open === group.fingerprint && <div className="basis-full"><FailureDetails fingerprint={group.fingerprint} /></div>}
          </li>
        ))}
        {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
      </ul>
      {chosen !== null && (
        <BulkDialog message={chosen.message} onClose={() => setChosen(null)}
          input={of === "RUNS" ? { kind: "RETRY", runs: { fingerprint: chosen.fingerprint } } : { kind: "REDRIVE", jobs: { fingerprint: chosen.fingerprint } }} />
      )}
    </>
  );
}
