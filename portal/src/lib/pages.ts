/** A list that is read page by page, and whose rows may change in place. */

import { useCallback, useEffect, useRef, useState } from "react";
import { type AnyVariables, type Client, type DocumentInput, useClient } from "urql";
import { useSignedInAgain } from "../shell/session";
import { type Problem, problemsOf } from "../api/errors";

export type Page<Row> = { rows: Row[]; endCursor: string | null | undefined; hasNextPage: boolean };
export type Pages<Row> = {
  rows: Row[];
  loading: boolean;
  hasMore: boolean;
  problems: Problem[];
  more: () => void;
  reload: () => void;
  /** The first page as it is now; the list stays as it is. */
  peek: () => Promise<Row[]>;
  change: (row: Row) => boolean;
};

/**
 * read: makes a page of an answer. variables: of the query, without `after`; a change of their JSON starts the list anew.
 * Rows are the same by their `id`.
 */
export function usePages<Data, Row extends { id: string }>(
  document: DocumentInput<Data, AnyVariables>,
  variables: Record<string, unknown>,
  read: (data: Data) => Page<Row>,
): Pages<Row> {
  const client: Client = useClient();
  const asked = JSON.stringify(variables);
  // A list that was read before is shown at once, and read again behind it.
  const [before] = useState(() => {
    const data = client.readQuery(document, { ...variables, after: null })?.data as Data | null | undefined;
    return data ? read(data) : null;
  });
  const [rows, setRows] = useState<Row[]>(before?.rows ?? []);
  const [cursor, setCursor] = useState<string | null>(before?.hasNextPage ? (before.endCursor ?? null) : null);
  const [loading, setLoading] = useState(true);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [round, setRound] = useState(0);
  /** The variables whose answer the rows are. */
  const answered = useRef(asked);
  const shown = useRef(rows);
  shown.current = rows;
  const latest = useRef(0);
  const reader = useRef(read);
  reader.current = read;

  const load = useCallback(
    async (after: string | null) => {
      latest.current += 1;
      const mine = latest.current;
      setLoading(true);
      const given = JSON.parse(asked) as Record<string, unknown>;
      const result = await client.query(document, { ...given, after }, { requestPolicy: "network-only" }).toPromise();
      if (mine !== latest.current) return;
      setLoading(false);
      setProblems(problemsOf(result.error));
      if (result.data === undefined) {
        // Rows of other filters would pass for an answer.
        if (answered.current !== asked) {
          setRows([]);
          setCursor(null);
        }
        return;
      }
      answered.current = asked;
      const page = reader.current(result.data as Data);
      setRows((before) => merged(after === null ? [] : before, page.rows));
      setCursor(page.hasNextPage ? (page.endCursor ?? null) : null);
    },
    [client, document, asked],
  );

  useEffect(() => void load(null), [load, round]);

  const again = useCallback(() => setRound((before) => before + 1), []);
  useSignedInAgain(again);

  return {
    rows,
    loading,
    problems,
    hasMore: cursor !== null,
    more: () => {
      if (!loading && cursor !== null) void load(cursor);
    },
    reload: again,
    peek: async () => {
      const result = await client.query(document, { ...variables, after: null }, { requestPolicy: "network-only" }).toPromise();
      return result.data === undefined ? [] : reader.current(result.data as Data).rows;
    },
    change: (row) => {
      if (!shown.current.some(({ id }) => id === row.id)) return false;
      setRows((before) => before.map((one) => (one.id === row.id ? { ...one, ...row } : one)));
      return true;
    },
  };
}

/** Rows in their order; one that comes again, because the list has moved, stays where it was first. */
export function merged<Row extends { id: string }>(before: readonly Row[], page: readonly Row[]): Row[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...page.filter(({ id }) => !known.has(id))];
}
