import { LOOKS, type AnyState, type Colour } from "../lib/states";
import { duration } from "../lib/time";
import { type Bar, place, type Waterfall } from "../lib/waterfall";
import { StateBadge } from "../ui/state_badge";

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

type Props = { drawn: Waterfall; total: number; chosen: string | undefined; choose: (key: string) => void };

/** A lane for each step; attempts are solid, waits are thin. */
export function Lanes({ drawn, total, chosen, choose }: Props) {
  if (drawn.lanes.length === 0) {
    return <p className="rounded-lg border border-line p-4 text-muted">No step has begun. The workflow has {total}.</p>;
  }
  const notBegun = total - drawn.lanes.length;
  return (
    <section aria-label="Steps" className="overflow-hidden rounded-lg border border-line">
      <header className="flex justify-between border-b border-line bg-surface px-3 py-1 text-xs text-muted">
        <h2 className="font-semibold">Steps</h2>
        <span>{duration(drawn.to - drawn.from)} from the first moment to the last</span>
      </header>
      <ul>
        {drawn.lanes.map((lane) => (
          <li key={lane.key}>
            <button type="button" data-row aria-pressed={lane.key === chosen} onClick={() => choose(lane.key)}
              className={`grid h-9 w-full cursor-pointer grid-cols-[minmax(0,9rem)_6.5rem_minmax(0,1fr)] items-center gap-3 px-3 text-left -outline-offset-2 hover:bg-surface ${lane.key === chosen ? "bg-select" : ""}`}>
              <span className="truncate font-medium" title={lane.key}>{lane.key}</span>
              <StateBadge state={lane.state} />
              <span className="relative h-5">
                {lane.bars.map((bar) => <Piece key={`${bar.from}${bar.state}`} bar={bar} all={drawn} />)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {notBegun > 0 && <p className="border-t border-line px-3 py-2 text-xs text-muted">{notBegun} of {total} steps {notBegun === 1 ? "has" : "have"} not begun, or come after the first hundred.</p>}
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
      title={`${word}, attempt ${bar.attempt}: ${duration(bar.to - bar.from)}`} />
  );
}
