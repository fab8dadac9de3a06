/** The graph of a definition, and of a run where the states of its steps are given. */

import { Background, Controls, Handle, MarkerType, type Node as FlowNode, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo } from "react";
import type { StepState } from "../gql/graphql";
import { graphOf, NODE, type Node } from "../lib/graph";
import { LOOKS } from "../lib/states";
import { useChoices } from "../lib/store";
import { StateBadge } from "../ui/state_badge";
import { t } from "../strings";

const NODE_TYPES = { step: StepNode };

/** What is special about a step, in a word. */
export type Mark = { word: string; colour: string };

/** states: of a run's steps, by key. marks: of steps, by key. Without them the graph shows a definition alone. */
type GraphProps = { definition: unknown; chosen: string | null; onChoose: (key: string) => void; states?: ReadonlyMap<string, StepState>; marks?: ReadonlyMap<string, Mark> };
type Data = Node & { state: StepState | undefined; ofRun: boolean; mark: Mark | undefined };

export default function Graph({ definition, chosen, onChoose, states, marks }: GraphProps) {
  const { theme } = useChoices();
  const graph = useMemo(() => graphOf(definition), [definition]);
  const nodes = graph.nodes.map((node): FlowNode<Data> => ({
    id: node.key,
    type: "step",
    position: { x: node.x, y: node.y },
    width: NODE.width,
    height: NODE.height,
    data: { ...node, state: states?.get(node.key), ofRun: states !== undefined, mark: marks?.get(node.key) },
    selected: node.key === chosen,
    ariaLabel: t.graph.stepUses(node.key, node.uses, states ? `, ${words(states.get(node.key))}` : "", marks?.has(node.key) ? `, ${marks.get(node.key)?.word}` : ""),
  }));
  const edges = graph.edges.map(({ from, to, failure }) => ({
    id: `${from}>${to}`,
    source: from,
    target: to,
    markerEnd: { type: MarkerType.ArrowClosed },
    ...(failure ? { label: t.graph.onFailure, style: { strokeDasharray: "5 4" } } : {}),
  }));
  return (
    <section aria-label={t.common.graph} className="h-[60vh] min-h-80 overflow-hidden rounded-lg border border-line lg:h-auto">
      <ReactFlow nodes={nodes} edges={edges} nodeTypes={NODE_TYPES} fitView fitViewOptions={{ maxZoom: 1, padding: 0.15 }} minZoom={0.1}
        colorMode={theme} nodesDraggable={false} nodesConnectable={false} edgesFocusable={false} deleteKeyCode={null}
        proOptions={{ hideAttribution: true }}
        // The caller holds the selection: a change is a wish of the person, by mouse or keyboard.
        onNodesChange={(changes) => { for (const change of changes) if (change.type === "select" && change.selected) onChoose(change.id); }}>
        <Background gap={20} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  );
}

const words = (state: StepState | undefined): string => (state ? LOOKS[state].word : t.graph.notBegun);

function StepNode({ data, selected }: NodeProps<FlowNode<Data>>) {
  return (
    <div className={`flex h-full flex-col justify-center rounded-lg border bg-raised px-3 text-left ${selected ? "border-accent" : data.mark ? "border-current" : "border-line"} ${data.mark?.colour ?? ""} ${data.ofRun && !data.state ? "opacity-70" : ""}`}>
      <Handle type="target" position={Position.Top} className="opacity-0" />
      <span className="flex items-center justify-between gap-2 text-[13px]">
        <span className="truncate font-semibold text-ink">{data.key}</span>
        {data.state ? <StateBadge state={data.state} className="text-[11px]" /> : data.ofRun && <span className="text-[11px] text-muted">{words(undefined)}</span>}
        {data.mark && <span className={`text-[11px] font-semibold ${data.mark.colour}`}>{data.mark.word}</span>}
      </span>
      <span className="truncate font-mono text-[11px] text-muted">{data.uses}{data.condition ? t.graph.if : ""}</span>
      <Handle type="source" position={Position.Bottom} className="opacity-0" />
    </div>
  );
}
