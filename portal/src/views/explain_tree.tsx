/** The value of each node of a condition for one event. */

import { Check, Minus, TriangleAlert, X } from "lucide-react";
import { t } from "../strings";
import { jsonOf } from "../lib/numbers";

export type Explained = {
  op: string;
  path: (string | number)[];
  value: unknown;
  matched: boolean | null;
  evaluated: boolean;
  turns: number;
  error: string | null;
  children: Explained[];
};

export function ExplainTree({ tree }: { tree: unknown }) {
  if (!isNode(tree)) return null;
  return (
    <section aria-label={t.explainTree.verdictAtEachNode} className="overflow-auto rounded-lg border border-line" tabIndex={0}>
      <ul className="min-w-fit p-2 font-mono text-xs leading-6"><Node node={tree} /></ul>
    </section>
  );
}

const isNode = (tree: unknown): tree is Explained => typeof tree === "object" && tree !== null && "op" in tree && "children" in tree;

function Node({ node }: { node: Explained }) {
  const [Icon, colour, word] = node.error !== null
    ? [TriangleAlert, "text-red", t.common.failed] as const
    : !node.evaluated
      ? [Minus, "text-muted", t.explainTree.notEvaluated] as const
      : node.matched === true
        ? [Check, "text-green", t.explainTree.true] as const
        : [X, "text-amber", t.explainTree.false] as const;
  const comparison = typeof node.value === "boolean";
  return (
    <li>
      <span className={`flex items-center gap-2 whitespace-nowrap ${node.evaluated ? "" : "text-muted"}`}>
        <Icon aria-hidden size={14} className={`shrink-0 ${colour}`} />
        <span className="sr-only">{word}:</span>
        <span className="font-semibold">{node.op || t.explainTree.value}</span>
        {node.evaluated && node.error === null && !comparison && <span className="max-w-80 truncate text-muted">{jsonOf(node.value)}</span>}
        {node.turns > 1 && <span className="text-muted">{t.explainTree.timesTheLastIsShown(node.turns)}</span>}
        {node.error !== null && <span className="text-red">{node.error}</span>}
        {!node.evaluated && <span>{t.explainTree.notEvaluated}</span>}
      </span>
      {node.children.length > 0 && <ul className="ml-1.5 border-l border-line pl-4">{node.children.map((child, index) => <Node key={index} node={child} />)}</ul>}
    </li>
  );
}
