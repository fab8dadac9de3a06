/** What differs between two versions of a workflow, on the graph and place by place. */

import { useMemo } from "react";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { PortalWorkflowDiffQuery, StepChangeKind } from "../gql/graphql";
import { Problems, Skeleton } from "../ui/basics";
import Graph, { type Mark } from "./graph";
import { t } from "../strings";
import { isNumber, jsonOf } from "../lib/numbers";

const DIFF = graphql(`
  query PortalWorkflowDiff($input: WorkflowDiffInput!) {
    workflowDiff(input: $input) {
      same leftOut
      fields { path before after wasThere isThere }
      steps { key change renamedFrom needsBefore needsAfter places { path before after wasThere isThere } }
    }
  }
`);
type Place = PortalWorkflowDiffQuery["workflowDiff"]["fields"][number];
const MARKS: Record<StepChangeKind, Mark> = {
  ADDED: { word: t.workflowCompare.new, colour: "text-green" },
  REMOVED: { word: t.workflowCompare.gone, colour: "text-red" },
  CHANGED: { word: t.workflowCompare.changed, colour: "text-amber" },
  RENAMED: { word: t.workflowCompare.renamed, colour: "text-amber" },
};

/** from, to: numbers of versions; null for the draft. definition: of the later one. */
export function WorkflowCompare({ workflow, from, to, definition }: { workflow: string; from: number | null; to: number | null; definition: unknown }) {
  const [{ data, error }] = useQuery({ query: DIFF, variables: { input: { workflow, from, to } } });
  const diff = data?.workflowDiff;
  const marks = useMemo(() => new Map(diff?.steps.map(({ key, change }) => [key, MARKS[change]])), [diff]);
  if (!diff) return error ? <Problems of={problemsOf(error)} /> : <Skeleton />;
  const words = t.workflowCompare.and(from === null ? t.workflowCompare.theCurrentVersion : t.workflowCompare.v(from), to === null ? t.workflowCompare.theDraft : t.workflowCompare.v2(to));
  if (diff.same) return <p className="text-muted">{t.workflowCompare.nothingDiffersBetween(words)}</p>;
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <div className="[&>section]:h-[55vh]!"><Graph definition={definition} chosen={null} onChoose={() => undefined} marks={marks} /></div>
      <section aria-label={t.workflowCompare.whatDiffersBetween(words)} className="flex min-w-0 flex-col gap-3">
        {diff.fields.length > 0 && <Changes title={t.workflowCompare.besideTheSteps} places={diff.fields} />}
        {diff.steps.map((step) => (
          <Changes key={step.key} title={step.renamedFrom ? t.workflowCompare.was(step.key, step.renamedFrom) : step.key} mark={MARKS[step.change]} places={step.places}
            note={step.change === "ADDED" || step.change === "REMOVED" || step.needsBefore.join() === step.needsAfter.join() ? "" : t.workflowCompare.runsAfterBeforeAfter(step.needsAfter.join(", ") || t.workflowCompare.nothing, step.needsBefore.join(", ") || t.workflowCompare.nothing)} />
        ))}
        {diff.leftOut > 0 && <p className="text-muted">{t.workflowCompare.morePlacesDiffer(diff.leftOut)}</p>}
      </section>
    </div>
  );
}

function Changes({ title, mark, places, note = "" }: { title: string; mark?: Mark; places: readonly Place[]; note?: string }) {
  return (
    <section aria-label={title} className="overflow-hidden rounded-lg border border-line">
      <h3 className="flex gap-2 border-b border-line bg-surface px-3 py-1 text-xs font-semibold">{title}{mark && <span className={mark.colour}>{mark.word}</span>}</h3>
      {note !== "" && <p className="px-3 py-1.5 text-muted">{note}</p>}
      <ul className="divide-y divide-line">
        {places.map((place) => (
          <li key={place.path.join(".")} className="px-3 py-1.5 font-mono text-xs">
            {place.path.length > 0 && <p className="text-muted">{place.path.join(".")}</p>}
            {place.wasThere && <pre className="max-h-40 overflow-auto break-words whitespace-pre-wrap text-red" tabIndex={0}><span className="sr-only">{t.workflowCompare.before} </span>− {shown(place.before)}</pre>}
            {place.isThere && <pre className="max-h-40 overflow-auto break-words whitespace-pre-wrap text-green" tabIndex={0}><span className="sr-only">{t.workflowCompare.after} </span>+ {shown(place.after)}</pre>}
          </li>
        ))}
      </ul>
    </section>
  );
}

const shown = (value: unknown): string => (typeof value === "string" && !isNumber(value) ? value : jsonOf(value, 1));
