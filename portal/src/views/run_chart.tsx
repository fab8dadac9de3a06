/** How many runs ended, by hour or day. A click narrows the list to that time. */

import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { barsOf, spanOf } from "../lib/chart";
import type { RunQuery } from "../lib/run_filters";
import { LOOKS } from "../lib/states";
import { useChoices } from "../lib/store";
import { exact } from "../lib/time";
import { t } from "../strings";

const COUNTS = graphql(`
  query PortalRunCounts($from: DateTime!, $to: DateTime!, $by: RunCountsBy!, $workflow: String) {
    runCounts(from: $from, to: $to, by: $by, workflow: $workflow) { from to succeeded failed cancelled timedOut }
  }
`);
const FILLS = { SUCCEEDED: "bg-green", FAILED: "bg-red", TIMED_OUT: "bg-orange", CANCELLED: "bg-muted" };

type Props = { query: RunQuery; begun: number; set: (change: Partial<RunQuery>) => void };

export function RunChart({ query, begun, set }: Props) {
  const { utc } = useChoices();
  const long = query.since === "7d";
  const span = useMemo(() => spanOf(long, begun), [long, begun]);
  const [{ data, error }] = useQuery({ query: COUNTS, variables: { ...span, workflow: query.workflow || null } });
  if (data === undefined && error) return null;
  if (data === undefined) return <div className="h-14 border-b border-line max-md:hidden" />;
  const bars = barsOf(data.runCounts);
  const total = bars.reduce((sum, { total }) => sum + total, 0);
  if (total === 0) return null;
  return (
    <section aria-label={t.runChart.endedRunsOverTime} className="flex items-end gap-4 border-b border-line px-4 pt-2 pb-1 max-md:hidden">
      <ol className="flex h-11 min-w-0 flex-1 items-end gap-px">
        {bars.map((bar) => {
          const words = bar.parts.map(({ state, count }) => `${count} ${LOOKS[state].word}`).join(", ") || t.runChart.noneEnded;
          const chosen = query.endedFrom === bar.from;
          return (
            <li key={bar.from} className="h-full max-w-10 flex-1">
              <button type="button" aria-pressed={chosen} disabled={bar.total === 0} title={`${exact(bar.from, utc)}: ${words}`} aria-label={`${exact(bar.from, utc)}: ${words}`}
                onClick={() => set(chosen ? { endedFrom: "", endedTo: "" } : { endedFrom: bar.from, endedTo: bar.to })}
                className={`flex h-full w-full flex-col-reverse rounded-sm enabled:cursor-pointer enabled:hover:bg-select ${chosen ? "bg-select" : "bg-surface"}`}>
                {bar.parts.map(({ state, percent }) => <span key={state} className={`w-full ${FILLS[state]}`} style={{ height: `${Math.max(4, percent)}%` }} />)}
              </button>
            </li>
          );
        })}
      </ol>
      <p className="w-40 shrink-0 pb-1 text-xs text-muted">{t.runChart.endedInTheLast(total.toLocaleString(t.locale), long ? t.runChart.days14 : t.runChart.hours24)}</p>
    </section>
  );
}
