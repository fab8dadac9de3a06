import { expect, test } from "vitest";
import { columnsOf, textOfColumns, USUAL } from "./run_columns";

test("the usual columns need no text", () => {
  expect(textOfColumns(USUAL)).toBe("");
  expect(columnsOf("")).toEqual(USUAL);
  expect(columnsOf("nonsense,__proto__")).toEqual(USUAL);
});

test("chosen columns keep their order, and none is a choice", () => {
  expect(columnsOf(textOfColumns(["trace", "event"]))).toEqual(["event", "trace"]);
  expect(columnsOf(textOfColumns([]))).toEqual([]);
});
