/** A definition as lines of JSON or YAML, each with its place, so that a problem stands beside its line. */

import { jsonOf } from "./numbers";

export type Place = readonly string[];
export type TextLine = { text: string; path: Place };

const isRecord = (one: unknown): one is Record<string, unknown> => typeof one === "object" && one !== null && !Array.isArray(one);
const entriesOf = (value: unknown): [string, unknown][] | null =>
  Array.isArray(value) ? value.map((one, index) => [String(index), one]) : isRecord(value) ? Object.entries(value) : null;

export function jsonLines(value: unknown, path: Place = [], indent = "", before = "", after = ""): TextLine[] {
  const entries = entriesOf(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries === null) return [{ text: `${indent}${before}${jsonOf(value)}${after}`, path }];
  if (entries.length === 0) return [{ text: `${indent}${before}${open}${close}${after}`, path }];
  const inner = entries.flatMap(([name, one], index) =>
    jsonLines(one, [...path, name], `${indent}  `, Array.isArray(value) ? "" : `${jsonOf(name)}: `, index < entries.length - 1 ? "," : ""),
  );
  return [{ text: `${indent}${before}${open}`, path }, ...inner, { text: `${indent}${close}${after}`, path }];
}

/** Words that YAML takes for something else than text. */
const SPECIAL = /^(?:true|false|yes|no|on|off|null|y|n|~|\.nan|[-+]?\.inf)$/i;
const PLAIN = /^[A-Za-z_$][\w $./@()-]*$/;
const scalar = (value: unknown): string =>
  typeof value === "string" && PLAIN.test(value) && !SPECIAL.test(value) && !/\s$|\s#|: /.test(value) ? value : jsonOf(value);

export function yamlLines(value: unknown, path: Place = [], indent = ""): TextLine[] {
  const entries = entriesOf(value);
  if (entries === null || entries.length === 0) return [{ text: `${indent}${entries === null ? scalar(value) : Array.isArray(value) ? "[]" : "{}"}`, path }];
  return entries.flatMap(([name, one]) => {
    const here = [...path, name];
    const nested = (entriesOf(one)?.length ?? 0) > 0;
    if (Array.isArray(value)) {
      const [first, ...rest] = yamlLines(one, here, `${indent}  `);
      return first === undefined ? [] : [{ ...first, text: `${indent}- ${first.text.slice(indent.length + 2)}` }, ...rest];
    }
    const head = `${indent}${scalar(name)}:`;
    return nested ? [{ text: head, path: here }, ...yamlLines(one, here, `${indent}  `)] : [{ text: `${head} ${yamlLines(one)[0]?.text ?? ""}`, path: here }];
  });
}

/** The line of a place, or of the nearest place around it that has one. */
export function lineAt(lines: readonly TextLine[], place: Place): number {
  for (let length = place.length; length > 0; length -= 1) {
    const wanted = JSON.stringify(place.slice(0, length));
    const found = lines.findIndex(({ path }) => JSON.stringify(path) === wanted);
    if (found !== -1) return found;
  }
  return 0;
}

/** The line of a place in JSON as a person has written it, from 0; the nearest place around it where the text has no such place. */
export function lineInText(text: string, place: Place): number {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  const around: { list: boolean; name: string; index: number }[] = [];
  let [best, bestLine, expectsName] = [0, 0, false];
  const note = (at: number): void => {
    const here = around.map(({ list, name, index }) => (list ? String(index) : name));
    if (here.length <= best || here.some((name, depth) => name !== place[depth])) return;
    best = here.length;
    bestLine = text.slice(0, at).split("\n").length - 1;
  };
  for (const match of text.matchAll(token)) {
    const [word] = match;
    const top = around.at(-1);
    if (word === "{" || word === "[") {
      if (top?.list) note(match.index);
      around.push({ list: word === "[", name: "", index: 0 });
      expectsName = word === "{";
    } else if (word === "}" || word === "]") {
      around.pop();
      expectsName = false;
    } else if (word === "," && top) {
      if (top.list) top.index += 1;
      else expectsName = true;
    } else if (word.startsWith('"') && top && !top.list && expectsName) {
      top.name = nameOf(word);
      expectsName = false;
      note(match.index);
    } else if (word !== ":" && top?.list) note(match.index);
  }
  return bestLine;
}

function nameOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
