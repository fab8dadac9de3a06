/** An event by hand: a form of its type's JSON Schema, or JSON. */

import { type FormEvent, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import { useAct } from "../lib/act";
import { exampleOf, fieldsOf, filled, type Typed } from "../lib/form";
import { present } from "../lib/json";
import { useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Refusals, Skeleton } from "../ui/basics";
import { SchemaInput, wrongValues } from "../ui/schema_input";
import { t } from "../strings";
import { jsonOf } from "../lib/numbers";

const TYPES = graphql(`
  query PortalEventTypes { eventTypes(first: 100) { edges { node { name schema } } } }
`);
const SEND = graphql(`
  mutation PortalSendEvent($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code message path traceId } } }
`);
const FIRST = "order.created";

export function SendEventDialog({ onClose }: { onClose: () => void }) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const [{ data, fetching }] = useQuery({ query: TYPES });
  const types = data?.eventTypes.edges.map(({ node }) => node) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const type = chosen ?? types[0]?.name ?? FIRST;
  const schema = types.find(({ name }) => name === type)?.schema;
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  const [typed, setTyped] = useState<Typed>({});
  /** Null: the form, where the type has one, or else an example. */
  const [text, setText] = useState<string | null>(null);
  const [key, setKey] = useState("");
  const act = useAct(SEND, (answer) => answer.ingestEvent);
  const asForm = fields.length > 0 && text === null;
  const shown = text ?? jsonOf(exampleOf(schema), 2);
  const read = present(shown);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { value, wrong } = filled(fields, typed);
    if (asForm && wrong.length > 0) {
      act.refuse(wrongValues(wrong, "payload"));
      return;
    }
    const done = await act.send({ source: "api", type, payload: asForm ? value : read.value, idempotencyKey: key.trim() === "" ? null : key.trim() });
    if (done?.event) void navigate(`/${slug}/events/${encodeURIComponent(done.event.id)}`);
  };
  // No text is put into a field in which a person types.
  if (fetching && data === undefined) return <Dialog title={t.sendEvent.title} onClose={onClose} wide><Skeleton /></Dialog>;
  return (
    <Dialog title={t.sendEvent.title} onClose={onClose} wide>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{t.sendEvent.rulesLookAtIt}</p>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field at="type" label={t.events.type}>{(id) => <><input id={id} required autoFocus list={`${id}-known`} className={INPUT} value={type} onChange={(event) => { setChosen(event.target.value); setTyped({}); }} /><datalist id={`${id}-known`}>{types.map(({ name }) => <option key={name} value={name} />)}</datalist></>}</Field>
          <Field at="idempotencyKey" label={t.sendEvent.key} help={t.sendEvent.aRepeatedKey}>{(id) => <input id={id} className={INPUT} value={key} onChange={(event) => setKey(event.target.value)} />}</Field>
        </div>
        {asForm ? (
          <fieldset className="grid gap-4 rounded-lg border border-line p-3 sm:grid-cols-2">
            <legend className="px-1 font-medium">{t.sendEvent.payload}</legend>
            {fields.map((field) => <SchemaInput key={field.name} at={`payload.${field.name}`} field={field} value={typed[field.name]} onChange={(value) => setTyped({ ...typed, [field.name]: value })} />)}
          </fieldset>
        ) : (
          <Field at="payload" label={t.sendEvent.payload}>{(id) => <textarea id={id} spellCheck={false} aria-invalid={read.problem !== ""} className={`${INPUT} h-48! py-1.5 font-mono text-xs`} value={shown} onChange={(event) => setText(event.target.value)} />}</Field>
        )}
        {!asForm && read.problem !== "" && <p role="alert" className="text-red">{read.problem}</p>}
        <Problems of={act.problems} />
        <div className="flex flex-wrap justify-end gap-2">
          {fields.length > 0 && <Button kind="quiet" className="mr-auto" onClick={() => setText(asForm ? jsonOf({ ...exampleOf(schema), ...filled(fields, typed).value }, 2) : null)}>{asForm ? t.sendEvent.writeJson : t.sendEvent.showTheForm}</Button>}
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button type="submit" kind="primary" disabled={act.busy || (!asForm && read.problem !== "")}>{t.sendEvent.send}</Button>
        </div>
      </form></Refusals>
    </Dialog>
  );
}
