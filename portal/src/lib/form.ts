/** The fields of an approval's form, made of its JSON Schema. Values that have no plain field are written as JSON. */

export type FieldKind = "text" | "number" | "boolean" | "choice" | "json";
export type FormField = {
  name: string;
  label: string;
  help: string;
  kind: FieldKind;
  required: boolean;
  choices: readonly string[];
};
export type Typed = Record<string, string | boolean>;
export type Filled = { value: Record<string, unknown>; wrong: string[] };

type Schema = { type?: unknown; title?: unknown; description?: unknown; enum?: unknown };

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

export function fieldsOf(form: unknown): FormField[] {
  const { properties, required } = record(form);
  const needed = new Set(Array.isArray(required) ? required.map(String) : []);
  return Object.entries(record(properties)).map(([name, one]) => {
    const schema: Schema = record(one);
    const choices = Array.isArray(schema.enum) && schema.enum.every((value) => typeof value === "string") ? (schema.enum as string[]) : [];
    return { name, label: text(schema.title) || name, help: text(schema.description), kind: kindOf(schema, choices), required: needed.has(name), choices };
  });
}

function kindOf(schema: Schema, choices: readonly string[]): FieldKind {
  if (choices.length > 0) return "choice";
  if (schema.type === "string") return "text";
  if (schema.type === "number" || schema.type === "integer") return "number";
  return schema.type === "boolean" ? "boolean" : "json";
}

/** What was typed as the API takes it. Fields that were left empty are left out; wrong: labels that hold no such value. */
export function filled(fields: readonly FormField[], typed: Typed): Filled {
  const value: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const { name, label, kind } of fields) {
    const one = typed[name];
    if (kind === "boolean") {
      value[name] = one === true;
    } else if (typeof one === "string" && one !== "") {
      const read = kind === "text" || kind === "choice" ? one : parsed(one);
      if (read === undefined || (kind === "number" && typeof read !== "number")) wrong.push(label);
      else value[name] = read;
    }
  }
  return { value, wrong };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
