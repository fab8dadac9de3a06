import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from "react";
import { Link } from "react-router";
import { useKeys } from "../lib/keys";
import type { Pages } from "../lib/pages";
import { t } from "../strings";
import { Button, Heading, Problems, Skeleton } from "./basics";

const WIDE = matchMedia("(min-width: 768px)");

export const useIsWide = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      WIDE.addEventListener("change", listener);
      return () => WIDE.removeEventListener("change", listener);
    },
    () => WIDE.matches,
  );

/** Rows that a person has picked. label: of the box of one row, for screen readers. */
export type Selection<Row> = { picked: ReadonlySet<string>; toggle: (id: string) => void; label: (row: Row) => string };

type Props<Row extends { id: string }> = {
  label: string;
  pages: Pages<Row>;
  to: (row: Row) => string;
  children: (row: Row) => ReactNode;
  empty: ReactNode;
  /** Rows then have a box, and `x` picks the row that has the focus. */
  selection?: Selection<Row> | undefined;
};

const AHEAD = 12;

/** Rows as links, of which only those in view are in the page. It reads on when its end comes near. */
export function RowList<Row extends { id: string }>({ label, pages, to, children, empty, selection }: Props<Row>) {
  const scroll = useRef<HTMLDivElement>(null);
  const wide = useIsWide();
  const { rows, loading, hasMore, more, problems, reload } = pages;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => (wide ? 40 : 66),
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: AHEAD,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const nearEnd = hasMore && !loading && problems.length === 0 && last >= rows.length - AHEAD;
  useEffect(() => {
    if (nearEnd) more();
  });
  useEffect(() => virtual.measure(), [wide]);
  useKeys(selection ? { x: () => {
    const { id } = document.activeElement instanceof HTMLElement ? document.activeElement.dataset : {};
    if (id !== undefined) selection.toggle(id);
  } } : {});

  if (rows.length === 0 && problems.length > 0) {
    return <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.tryAgain}</Button></Problems></div>;
  }
  if (rows.length === 0) return loading ? <Skeleton rows={10} /> : <>{empty}</>;
  return (
    <div ref={scroll} className="min-h-0 flex-1 overflow-auto" aria-busy={loading}>
      <ul aria-label={label} className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <li key={item.key} className={`absolute inset-x-0 top-0 flex border-b border-line ${selection?.picked.has(row.id) ? "bg-select" : ""}`} style={{ height: item.size, transform: `translateY(${item.start}px)` }}>
              {selection && (
                <label className="flex w-8 shrink-0 cursor-pointer items-center justify-center md:w-10">
                  <input type="checkbox" className="size-4 cursor-pointer" aria-label={selection.label(row)} checked={selection.picked.has(row.id)} onChange={() => selection.toggle(row.id)} />
                </label>
              )}
              <Link data-row data-id={row.id} to={to(row)} className={`flex h-full min-w-0 flex-1 items-center gap-3 pr-4 -outline-offset-2 hover:bg-surface focus:bg-select ${selection ? "pl-1" : "pl-4"}`}>
                {children(row)}
              </Link>
            </li>
          );
        })}
      </ul>
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={more}>{t.tryAgain}</Button></Problems></div>}
      {!hasMore && rows.length > 20 && <p className="p-3 text-center text-xs text-muted">{t.ui.thatIsAll}</p>}
    </div>
  );
}

/** The title of a view with what belongs beside it. */
export function Header({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <header className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2">
      <Heading>{title}</Heading>
      {children}
    </header>
  );
}

/** Rows that have come since the list was read wait behind this, so that nothing jumps. */
export function NewBadge({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <span role="status" className="ml-auto">
      {count > 0 && (
        <Button className="rounded-full border-accent! text-accent" onClick={onShow}>{t.ui.new(count > 99 ? "99+" : count)}</Button>
      )}
    </span>
  );
}
