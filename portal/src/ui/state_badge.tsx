import { memo } from "react";
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
import { type AnyState, type Colour, type Icon, type Look, LOOKS } from "../lib/states";

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
export const StateBadge = memo(function StateBadge({ state, className = "" }: { state: AnyState; className?: string }) {
  return <LookBadge look={LOOKS[state]} className={className} />;
});

/** The same for what is no run, step, approval or effect, such as a rule. */
export function LookBadge({ look: { word, icon, colour }, title, className = "" }: { look: Look; title?: string | undefined; className?: string }) {
  const Shown = ICONS[icon];
  return (
    <span title={title} className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${COLOURS[colour]} ${className}`}>
      <Shown aria-hidden size={15} className={`shrink-0 ${icon === "spinner" ? "animate-spin" : ""}`} />
      {word}
    </span>
  );
}
