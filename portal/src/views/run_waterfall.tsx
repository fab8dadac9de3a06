import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { LOOKS, type AnyState, type Colour } from "../lib/states";
import { duration } from "../lib/time";
import { type Bar, place, type Waterfall } from "../lib/waterfall";
import { StateBadge } from "../ui/state_badge";
import { t } from "../strings";

const FILLS: Record<Colour, string> = {
  muted: "bg-muted",
  blue: "bg-blue",
  violet: "bg-violet",
  amber: "bg-amber",
  green: "bg-green",
  red: "bg-red",
  orange: "bg-orange",
  yellow: "bg-yellow",
};

type Props = {
  drawn: Waterfall;
  total: number;
  /** False while more steps are read. */
  complete: boolean;
  /** Milliseconds from the creation of the run to its start. */
  queued: number;
  chosen: string | undefined;
  choose: (key: string) => void;
};

const ROW = 36;
const MOST_IN_VIEW = 20;

/** A lane for each step; attempts are solid, waits are thin. Of many lanes only those in view are in the page. */
export function Lanes({ drawn, total, complete, queued, chosen, choose }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: drawn.lanes.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: MOST_IN_VIEW,
  });
  const at = drawn.lanes.findIndex(({ key }) => key === chosen);
  useEffect(() => {
    if (at >= MOST_IN_VIEW) virtual.scrollToIndex(at, { align: "auto" });
  }, [at]);
  if (drawn.lanes.length === 0) {
    return <p className="rounded-lg border border-line p-4 text-muted">{t.runWaterfall.noStepHasBegunThe(total)}</p>;
  }
  const notBegun = total - drawn.lanes.length;
  return (
    <section aria-label={t.common.steps} className="overflow-hidden rounded-lg border border-line">
      <header className="flex flex-wrap justify-between gap-x-3 border-b border-line bg-surface px-3 py-1 text-xs text-muted">
        <h2 className="font-semibold">{total === 1 ? t.runWaterfall.oneStep : t.runWaterfall.steps(total.toLocaleString(t.locale))}</h2>
        <span>{duration(drawn.to - drawn.from)}{queued > 0 ? t.runWaterfall.ofTheseInTheQueue(duration(queued)) : ""}</span>
      </header>
      <div ref={scroll} className="overflow-auto" style={{ maxHeight: ROW * MOST_IN_VIEW }}>
        <ul className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const lane = drawn.lanes[item.index];
            if (lane === undefined) return null;
            return (
              <li key={lane.key} className="absolute inset-x-0 top-0" style={{ height: ROW, transform: `translateY(${item.start}px)` }}>
                <button type="button" data-row aria-pressed={lane.key === chosen} onClick={() => choose(lane.key)}
                  className={`grid h-full w-full cursor-pointer grid-cols-[minmax(0,9rem)_6.5rem_minmax(0,1fr)] items-center gap-3 px-3 text-left -outline-offset-2 hover:bg-surface ${lane.key === chosen ? "bg-select" : ""}`}>
                  <span className="truncate font-medium" title={lane.key}>{lane.key}</span>
                  <StateBadge state={lane.state} />
                  <span className="relative h-5">
                    {lane.kept && <span className="text-xs text-muted">{t.runWaterfall.keptFromTheEarlierRun}</span>}
                    {lane.bars.map((bar) => <Piece key={`${bar.from}${bar.state}`} bar={bar} all={drawn} />)}
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      </div>
      {complete && notBegun > 0 && <p className="border-t border-line px-3 py-2 text-xs text-muted">{t.runWaterfall.ofStepsNotBegun(notBegun.toLocaleString(t.locale), total.toLocaleString(t.locale), notBegun === 1 ? t.runWaterfall.has : t.runWaterfall.have)}</p>}
    </section>
  );
}

function Piece({ bar, all }: { bar: Bar; all: Waterfall }) {
  const { left, width } = place(bar, all);
  const state = bar.state.toUpperCase() as AnyState;
  const colour = LOOKS[state]?.colour ?? "muted";
  const shape = bar.kind === "work" ? "top-1 h-3 rounded-sm" : "top-2 h-1 rounded-full opacity-60";
  const word = LOOKS[state]?.word ?? bar.state;
  return (
    <span className={`absolute ${shape} ${FILLS[colour]}`} style={{ left: `${left}%`, width: `${width}%` }}
      title={t.runWaterfall.attempt(word, bar.attempt, duration(bar.to - bar.from))} />
  );
}
