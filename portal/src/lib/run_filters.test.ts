import { expect, test } from "vitest";
import { isNarrowed, parse, searched, serialise, toFilter } from "./run_filters";

const parsed = (text: string) => parse(new URLSearchParams(text));

test("an address and its filters are the same thing", () => {
  const address = "state=failed%2Ctimed_out&workflow=order-flow&key=order-4711&since=24h&columns=event%2Ctrace";
  expect(serialise(parsed(address)).toString()).toBe(address);
});

test("what no filter knows is left out", () => {
  expect(isNarrowed(parsed("state=__proto__,nonsense&since=constructor&x=1"))).toBe(false);
});

test("a period begins that long before now", () => {
  const filter = toFilter(parsed("since=1h&error=HTTP_402"), Date.parse("2026-11-28T12:00:00Z"));
  expect(filter).toEqual({ createdFrom: "2026-11-28T11:00:00.000Z", errorCode: "HTTP_402" });
});

test.each([
  ["4BF92F3577B34DA6A3CE929D0E0E4736", "trace", "4bf92f3577b34da6a3ce929d0e0e4736"],
  ["CONNECTOR_REFUSED", "error", "CONNECTOR_REFUSED"],
  [" order-4711 ", "key", "order-4711"],
  ["order=4711", "business", "order=4711"],
] as const)("%s is searched as a %s", (typed, field, value) => {
  expect(searched(typed)[field]).toBe(value);
});

test("a business key has a name and a value", () => {
  expect(toFilter(parsed("business=order%3D47%3D11"), 0)).toEqual({ searchKeys: [{ name: "order", value: "47=11" }] });
});

test("chosen columns narrow nothing", () => {
  expect(isNarrowed(parsed("columns=trace"))).toBe(false);
  expect(isNarrowed(parsed("columns=trace&since=1h"))).toBe(true);
});

test("a group of failures is a filter of the address", () => {
  expect(toFilter(parsed("failure=ab12"), 0)).toEqual({ fingerprint: "ab12" });
});

test("words with a name set other filters, several at once", () => {
  expect(searched("rule:placed-orders source:shop")).toEqual({ trace: "", key: "", error: "", business: "", rule: "placed-orders", source: "shop" });
  expect(searched("retried:no waiting:budget")).toMatchObject({ retried: "no", waiting: "budget", key: "" });
  expect(searched("retried:yes")).toMatchObject({ key: "retried:yes" });
  expect(searched("event:RXZlbnQ6MQ== order-4711")).toMatchObject({ event: "RXZlbnQ6MQ==", key: "order-4711" });
  expect(searched("retried:no waiting:budget")).toMatchObject({ retried: "no", waiting: "budget", key: "" });
  expect(searched("https://shop.example/1")).toMatchObject({ key: "https://shop.example/1" });
  expect(searched("")).toEqual({ trace: "", key: "", error: "", business: "" });
});

test("runs of one source are hidden", () => {
  expect(toFilter(parsed("hide=schedules"), 0)).toEqual({ notSource: "schedules" });
});

test("runs that a retry has replaced are hidden", () => {
  expect(toFilter(parsed("retried=no&state=failed"), 0)).toEqual({ states: ["FAILED"], retried: false });
});

test("runs wait for a budget, and for nothing else that the list could ask for", () => {
  expect(toFilter(parsed("waiting=budget"), 0)).toEqual({ waitsForBudget: true });
  expect(isNarrowed(parsed("waiting=breaker"))).toBe(false);
});

test.each(["from=2026-01-01&to=", "from=&to=2026-01-01", "from=soon&to=later"])("%s, which is no period, is left out", (address) => {
  expect(isNarrowed(parsed(address))).toBe(false);
  expect(toFilter(parsed(address), 0)).toEqual({});
});

test("a period of the address is a filter", () => {
  const filter = { createdFrom: "2026-01-01T00:00:00.000Z", createdBefore: "2026-01-02T00:00:00.000Z" };
  expect(toFilter(parsed("from=2026-01-01&to=2026-01-02"), 0)).toEqual(filter);
});

test("a bar of the chart asks for the runs that it counts", () => {
  const [from, to] = ["2026-11-28T11:00:00.000Z", "2026-11-28T12:00:00.000Z"];
  expect(toFilter(parsed(`endedFrom=${from}&endedTo=${to}&since=7d`), Date.parse(to))).toEqual({ finishedFrom: from, finishedBefore: to });
  expect(toFilter(parsed(`endedFrom=${from}&endedTo=`), 0)).toEqual({});
});
