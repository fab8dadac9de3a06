import { type FormEvent, useEffect, useId, useState } from "react";
import { INPUT } from "./basics";

type TypedChoiceProps = { label: string; all: string; choices: Iterable<string>; chosen: string; onChoose: (value: string) => void; className?: string };

/** A choice among known words that takes any other word too. all: what is shown while nothing is chosen. */
export function TypedChoice({ label, all, choices, chosen, onChoose, className = "" }: TypedChoiceProps) {
  const list = useId();
  const [text, setText] = useState(chosen);
  useEffect(() => setText(chosen), [chosen]);
  const known = new Set(choices);
  const choose = (value: string): void => {
    if (value.trim() !== chosen) onChoose(value.trim());
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    choose(text);
  };
  return (
    <form onSubmit={submit}>
      <input type="search" aria-label={label} placeholder={all} list={list} value={text} className={`${INPUT} ${className}`} onBlur={() => choose(text)} onChange={(event) => {
        setText(event.target.value);
        if (event.target.value === "" || known.has(event.target.value)) choose(event.target.value);
      }} />
      <datalist id={list}>{[...known].map((one) => <option key={one} value={one} />)}</datalist>
    </form>
  );
}
