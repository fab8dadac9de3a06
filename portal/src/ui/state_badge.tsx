import {
  Ban,
  CircleCheck,
  CircleHelp,
  CirclePause,
  CircleX,
  Clock,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
} from "lucide-react";
import { type AnyState, type Colour, type Icon, LOOKS } from "../lib/states";

const ICONS: Record<Icon, LucideIcon> = {
  clock: Clock,
  spinner: LoaderCircle,
  hourglass: Hourglass,
  bars: CirclePause,
  check: CircleCheck,
  cross: CircleX,
  slash: Ban,
  question: CircleHelp,
  retry: RotateCw,
};
const COLOURS: Record<Colour, string> = {
  muted: "text-muted",
  blue: "text-blue",
  violet: "text-violet",
  amber: "text-amber",
  green: "text-green",
  red: "text-red",
  orange: "text-orange",
  yellow: "text-yellow",
};

/** A state as a word, an icon and a colour. */
export function StateBadge({ state, className = "" }: { state: AnyState; className?: string }) {
  const { word, icon, colour } = LOOKS[state];
  const Shown = ICONS[icon];
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${COLOURS[colour]} ${className}`}>
      <Shown aria-hidden size={15} className={icon === "spinner" ? "animate-spin" : ""} />
      {word}
    </span>
  );
}
