/** What to look at before a draft is published, the publish itself, and the way back to an earlier version. */

import { CircleCheck, CircleX, Info, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { ChecklistState } from "../gql/graphql";
import { useAct } from "../lib/act";
import type { Pages } from "../lib/pages";
import { useLacks } from "../shell/tenant";
import { Box, Button, Dialog, LINK, Problems, Skeleton, Time } from "../ui/basics";
import { t } from "../strings";
import type { Version } from "./workflow_versions";

const CHECKLIST = graphql(`
  query PortalPublishChecklist($workflow: String!) {
    publishChecklist(workflow: $workflow) { publishable items { key state sentence names problems { message path } } }
  }
`);
const PUBLISH = graphql(`
  mutation PortalPublishWorkflow($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { workflowVersion { id number } errors { code message path traceId } } }
`);
const ROLL_BACK = graphql(`
  mutation PortalRollBack($input: RollBackWorkflowInput!) { rollBackWorkflow(input: $input) { workflowVersion { id number } draftKept errors { code message path traceId } } }
`);
const LOOKS = {
  OK: { icon: CircleCheck, colour: "text-green", word: t.workflowPublish.fine },
  NOTE: { icon: Info, colour: "text-blue", word: t.workflowPublish.toKnow },
  WARNING: { icon: TriangleAlert, colour: "text-amber", word: t.workflowPublish.toCheck },
  BLOCKED: { icon: CircleX, colour: "text-red", word: t.workflowPublish.forbidsToPublish },
} as const satisfies Record<ChecklistState, unknown>;

type Props = { workflow: string; revision: number; current: number | null; versions: Pages<Version>; onOpen: (version: number) => void; onDone: () => void };

export function WorkflowPublish({ workflow, revision, current, versions: { rows: versions, hasMore, loading, more }, onOpen, onDone }: Props) {
  const lacks = useLacks();
  // The list and the workflow are read apart, and the newest version is the current one.
  const newest = current === null ? null : Math.max(current, versions[0]?.number ?? 0);
  const [{ data, error }] = useQuery({ query: CHECKLIST, variables: { workflow }, requestPolicy: "network-only" });
  const [back, setBack] = useState<Version | null>(null);
  const publish = useAct(PUBLISH, (answer) => answer.publishWorkflow);
  const rollBack = useAct(ROLL_BACK, (answer) => answer.rollBackWorkflow);
  const [done, setDone] = useState("");
  const list = data?.publishChecklist;
  const lacking = lacks("publish_workflows");
  const send = async (): Promise<void> => {
    const answer = await publish.send({ workflow, expectedRevision: revision });
    if (answer?.workflowVersion) setDone(t.workflowPublish.publishedAsVNewEvents(answer.workflowVersion.number));
    if (answer) onDone();
  };
  const restore = async (to: Version): Promise<void> => {
    const answer = await rollBack.send({ workflow, version: to.number, expectedRevision: revision });
    setBack(null);
    if (answer?.workflowVersion) setDone(t.workflowPublish.vHasTheContentOf(answer.workflowVersion.number, to.number, answer.draftKept ? t.workflowPublish.theDraftWasKeptFor : ""));
    if (answer) onDone();
  };
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-3">
        {!list && (error ? <Problems of={problemsOf(error)} /> : <Skeleton />)}
        {list && (
          <Box title={t.workflowPublish.beforeYouPublishTheDraft}>
            {list.items.map(({ key, state, sentence, names, problems }) => {
              const { icon: Icon, colour, word } = LOOKS[state];
              return (
                <li key={key} className="flex gap-2 px-3 py-2">
                  <Icon aria-label={word} size={16} className={`mt-0.5 shrink-0 ${colour}`} />
                  <span className="min-w-0">
                    <span className="break-words">{sentence}</span>
                    {names.some((name) => !sentence.includes(name)) && <span className="block text-xs break-words text-muted">{names.join(", ")}</span>}
                    {problems.map((one) => <span key={one.message} className="block text-xs text-red">{one.message} <code className="font-mono">{one.path.join(".")}</code></span>)}
                  </span>
                </li>
              );
            })}
          </Box>
        )}
        <Problems of={publish.problems} />
        <p role="status">{done}</p>
        <Button kind="primary" className="w-fit" lacks={lacking} disabled={publish.busy || list?.publishable !== true} onClick={() => void send()}>{t.workflowPublish.publishTheDraft}</Button>
      </div>
      <div className="flex min-w-0 flex-col gap-3">
        <Box title={t.workflowPublish.versions}>
          {versions.length === 0 && !loading && <li className="px-3 py-2 text-muted">{t.workflowPublish.nothingIsPublishedYet}</li>}
          {versions.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-3 px-3 py-1.5">
              <button type="button" className={`${LINK} cursor-pointer font-medium`} onClick={() => onOpen(one.number)}>{t.workflowPublish.v(one.number)}</button>
              <span className="min-w-0 flex-1 text-muted">{t.workflowPublish.by(one.publishedBy)} <Time at={one.publishedAt} />{one.restores ? t.workflowPublish.restoresV(one.restores) : ""}</span>
              {one.number === newest ? <span className="text-green">{t.workflowPublish.current}</span> : <Button lacks={lacking} disabled={rollBack.busy} onClick={() => setBack(one)}>{t.workflowPublish.askRollBack}</Button>}
            </li>
          ))}
          {hasMore && <li className="px-3 py-1.5"><Button disabled={loading} onClick={more}>{t.workflow.askOlderVersions}</Button></li>}
        </Box>
        <Problems of={rollBack.problems} />
      </div>
      {back && (
        <Dialog title={t.workflowPublish.rollBackToV(back.number)} onClose={() => setBack(null)}>
          <p>{t.workflowPublish.theContentOfVIs(back.number)}</p>
          <div className="flex justify-end gap-2"><Button onClick={() => setBack(null)}>{t.common.leaveIt}</Button><Button kind="primary" disabled={rollBack.busy} onClick={() => void restore(back)}>{t.workflowPublish.rollBack}</Button></div>
        </Dialog>
      )}
    </div>
  );
}
