/** How each state looks, everywhere: a word, an icon and a colour. */

import type { RunState, StepState, ApprovalState, EffectState } from "../gql/graphql";
import { t } from "../strings";

export type AnyState = RunState | StepState | ApprovalState | EffectState;
export type Look = { word: string; icon: Icon; colour: Colour };
export type Icon = "clock" | "spinner" | "hourglass" | "bars" | "check" | "cross" | "slash" | "question" | "retry";
export type Colour = "muted" | "blue" | "violet" | "amber" | "green" | "red" | "orange" | "yellow";

export const look = (word: string, icon: Icon, colour: Colour): Look => ({ word, icon, colour });

export const LOOKS: Record<AnyState, Look> = {
  QUEUED: look(t.states.QUEUED, "clock", "muted"),
  PENDING: look(t.states.PENDING, "clock", "muted"),
  INTENT: look(t.states.INTENT, "clock", "muted"),
  RUNNING: look(t.states.RUNNING, "spinner", "blue"),
  SENT: look(t.states.SENT, "spinner", "blue"),
  WAITING: look(t.states.WAITING, "hourglass", "violet"),
  RETRYING: look(t.states.RETRYING, "retry", "amber"),
  PAUSED: look(t.states.PAUSED, "bars", "amber"),
  CANCELLING: look(t.states.CANCELLING, "slash", "amber"),
  SUCCEEDED: look(t.states.SUCCEEDED, "check", "green"),
  CONFIRMED: look(t.states.CONFIRMED, "check", "green"),
  APPROVED: look(t.states.APPROVED, "check", "green"),
  FAILED: look(t.states.FAILED, "cross", "red"),
  REJECTED: look(t.states.REJECTED, "cross", "red"),
  CANCELLED: look(t.states.CANCELLED, "slash", "muted"),
  SKIPPED: look(t.states.SKIPPED, "slash", "muted"),
  TIMED_OUT: look(t.states.TIMED_OUT, "clock", "orange"),
  EXPIRED: look(t.states.EXPIRED, "clock", "orange"),
  UNCERTAIN: look(t.states.UNCERTAIN, "question", "yellow"),
};

export const RUN_STATES: readonly RunState[] = [
  "QUEUED",
  "RUNNING",
  "WAITING",
  "PAUSED",
  "CANCELLING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
  "TIMED_OUT",
];

const FINAL: ReadonlySet<AnyState> = new Set<AnyState>(["SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "SKIPPED"]);

export const isFinal = (state: AnyState): boolean => FINAL.has(state);
