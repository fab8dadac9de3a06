import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { LOOKS, type AnyState, type Colour } from "../lib/states";
import { duration } from "../lib/time";
import { type Bar, overlaps, place, type Waterfall } from "../lib/waterfall";
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

const COLUMNS = "grid grid-cols-[minmax(0,9rem)_6.5rem_minmax(0,1fr)] items-center gap-3";
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
  const [zoomed, setZoomed] = useState(false);
  const at = drawn.lanes.findIndex(({ key }) => key === chosen);
  useEffect(() => {
    if (at >= MOST_IN_VIEW) virtual.scrollToIndex(at, { align: "auto" });
  }, [at]);
  if (drawn.lanes.length === 0) {
    return <p className="rounded-lg border border-line p-4 text-muted">{t.runWaterfall.noStepHasBegunThe(total)}</p>;
  }
  const notBegun = total - drawn.lanes.length;
  const lane = drawn.lanes[at];
  // A wait of hours leaves the calls of seconds too thin to see.
  const span = zoomed && lane !== undefined && lane.to > lane.from ? { from: lane.from, to: lane.to } : drawn;
  const queue = { from: drawn.from, to: drawn.from + queued };
  return (
    <section aria-label={t.common.steps} className="overflow-hidden rounded-lg border border-line">
      <header className="flex flex-wrap justify-between gap-x-3 border-b border-line bg-surface px-3 py-1 text-xs text-muted">
        <h2 className="font-semibold">{total === 1 ? t.runWaterfall.oneStep : t.runWaterfall.steps(total.toLocaleString(t.locale))}</h2>
        <span className="flex items-center gap-3">
          {lane !== undefined && lane.to > lane.from && drawn.lanes.length > 1 && <label className="flex items-center gap-1.5"><input type="checkbox" checked={zoomed} onChange={(event) => setZoomed(event.target.checked)} />{t.runWaterfall.onlyTheTimeOf(lane.key)}</label>}
          <span>{duration(span.to - span.from)}{queued > 0 && span === drawn ? t.runWaterfall.ofTheseInTheQueue(duration(queued)) : ""}</span>
        </span>
      </header>
      {queued > 0 && overlaps(queue, span) && (
        <div className={`${COLUMNS} h-7 border-b border-line px-3 text-xs text-muted`}>
          <span>{t.runWaterfall.queue}</span><span className="tabular-nums">{duration(queued)}</span>
          <span className="relative h-5"><span className="absolute top-2 h-1 rounded-full bg-muted opacity-60" style={percents(place(queue, span))} /></span>
        </div>
      )}
      <div ref={scroll} className="overflow-auto" style={{ maxHeight: ROW * MOST_IN_VIEW }}>
        <ul className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const lane = drawn.lanes[item.index];
            if (lane === undefined) return null;
            return (
              <li key={lane.key} className="absolute inset-x-0 top-0" style={{ height: ROW, transform: `translateY(${item.start}px)` }}>
                <button type="button" data-row aria-pressed={lane.key === chosen} onClick={() => choose(lane.key)}
                  className={`${COLUMNS} h-full w-full cursor-pointer px-3 text-left -outline-offset-2 hover:bg-surface ${lane.key === chosen ? "bg-select" : ""}`}>
                  <span className="truncate font-medium" title={lane.key}>{lane.key}</span>
                  <StateBadge state={lane.state} />
                  <span className="relative h-5">
                    {lane.kept && <span className="text-xs text-muted">{t.runWaterfall.keptFromTheEarlierRun}</span>}
                    {lane.bars.filter((bar) => overlaps(bar, span)).map((bar) => <Piece key={`${bar.from}${bar.state}`} bar={bar} all={span} />)}
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

const percents = ({ left, width }: { left: number; width: number }) => ({ left: `${left}%`, width: `${width}%` });

function Piece({ bar, all }: { bar: Bar; all: { from: number; to: number } }) {
  const state = bar.state.toUpperCase() as AnyState;
  const colour = LOOKS[state]?.colour ?? "muted";
  const shape = bar.kind === "work" ? "top-1 h-3 rounded-sm" : "top-2 h-1 rounded-full opacity-60";
  const word = LOOKS[state]?.word ?? bar.state;
  return (
    <span className={`absolute ${shape} ${FILLS[colour]}`} style={percents(place(bar, all))}
      title={t.runWaterfall.attempt(word, bar.attempt, duration(bar.to - bar.from))} />
  );
}
