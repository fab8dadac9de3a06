import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type MouseEvent, type ReactNode, useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { useHref, useNavigate } from "react-router";
import { focusedRow, useKeys } from "../lib/keys";
import type { Pages } from "../lib/pages";
import { NO_SLOTS, slotsOf } from "../lib/slots";
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
  /** What a row shows. An element may show another row later: state of a component in it is not state of the row. */
  children: (row: Row) => ReactNode;
  empty: ReactNode;
  /** Rows then have a box, and `x` picks the row that has the focus. */
  selection?: Selection<Row> | undefined;
};

/** The heights of a row, as the classes of `ListRow` say them. */
const WIDE_ROW = 40;
const NARROW_ROW = 66;

/** Rows above and below those in view. */
const BESIDE = 5;
/** The list reads on when so few rows are left. */
const LEFT = 25;

/** Rows as links, of which only those in view are in the page. It reads on when its end comes near. */
export function RowList<Row extends { id: string }>({ label, pages, to, children, empty, selection }: Props<Row>) {
  const scroll = useRef<HTMLDivElement>(null);
  const wide = useIsWide();
  const { rows, loading, hasMore, more, problems, reload } = pages;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => (wide ? WIDE_ROW : NARROW_ROW),
    overscan: BESIDE,
  });
  const base = useHref("/").replace(/\/$/, "");
  const navigate = useNavigate();
  const navigating = useRef(navigate);
  navigating.current = navigate;
  const open = useCallback((path: string) => void navigating.current(path), []);
  const items = virtual.getVirtualItems().filter(({ index }) => index < rows.length);
  const slots = useRef(NO_SLOTS);
  // The row with the focus keeps its element, so that the focus stays with the row.
  const focused = scroll.current?.contains(document.activeElement) === true;
  slots.current = slotsOf(slots.current, items[0]?.index ?? 0, items.length, focused);
  const last = items.at(-1)?.index ?? 0;
  const nearEnd = hasMore && !loading && problems.length === 0 && last >= rows.length - LEFT;
  useEffect(() => {
    if (nearEnd) more();
  });
  useEffect(() => virtual.measure(), [wide]);
  useKeys(selection ? { x: () => {
    const id = focusedRow()?.dataset.id;
    if (id !== undefined) selection.toggle(id);
  } } : {});

  if (rows.length === 0 && problems.length > 0) {
    return <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={reload}>{t.tryAgain}</Button></Problems></div>;
  }
  if (rows.length === 0) return loading ? <Skeleton rows={10} /> : <>{empty}</>;
  return (
    <div ref={scroll} className="min-h-0 flex-1 overflow-auto" aria-busy={loading}>
      <ul aria-label={label} style={{ height: virtual.getTotalSize(), paddingTop: items[0]?.start ?? 0 }}>
        {items.map(({ index }, place) => (
          <ListRow key={slots.current.keys[place]} row={rows[index] as Row} base={base} to={to} open={open}
            label={selection?.label} toggle={selection?.toggle} picked={selection?.picked.has((rows[index] as Row).id) === true}>{children}</ListRow>
        ))}
      </ul>
      {problems.length > 0 && <div className="p-4"><Problems of={problems}><Button className="mt-3" onClick={more}>{t.tryAgain}</Button></Problems></div>}
      {!hasMore && rows.length > 20 && <p className="p-3 text-center text-xs text-muted">{t.ui.thatIsAll}</p>}
    </div>
  );
}
type RowProps<Row extends { id: string }> = Pick<Props<Row>, "to" | "children"> & Partial<Pick<Selection<Row>, "label" | "toggle">> & {
  row: Row;
  base: string;
  open: (path: string) => void;
  picked: boolean;
};

/** A frame of the scrolling draws each row anew whose element shows another row, so there are few elements and no subscriptions. */
const ListRow = memo(function ListRow<Row extends { id: string }>({ row, base, to, open, label, toggle, picked, children }: RowProps<Row>) {
  const path = to(row);
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(path);
  };
  return (
    <li className={`flex h-16.5 border-b border-line contain-strict md:h-10 ${picked ? "bg-select" : ""}`}>
      {toggle && (
        <label className="flex w-8 shrink-0 cursor-pointer items-center justify-center md:w-10">
          <input type="checkbox" className="size-4 cursor-pointer" aria-label={label?.(row)} checked={picked} onChange={() => toggle(row.id)} />
        </label>
      )}
      <a data-row data-id={row.id} href={`${base}${path}`} onClick={follow} className={`flex h-full min-w-0 flex-1 items-center gap-3 pr-4 -outline-offset-2 hover:bg-surface focus:bg-select ${toggle ? "pl-1" : "pl-4"}`}>
        {children(row)}
      </a>
    </li>
  );
}) as <Row extends { id: string }>(props: RowProps<Row>) => ReactNode;

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
