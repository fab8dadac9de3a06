import type { Problem } from "../api/errors";
import type { FormField } from "../lib/form";
import { Field, INPUT } from "./basics";
import { t } from "../strings";

/** at: of the field in the mutation's input. */
type InputProps = { field: FormField; at?: string; value: string | boolean | undefined; onChange: (value: string | boolean) => void };

/** at: of the form in the mutation's input. */
export const wrongValues = (wrong: readonly FormField[], at: string): Problem[] =>
  wrong.map(({ name, label, kind }) => ({ code: "BAD_USER_INPUT", message: (kind === "number" ? t.ui.writeANumber : t.ui.writeJson)(label), path: [at, name], traceId: "" }));

/** One field of a form that a JSON Schema describes. */
export function SchemaInput({ field, at, value = field.initial, onChange }: InputProps) {
  const { label, help, kind, required, choices, example } = field;
  if (kind === "boolean") {
    return (
      <label className="flex items-start gap-2">
        <input type="checkbox" className="mt-1" checked={value === true} onChange={(event) => onChange(event.target.checked)} />
        <span>{label}{help && <span className="block text-xs text-muted">{help}</span>}</span>
      </label>
    );
  }
  const common = { required, value: typeof value === "string" ? value : "", placeholder: example };
  return (
    <Field at={at} label={required ? t.ui.required(label) : label} help={help || (kind === "json" ? t.ui.writtenAsJson : kind === "texts" ? t.ui.betweenCommas : "")}>
      {(id) =>
        kind === "choice" ? (
          <select id={id} className={INPUT} required={required} value={common.value} onChange={(event) => onChange(event.target.value)}>
            <option value="">–</option>
            {choices.map((one) => <option key={one}>{one}</option>)}
          </select>
        ) : kind === "json" ? (
          <textarea id={id} className={`${INPUT} h-20! py-1.5 font-mono text-xs`} {...common} onChange={(event) => onChange(event.target.value)} />
        ) : (
          <input id={id} className={INPUT} type={kind === "secret" ? "password" : "text"} autoComplete="off"
            inputMode={kind === "number" ? "decimal" : "text"} {...common} onChange={(event) => onChange(event.target.value)} />
        )
      }
    </Field>
  );
}
