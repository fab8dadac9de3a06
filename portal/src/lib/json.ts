import { t } from "../strings";
import { valueOf } from "./numbers";

/** JSON that a person types. problem: why it is none; empty where it is. */
export function parsed(text: string): { value: unknown; problem: string } {
  try {
    return { value: valueOf(text), problem: "" };
  } catch (error) {
    return { value: null, problem: t.errors.noJson(error instanceof Error ? error.message : String(error)) };
  }
}

/** JSON for an argument of the API that is not null: there `null` is no value. */
export function present(text: string): { value: unknown; problem: string } {
  const read = parsed(text);
  return read.problem === "" && read.value === null ? { ...read, problem: t.errors.nullIsNoValue } : read;
}
