import { expect, test } from "vitest";
import { jsonLines, lineAt, lineInText, yamlLines } from "./definition_text";

const DEFINITION = {
  schema: 1,
  steps: [
    { key: "charge", uses: "http.request", with: { url: "https://x.example/a?b: c", json: {}, list: [] }, retry: { max_attempts: 3 } },
    { key: "no", uses: "flow.delay", needs: ["charge"], if: "{{ steps.charge.output.status == `200` }}" },
  ],
};
const text = (lines: readonly { text: string }[]): string => lines.map((line) => line.text).join("\n");

test("JSON lines are the JSON", () => {
  expect(text(jsonLines(DEFINITION))).toBe(JSON.stringify(DEFINITION, null, 2));
  expect(text(jsonLines("a"))).toBe('"a"');
});

test("YAML keeps the types of what it shows", () => {
  expect(text(yamlLines(DEFINITION))).toBe(`schema: 1
steps:
  - key: charge
    uses: http.request
    with:
      url: "https://x.example/a?b: c"
      json: {}
      list: []
    retry:
      max_attempts: 3
  - key: "no"
    uses: flow.delay
    needs:
      - charge
    if: "{{ steps.charge.output.status == \`200\` }}"`);
});

test("a place has its line in each form", () => {
  const place = ["steps", "1", "needs", "0"];
  const pretty = JSON.stringify(DEFINITION, null, 2);
  const line = lineAt(jsonLines(DEFINITION), place);
  expect(pretty.split("\n")[line]?.trim()).toBe('"charge"');
  expect(lineInText(pretty, place)).toBe(line);
  expect(yamlLines(DEFINITION)[lineAt(yamlLines(DEFINITION), place)]?.text.trim()).toBe("- charge");
});

test("a place that is missing has the line of what is around it", () => {
  const pretty = JSON.stringify(DEFINITION, null, 2).split("\n");
  expect(pretty[lineInText(pretty.join("\n"), ["steps", "0", "with", "method"])]).toContain('"with"');
  expect(pretty[lineAt(jsonLines(DEFINITION), ["steps", "0", "with", "method"])]).toContain('"with"');
  expect(lineInText("[1,\n{\"a\": {\"b\": 2}}]", ["1", "a", "b"])).toBe(1);
  expect(lineInText("{", ["steps"])).toBe(0);
});
