import { useEffect, useRef } from "react";

type ChoiceProps<One extends string> = { label: string; choices: readonly (readonly [One, string])[]; chosen: One; onChoose: (one: One) => void };

/** One of a few, side by side. In a narrow window the bar scrolls to the chosen one. */
export function Choice<One extends string>({ label, choices, chosen, onChoose }: ChoiceProps<One>) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void bar.current?.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  return (
    <div ref={bar} role="group" aria-label={label} className="flex max-w-full overflow-x-auto rounded-md border border-line">
      {choices.map(([one, word]) => (
        <button key={one} type="button" aria-pressed={one === chosen} onClick={() => onChoose(one)}
          className={`h-8 shrink-0 cursor-pointer px-3 -outline-offset-2 first:rounded-l-md last:rounded-r-md ${one === chosen ? "bg-select font-medium" : "text-muted hover:text-ink"}`}>
          {word}
        </button>
      ))}
    </div>
  );
}
