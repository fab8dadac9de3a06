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

function Value({ value, depth }: { value: unknown; depth: number }) {
  if (typeof value === "string") return <span className="break-words text-green">"{value}"</span>;
  if (typeof value !== "object" || value === null) return <span className="text-blue">{String(value)}</span>;
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return <span className="text-muted">{`${open}${close}`}</span>;
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary className="w-fit cursor-pointer py-0.5 text-muted">
        {open} {entries.length} {close}
      </summary>
      <ul className="border-l border-line pl-4">
        {entries.slice(0, SHOWN).map(([name, one]) => (
          <li key={name} className="[&>details]:inline-block [&>details]:align-top">
            <span className="text-violet">{name}</span>
            <span className="text-muted">: </span>
            <Value value={one} depth={depth + 1} />
          </li>
        ))}
        {entries.length > SHOWN && <li className="text-muted">… {entries.length - SHOWN} {t.ui.moreSeeRaw}</li>}
      </ul>
    </details>
  );
}
