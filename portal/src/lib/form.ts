/** The fields of a form, made of a JSON Schema. Values that have no plain field are written as JSON. */

import { isNumber, jsonOf, valueOf } from "./numbers";

export type FieldKind = "text" | "texts" | "secret" | "number" | "boolean" | "choice" | "json";
export type FormField = {
  name: string;
  label: string;
  help: string;
  kind: FieldKind;
  required: boolean;
  choices: readonly string[];
  /** What the field holds before anything is typed: the schema's default. */
  initial: string | boolean;
  example: string;
};
export type Typed = Record<string, string | boolean>;
export type Filled = { value: Record<string, unknown>; wrong: FormField[] };

type Schema = {
  type?: unknown;
  items?: unknown;
  title?: unknown;
  description?: unknown;
  enum?: unknown;
  default?: unknown;
  examples?: unknown;
  writeOnly?: unknown;
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const shown = (value: unknown, kind: FieldKind): string =>
  kind === "texts" && Array.isArray(value) && value.every((one) => typeof one === "string" && !one.includes(",")) ? value.join(", ") : (value === undefined ? "" : typeof value === "string" && !isNumber(value) ? value : jsonOf(value));

export function fieldsOf(form: unknown): FormField[] {
  const { properties, required } = record(form);
  const needed = new Set(Array.isArray(required) ? required.map(String) : []);
  return Object.entries(record(properties)).map(([name, one]) => {
    const schema: Schema = record(one);
    const choices = Array.isArray(schema.enum) && schema.enum.every((value) => typeof value === "string") ? (schema.enum as string[]) : [];
    const kind = kindOf(schema, choices);
    return {
      name,
      label: text(schema.title) || name,
      help: text(schema.description),
      kind,
      required: needed.has(name),
      choices,
      initial: kind === "boolean" ? schema.default === true : shown(schema.default, kind),
      example: Array.isArray(schema.examples) ? shown(schema.examples[0], kind) : "",
    };
  });
}

/** An input as the schema's examples give it; only what is required where the schema has no example of the whole. */
export function exampleOf(form: unknown): Record<string, unknown> {
  const { examples, properties, required } = record(form);
  if (Array.isArray(examples) && examples.length > 0) return record(examples[0]);
  const needed = new Set(Array.isArray(required) ? required.map(String) : []);
  const found = Object.entries(record(properties)).map(([name, one]): [string, unknown] => {
    const schema = record(one);
    const given = Array.isArray(schema.examples) ? schema.examples[0] : (schema.default ?? (Array.isArray(schema.enum) ? schema.enum[0] : undefined));
    return [name, given ?? (needed.has(name) ? "…" : undefined)];
  });
  const shownAlways = found.some(([name]) => needed.has(name)) ? found.filter(([name]) => needed.has(name)) : found.slice(0, 2);
  return Object.fromEntries(shownAlways.filter(([, value]) => value !== undefined));
}

function kindOf(schema: Schema, choices: readonly string[]): FieldKind {
  if (choices.length > 0) return "choice";
  if (schema.type === "string") return schema.writeOnly === true ? "secret" : "text";
  if (schema.type === "number" || schema.type === "integer") return "number";
  if (schema.type === "array" && record(schema.items).type === "string") return "texts";
  return schema.type === "boolean" ? "boolean" : "json";
}

/** What was typed as the API takes it. Fields that were left empty are left out; wrong: fields that hold no such value. */
export function filled(fields: readonly FormField[], typed: Typed): Filled {
  const value: Record<string, unknown> = {};
  const wrong: FormField[] = [];
  for (const field of fields) {
    const { name, kind, initial } = field;
    const one = typed[name] ?? initial;
    if (kind === "boolean") {
      value[name] = one === true;
    } else if (typeof one === "string" && one !== "") {
      const read = kind === "number" ? numberOf(one) : kind === "json" ? parsed(one) : kind === "texts" ? textsOf(one) : one;
      if (read === undefined) wrong.push(field);
      else value[name] = read;
    }
  }
  return { value, wrong };
}

/** Texts between commas, or a list as JSON. */
const textsOf = (text: string): unknown => (text.trim().startsWith("[") ? parsed(text) : text.split(",").map((one) => one.trim()).filter((one) => one !== ""));

/** A number as people type it, also `.5` and `007`, with all its digits; undefined for other texts, and for numbers that are too large. */
function numberOf(text: string): unknown {
  const typed = /^([+-]?)(\d*)\.?(\d*)(e[+-]?\d+)?$/i.exec(text.trim());
  const [, sign = "", whole = "", part = "", power = ""] = typed ?? [];
  if (whole === "" && part === "") return undefined;
  const plain = `${sign === "-" ? "-" : ""}${whole.replace(/^0+(?=\d)/, "") || "0"}${part === "" ? "" : `.${part}`}${power}`;
  if (!Number.isFinite(Number(plain))) return undefined;
  return power === "" ? valueOf(plain) : Number(plain);
}

function parsed(json: string): unknown {
  try {
    return valueOf(json);
  } catch {
    return undefined;
  }
}
