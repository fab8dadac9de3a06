import { useState } from "react";
import { CopyButton } from "./basics";
import { t } from "../strings";

const OPEN_DEPTH = 2;
const SHOWN = 100;

/** JSON as a tree that opens and closes; the API has redacted it. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const [raw, setRaw] = useState(false);
  const text = JSON.stringify(value, null, 2) ?? "null";
  return (
    <section aria-label={label} className="rounded-lg border border-line bg-surface">
      <header className="flex items-center justify-between border-b border-line px-3 py-1">
        <h3 className="text-xs font-semibold text-muted">{label}</h3>
        <span className="flex items-center gap-1">
          <button
            type="button"
            aria-pressed={raw}
            onClick={() => setRaw(!raw)}
            className="cursor-pointer rounded px-1.5 text-xs text-muted hover:text-ink"
          >
            {raw ? t.ui.tree : t.ui.raw}
          </button>
          <CopyButton value={text} label={label} />
        </span>
      </header>
      <div className="max-h-96 overflow-auto p-3 font-mono text-xs leading-5" tabIndex={0} role="region" aria-label={t.ui.content(label)}>
        {raw ? <pre className="whitespace-pre-wrap break-words">{text}</pre> : <Value value={value} depth={0} />}
      </div>
    </section>
  );
}

/** name: its place in what holds it. What a value holds is indented by the same step, however long the name is. */
function Value({ value, depth, name }: { value: unknown; depth: number; name?: string }) {
  const label = name === undefined ? null : <><span className="text-violet">{name}</span><span className="text-muted">: </span></>;
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    const [colour, text] = typeof value === "string" ? ["text-green", `"${value}"`] : typeof value === "object" && value !== null ? ["text-muted", `${open}${close}`] : ["text-blue", String(value)];
    return <div className={name === undefined ? "" : "pl-3.5"}>{label}<span className={`break-words ${colour}`}>{text}</span></div>;
  }
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary className="w-fit cursor-pointer py-0.5 text-muted">{label}{open} {entries.length} {close}</summary>
      <ul className="ml-1 border-l border-line pl-2">
        {entries.slice(0, SHOWN).map(([place, one]) => <li key={place}><Value value={one} depth={depth + 1} name={place} /></li>)}
        {entries.length > SHOWN && <li className="text-muted">… {entries.length - SHOWN} {t.ui.moreSeeRaw}</li>}
      </ul>
    </details>
  );
}
