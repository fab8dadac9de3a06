/** How each state looks, everywhere: a word, an icon and a colour. */

import type { RunState, StepState, ApprovalState, EffectState } from "../gql/graphql";

export type AnyState = RunState | StepState | ApprovalState | EffectState;
export type Look = { word: string; icon: Icon; colour: Colour };
export type Icon = "clock" | "spinner" | "hourglass" | "bars" | "check" | "cross" | "slash" | "question" | "retry";
export type Colour = "muted" | "blue" | "violet" | "amber" | "green" | "red" | "orange" | "yellow";

const look = (word: string, icon: Icon, colour: Colour): Look => ({ word, icon, colour });

export const LOOKS: Record<AnyState, Look> = {
  QUEUED: look("queued", "clock", "muted"),
  PENDING: look("pending", "clock", "muted"),
  INTENT: look("recorded", "clock", "muted"),
  RUNNING: look("running", "spinner", "blue"),
  SENT: look("sent", "spinner", "blue"),
  WAITING: look("waiting", "hourglass", "violet"),
  RETRYING: look("retrying", "retry", "amber"),
  PAUSED: look("paused", "bars", "amber"),
  CANCELLING: look("cancelling", "slash", "amber"),
  SUCCEEDED: look("succeeded", "check", "green"),
  CONFIRMED: look("confirmed", "check", "green"),
  APPROVED: look("approved", "check", "green"),
  FAILED: look("failed", "cross", "red"),
  REJECTED: look("rejected", "cross", "red"),
  CANCELLED: look("cancelled", "slash", "muted"),
  SKIPPED: look("skipped", "slash", "muted"),
  TIMED_OUT: look("timed out", "clock", "orange"),
  EXPIRED: look("expired", "clock", "orange"),
  UNCERTAIN: look("uncertain", "question", "yellow"),
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
