/** The common shapes of a rule's condition, as lines of a form: all or any of comparisons of a field with a value. */

import { t } from "../strings";
import { isNumber, jsonOf, valueOf } from "./numbers";

export type Join = "and" | "or";
export type Literal = string | number | boolean | null;
export type Comparison = "==" | "!=" | ">" | ">=" | "<" | "<=" | "in" | "contains" | "starts_with" | "ends_with" | "ieq" | "matches" | "exists" | "absent";
/** value: of `in` a list; of `exists` and `absent` nothing counts. */
export type Line = { path: string; comparison: Comparison; value: Literal | Literal[] };
export type Shape = { join: Join; lines: Line[] };

export const COMPARISONS: Record<Comparison, string> = t.comparisons;
const DIRECT: readonly Comparison[] = ["==", "!=", ">", ">=", "<", "<=", "starts_with", "ends_with", "ieq", "matches"];

const isLiteral = (one: unknown): one is Literal => one === null || ["string", "number", "boolean"].includes(typeof one);
const isRecord = (one: unknown): one is Record<string, unknown> => typeof one === "object" && one !== null && !Array.isArray(one);

/** The one operator of a node with its arguments. */
function operation(node: unknown): [string, unknown] | null {
  if (!isRecord(node)) return null;
  const entries = Object.entries(node);
  return entries.length === 1 ? (entries[0] as [string, unknown]) : null;
}

function pathOf(node: unknown, operator: string): string | null {
  const [name, given] = operation(node) ?? [];
  if (name !== operator) return null;
  const path = Array.isArray(given) && given.length === 1 ? (given as unknown[])[0] : given;
  return typeof path === "string" ? path : null;
}

function lineOf(node: unknown): Line | null {
  const exists = pathOf(node, "exists");
  if (exists !== null) return { path: exists, comparison: "exists", value: null };
  const [name, given] = operation(node) ?? [];
  if (name === "!") {
    const absent = pathOf(Array.isArray(given) && given.length === 1 ? (given as unknown[])[0] : given, "exists");
    return absent === null ? null : { path: absent, comparison: "absent", value: null };
  }
  if (name === undefined || !Array.isArray(given) || given.length !== 2) return null;
  const [left, right] = given as [unknown, unknown];
  if (name === "in") {
    const item = pathOf(left, "var");
    if (item !== null && Array.isArray(right) && right.every(isLiteral)) return { path: item, comparison: "in", value: right as Literal[] };
    const whole = pathOf(right, "var");
    return whole !== null && isLiteral(left) ? { path: whole, comparison: "contains", value: left } : null;
  }
  const path = pathOf(left, "var");
  const comparison = DIRECT.find((one) => one === name);
  return path === null || comparison === undefined || !isLiteral(right) ? null : { path, comparison, value: right };
}

/** The condition as lines; null where it has a shape that lines cannot show. */
export function shapeOf(when: unknown): Shape | null {
  if (when === true) return { join: "and", lines: [] };
  const [name, given] = operation(when) ?? [];
  const join = name === "and" || name === "or" ? name : null;
  const nodes = join === null ? [when] : Array.isArray(given) ? (given as unknown[]) : [given];
  const lines = nodes.map(lineOf);
  return lines.length > 0 && lines.every((line) => line !== null) ? { join: join ?? "and", lines } : null;
}

function nodeOf({ path, comparison, value }: Line): unknown {
  const field = { var: path };
  if (comparison === "exists") return { exists: path };
  if (comparison === "absent") return { "!": [{ exists: path }] };
  if (comparison === "in") return { in: [field, Array.isArray(value) ? value : [value]] };
  const one = Array.isArray(value) ? (value[0] ?? "") : value;
  return comparison === "contains" ? { in: [one, field] } : { [comparison]: [field, one] };
}

/** No lines match every event. */
export function whenOf({ join, lines }: Shape): unknown {
  const nodes = lines.map(nodeOf);
  return nodes.length === 0 ? true : nodes.length === 1 && join === "and" ? nodes[0] : { [join]: nodes };
}

/** A value as a person types it: numbers, true, false and null are what they say; quotes make them text. */
export function literalOf(text: string): Literal {
  try {
    const read = valueOf(text);
    return isLiteral(read) ? read : text;
  } catch {
    return text;
  }
}

export const textOf = (value: Literal): string => (typeof value === "string" && !isNumber(value) && literalOf(value) === value ? value : jsonOf(value));

/** A list between commas; a text with a comma stands in quotes. */
export const listOf = (text: string): Literal[] => (text.trim() === "" ? [] : (text.match(/\s*("(?:[^"\\]|\\.)*"|[^,]*)\s*(?:,|$)/g) ?? []).filter((part, index, all) => part !== "" || index < all.length - 1).map((part) => literalOf(part.replace(/,$/, "").trim())));
export const textOfList = (values: readonly Literal[]): string => values.map((one) => (typeof one === "string" && /[,"]|^\s|\s$/.test(one) ? JSON.stringify(one) : textOf(one))).join(", ");

/** Places of an event that a condition can read, such as `payload.order.id`; only of what the sample holds. */
export function pathsOf(sample: Record<string, unknown>, deepest = 4): string[] {
  const found: string[] = [];
  const look = (value: unknown, path: string, depth: number): void => {
    if (path !== "") found.push(path);
    if (isRecord(value) && depth < deepest) for (const [name, one] of Object.entries(value)) look(one, path === "" ? name : `${path}.${name}`, depth + 1);
  };
  look(sample, "", 0);
  return found.slice(0, 200);
}
