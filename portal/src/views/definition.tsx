/** A definition as JSON or YAML, with problems beside their lines; of the draft, also a text to edit. */

import { type FormEvent, useEffect, useState } from "react";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { useAct } from "../lib/act";
import { jsonLines, lineAt, lineInText, yamlLines } from "../lib/definition_text";
import { present } from "../lib/json";
import { useDraft } from "../lib/use_draft";
import { useLacks, useTenant } from "../shell/tenant";
import { Button, CopyButton, INPUT, Problems } from "../ui/basics";
import { t } from "../strings";
import { jsonOf } from "../lib/numbers";

const VALIDATE = graphql(`
  query PortalValidateWorkflow($definition: JSON!, $workflow: String) {
    validateWorkflow(definition: $definition, workflow: $workflow) { valid problems { code message path } }
  }
`);
const SAVE = graphql(`
  mutation PortalSaveWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { workflow { id revision } errors { code message path traceId } } }
`);
export type Wrong = { message: string; path: readonly string[] };
const QUIET_MS = 500;

export function DefinitionText({ definition, problems, form }: { definition: unknown; problems: readonly Wrong[]; form: "json" | "yaml" }) {
  const lines = form === "json" ? jsonLines(definition) : yamlLines(definition);
  const beside = new Map<number, string[]>();
  for (const { message, path } of problems) {
    const line = lineAt(lines, path);
    beside.set(line, [...(beside.get(line) ?? []), message]);
  }
  return (
    <section aria-label={t.definition.definitionAs(form.toUpperCase())} className="rounded-lg border border-line bg-surface">
      <header className="flex items-center justify-between border-b border-line px-3 py-1 text-xs font-semibold text-muted">
        <h3>{t.definition.lines(form.toUpperCase(), lines.length)}</h3><CopyButton value={lines.map(({ text }) => text).join("\n")} label={t.definition.theDefinitionAs(form.toUpperCase())} />
      </header>
      <div className="max-h-[70vh] overflow-auto py-2 font-mono text-xs leading-5" tabIndex={0} role="region" aria-label={t.definition.definitionAsContent(form.toUpperCase())}>
        <ol>
          {lines.map(({ text }, index) => (
            <li key={index} className={`grid grid-cols-[3rem_minmax(0,1fr)] ${beside.has(index) ? "bg-select" : ""}`}>
              <span className="pr-3 text-right text-muted select-none">{index + 1}</span>
              <span className="pr-3 break-words whitespace-pre-wrap">{text}{beside.get(index)?.map((message) => <span key={message} className="block font-sans text-red">▲ {message}</span>)}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

type EditProps = { slug: string; name: string; revision: number; definition: unknown; onSaved: () => void };

/** The draft as text. What is typed survives a reload until it is saved or undone. */
export function DefinitionEditor({ slug, name, revision, definition, onSaved }: EditProps) {
  const tenant = useTenant();
  const lacks = useLacks();
  const stored = jsonOf(definition, 2);
  const draft = useDraft(`${tenant.slug}/workflow/${slug}`, stored, revision);
  const { text } = draft;
  const [asked, setAsked] = useState(definition);
  const read = present(text);
  const act = useAct(SAVE, (data) => data.saveWorkflow);
  useEffect(() => {
    if (read.problem !== "") return;
    const timer = setTimeout(() => setAsked(read.value), QUIET_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const [{ data, error }] = useQuery({ query: VALIDATE, variables: { definition: asked, workflow: slug }, pause: lacks("edit_workflows") !== undefined });
  const checked = data?.validateWorkflow;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const done = await act.send({ slug, name, definition: read.value, expectedRevision: draft.revision });
    if (done?.workflow) draft.settle(text, done.workflow.revision);
    if (done) onSaved();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
      <label htmlFor="definition" className="font-medium">{t.definition.definitionOfTheDraft}</label>
      <textarea id="definition" spellCheck={false} aria-invalid={read.problem !== ""} className={`${INPUT} h-[50vh]! py-1.5 font-mono text-xs`} value={text} onChange={(event) => draft.change(event.target.value)} />
      <div role="status" className="flex flex-col gap-1">
        {read.problem !== "" && <p className="text-red">{read.problem}</p>}
        {read.problem === "" && checked?.valid && <p className="text-green">{t.definition.itCouldBePublishedAs}</p>}
        {read.problem === "" && checked && !checked.valid && (
          <ul aria-label={t.definition.problems} className="list-disc pl-4">
            {checked.problems.map((one) => <li key={`${one.path.join(".")}${one.message}`}><span className="text-muted">{t.definition.line} {lineInText(text, one.path) + 1}:</span> {one.message} <code className="font-mono text-xs text-muted">{one.path.join(".")}</code></li>)}
          </ul>
        )}
      </div>
      <Problems of={[...problemsOf(error), ...act.problems]} />
      <div className="flex gap-2">
        <Button type="submit" kind="primary" lacks={lacks("edit_workflows")} disabled={act.busy || read.problem !== "" || !draft.isChanged}>{t.definition.saveTheDraft}</Button>
        {draft.isChanged && <Button onClick={draft.undo}>{t.common.undoChanges}</Button>}
      </div>
    </form>
  );
}
