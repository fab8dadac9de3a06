import { expect, test } from "vitest";

/** Vite's parser. A named import would bring the types of Node into the portal's. */
const VITE = "vite";
const { parseSync } = (await import(VITE)) as { parseSync: (name: string, source: string) => { program: unknown } };

/** Sources of the portal, without their tests, the generated types, commands of a shell, and the texts themselves. */
const SOURCES = import.meta.glob(["./**/*.{ts,tsx}", "!./**/*.test.ts", "!./gql/**", "!./strings.ts", "!./lib/source_curl.ts"], { query: "?raw", import: "default", eager: true }) as Record<string, string>;
/** Attributes that people read or hear. */
const READ = new Set(["aria-label", "alt", "heading", "help", "label", "message", "none", "note", "placeholder", "text", "title", "verb"]);
/** Elements that show code, and commands to copy. */
const CODE = new Set(["code", "kbd", "Copyable"]);
const UNREAD = new Set(["className", "pattern"]);
/** Classes of Tailwind, such as "flex h-8". */
const CLASSES = /(^| )(-?[a-z]+:)*-?[a-z]+-[a-z0-9[\]./!-]+( |$)|^(flex|grid|truncate|contents)( |$)/;
const SENTENCE = /\p{L}.* .*\p{L}|^\p{Lu}\p{Ll}+(…|: )?$| \p{Ll}{3,}|\p{Ll}{3,} /u;
/** Not English: addresses, commands, queries, selectors, templates and the keys that lead to a page. */
const OTHER = /^(\/|curl |mutation|\(|\{|\[|whsec_|https?:|g \w$)|[{}$\\]|=>|translateY/;

type Node = { type: string; [field: string]: unknown };

const isNode = (one: unknown): one is Node => typeof one === "object" && one !== null && "type" in one && typeof one.type === "string";
const inside = (node: Node): Node[] => Object.values(node).flat().filter(isNode);
const hasLetters = (text: string): boolean => /\p{L}/u.test(text);
const field = (node: Node, ...names: string[]): unknown => names.reduce<unknown>((found, name) => (isNode(found) ? found[name] : undefined), node);

/** The fixed text of a string or a template. */
function fixed(node: Node): string {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : "";
  if (node.type !== "TemplateLiteral") return "";
  return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join(" ");
}

/** English that a source holds: text of elements, of attributes that people read, and sentences anywhere. */
function englishIn(source: string, name = "view.tsx"): string[] {
  const found: string[] = [];
  const keep = (text: string): void => {
    if (hasLetters(text)) found.push(text.replaceAll(/\s+/g, " ").trim());
  };
  /** An expression whose value is shown. */
  const shown = (node: Node): void => {
    if (node.type === "Literal" || node.type === "TemplateLiteral") {
      keep(fixed(node));
      inside(node).filter(({ type }) => type !== "TemplateElement").forEach(shown);
    } else if (node.type === "ConditionalExpression") {
      walk(node.test as Node);
      shown(node.consequent as Node);
      shown(node.alternate as Node);
    } else if (node.type === "LogicalExpression") {
      (node.operator === "&&" ? walk : shown)(node.left as Node);
      shown(node.right as Node);
    } else walk(node);
  };
  const walk = (node: Node): void => {
    const callee = field(node, "callee", "name");
    if (node.type === "ImportDeclaration" || callee === "graphql" || (node.type === "NewExpression" && callee === "Error")) return;
    if (/^TS(?!As|Satisfies|NonNull)/.test(node.type) || (node.type === "BinaryExpression" && node.operator !== "+")) return;
    if (node.type === "JSXAttribute") {
      const attribute = String(field(node, "name", "name"));
      const value = node.value as Node | null;
      if (value === null || UNREAD.has(attribute)) return;
      const read = READ.has(attribute);
      if (value.type === "JSXExpressionContainer") (read ? shown : walk)(value.expression as Node);
      else if (read) keep(fixed(value));
    } else if (node.type === "JSXElement") {
      const code = CODE.has(String(field(node, "openingElement", "name", "name")));
      for (const attribute of field(node, "openingElement", "attributes") as Node[]) {
        if (!code || field(attribute, "name", "name") !== "text") walk(attribute);
      }
      for (const child of node.children as Node[]) if (!code || child.type !== "JSXText") walk(child);
    } else if (node.type === "JSXText") keep(String(node.value));
    else if (node.type === "JSXExpressionContainer") shown(node.expression as Node);
    else if (node.type === "Property" && node.computed !== true) walk(node.value as Node);
    else {
      const text = fixed(node);
      if (SENTENCE.test(text) && !CLASSES.test(text) && !OTHER.test(text)) keep(text);
      else inside(node).forEach(walk);
    }
  };
  walk(parseSync(name, source).program as Node);
  return found;
}

test.each(Object.entries(SOURCES))("%s takes its text from strings.ts", (name, source) => {
  expect(englishIn(source, name)).toEqual([]);
});

test("all views are looked at", () => {
  expect(Object.keys(SOURCES).filter((name) => name.startsWith("./views/")).length).toBeGreaterThan(50);
});

test.each([
  ["<p>Nothing failed.</p>", "Nothing failed."],
  ["<p>v{number}</p>", "v"],
  ["<p>{late ? \"late\" : t.runs.title}</p>", "late"],
  ["<p>{late && `late by ${seconds} s`}</p>", "late by s"],
  ["<button aria-label=\"Close\" />", "Close"],
  ["<input placeholder=\"key\" />", "key"],
  ["<Field label={`Role of ${name}`} help={t.runs.title} />", "Role of"],
  ["<img alt={known ? \"face\" : \"\"} />", "face"],
  ["const WORDS = { OPEN: \"Open\", FULL: \"no room left\" };", "Open", "no room left"],
  ["const said = `${name} has left`;", "has left"],
])("%s holds text of its own", (source, ...texts) => {
  expect(englishIn(source)).toEqual(texts);
});

test.each([
  "<p className=\"flex h-8 text-muted\">{t.runs.title} · {count}</p>",
  "<p><code>flow.approval</code> {t.approvals.title}</p>",
  "<Copyable text=\"automate init && automate apply first.yaml\" label={t.runs.title} />",
  "const path = `/${slug}/runs`; if (state === \"Open\") go(path);",
  "const FIELDS = graphql(`query Portal { viewer { name } }`);",
])("%s holds none", (source) => {
  expect(englishIn(source)).toEqual([]);
});
