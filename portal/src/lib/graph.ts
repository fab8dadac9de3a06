/** The graph of a workflow's definition, placed by dagre. */

import { Graph, layout } from "@dagrejs/dagre";

export type Node = { key: string; uses: string; condition: boolean; x: number; y: number };
/** failure: the edge is taken when the step before has failed. */
export type Edge = { from: string; to: string; failure: boolean };
export type Placed = { nodes: Node[]; edges: Edge[]; width: number; height: number };
export const NODE = { width: 208, height: 56 };

type Raw = { key?: unknown; uses?: unknown; needs?: unknown; if?: unknown; on_failure?: unknown };
type Step = { key: string; uses: string; needs: string[] | null; condition: boolean; handler: string };

/**
 * definition: as the API gives it. Steps run after those that they need; without `needs`, after the step above. A step that
 * handles failures runs after those that name it.
 */
export function graphOf(definition: unknown): Placed {
  const steps = stepsOf(definition);
  const keys = new Set(steps.map(({ key }) => key));
  const edges = steps.flatMap(({ key, needs }, index): Edge[] => {
    const failing = steps.filter(({ handler }) => handler === key).map((step) => step.key);
    const above = index > 0 ? [steps[index - 1]?.key ?? ""] : [];
    const before = needs ?? (failing.length > 0 ? [] : above);
    const known = new Set([...before, ...failing].filter((from) => keys.has(from) && from !== key));
    return [...known].map((from) => ({ from, to: key, failure: failing.includes(from) }));
  });
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 32, ranksep: 44, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { key } of steps) graph.setNode(key, { ...NODE });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const nodes = steps.map(({ key, uses, condition }) => {
    const { x, y } = graph.node(key) as { x: number; y: number };
    return { key, uses, condition, x: x - NODE.width / 2, y: y - NODE.height / 2 };
  });
  const label = graph.graph() as { width?: number; height?: number };
  return { nodes, edges, width: label.width ?? 0, height: label.height ?? 0 };
}

function stepsOf(definition: unknown): Step[] {
  const listed = typeof definition === "object" && definition !== null ? (definition as { steps?: unknown }).steps : [];
  if (!Array.isArray(listed)) return [];
  return (listed as Raw[])
    .filter((step) => typeof step === "object" && step !== null && typeof step.key === "string")
    .map((step) => ({
      key: String(step.key),
      uses: typeof step.uses === "string" ? step.uses : "",
      needs: Array.isArray(step.needs) ? step.needs.map(String) : null,
      condition: step.if !== undefined,
      handler: typeof step.on_failure === "string" ? step.on_failure : "",
    }));
}
