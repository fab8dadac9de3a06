import { useState } from "react";
import { useQuery } from "urql";
import { problemsOf } from "../../api/errors";
import { graphql } from "../../gql";
import type { DataClass } from "../../gql/graphql";
import { useAct } from "../../lib/act";
import { useLacks } from "../../shell/tenant";
import { Box, Button, INPUT, Problems, Skeleton, Time, Unanswered } from "../../ui/basics";
import { t } from "../../strings";

const RETENTION = graphql(`
  query PortalRetention { retention { dataClass days defaultDays ownDays holdReason heldAt removedBefore } }
`);
const PREVIEW = graphql(`
  query PortalRetentionPreview($policies: [RetentionDaysInput!]) { previewRetention(policies: $policies) { dataClass days before rows bytes exact } }
`);
const SAVE = graphql(`
  mutation PortalSaveRetention($input: SaveRetentionInput!) { saveRetention(input: $input) { errors { code message path traceId } } }
`);
const WORDS: Record<DataClass, string> = {
  PAYLOADS: t.retention.payloadsOfEvents,
  OUTPUTS: t.retention.inputsAndOutputsOfSteps,
  RUNS: t.retention.runsAndTheirEvents,
  RUN_LOG: t.retention.historyOfRuns,
  DECISIONS: t.retention.decisionsOfRules,
  DELIVERIES: t.retention.rejectedDeliveries,
  AUDIT: t.retention.auditRecord,
};

const LEAST_DAYS = 1;

export function Retention() {
  const lacks = useLacks();
  const [{ data, error }, read] = useQuery({ query: RETENTION });
  const [typed, setTyped] = useState<Partial<Record<DataClass, string>>>({});
  const act = useAct(SAVE, (answer) => answer.saveRetention);
  const asked = (Object.entries(typed) as [DataClass, string][]).map(([dataClass, days]) => ({ dataClass, days: days === "" ? null : Number(days) }));
  const previewed = asked.every(({ days }) => days === null || (Number.isInteger(days) && days >= LEAST_DAYS));
  const [{ data: preview, error: refused, fetching }] = useQuery({ query: PREVIEW, variables: { policies: asked.length > 0 ? asked : null }, pause: !previewed });
  if (data === undefined) return error ? <Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /> : <Skeleton />;
  const save = async (): Promise<void> => {
    if (await act.send({ policies: asked })) {
      setTyped({});
      read({ requestPolicy: "network-only" });
    }
  };
  const forecast = new Map((previewed ? preview : undefined)?.previewRetention.map((one) => [one.dataClass, one]));
  return (
    <>
      <p className="text-muted">{t.retention.dataIsRemovedSoMany}</p>
      <Box title={t.retention.daysToKeep}>
        {data.retention.map((one) => {
          const soon = forecast.get(one.dataClass);
          const forEver = one.ownDays == null && one.defaultDays == null;
          return (
            <li key={one.dataClass} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
              <span className="min-w-0 flex-1 basis-52 font-medium">{WORDS[one.dataClass]}
                {one.holdReason && <span className="block font-normal text-amber">{t.retention.held}{one.heldAt && <> {t.common.since} <Time at={one.heldAt} /></>}: {one.holdReason}</span>}
              </span>
              <span className="w-52 text-muted" aria-live="polite">{soon && (Number(soon.rows) === 0 ? t.retention.nothingToRemoveNow : t.retention.rowsWouldGoNow(soon.exact ? "" : t.retention.about, Number(soon.rows).toLocaleString(t.locale)))}</span>
              <label className="flex items-center gap-2">
                <input type="number" min={LEAST_DAYS} aria-label={t.retention.daysFor(WORDS[one.dataClass])} className={`${INPUT} w-24!`} disabled={lacks("manage_retention") !== undefined}
                  placeholder={one.defaultDays == null ? t.retention.forEver : String(one.defaultDays)} value={typed[one.dataClass] ?? (one.ownDays == null ? "" : String(one.ownDays))}
                  onChange={(event) => setTyped({ ...typed, [one.dataClass]: event.target.value })} />
                <span className={forEver && !typed[one.dataClass] ? "invisible" : ""}>{t.retention.days}</span>
              </label>
            </li>
          );
        })}
      </Box>
      <Problems of={[...problemsOf(refused), ...act.problems]} />
      <div className="flex gap-2">
        <Button kind="primary" disabled={asked.length === 0 || act.busy || fetching} lacks={lacks("manage_retention")} onClick={() => void save()}>{t.common.save}</Button>
        <Button disabled={asked.length === 0} onClick={() => setTyped({})}>{t.common.undoChanges}</Button>
      </div>
    </>
  );
}
