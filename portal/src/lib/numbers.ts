/**
 * Numbers of JSON that a number of the browser cannot hold, such as an id of 19 digits or a decimal of 20. Within the portal
 * each is a text with a mark; requests, answers and what people see hold the number.
 */

const MARK = "\uE000";
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const TOKENS = new RegExp(`${TEXT}|${NUMBER}`, "g");
const TEXTS = new RegExp(TEXT, "g");
const MARKED = new RegExp(`^"${MARK}${NUMBER}"$`);
/** Texts without this hold nothing to mark. */
const LIKELY = new RegExp(String.raw`[\d.]{16}|\d[eE]|${MARK}|\\ue000`, "i");
const BEGINS_MARKED = new RegExp(String.raw`^"(?:${MARK}|\\ue000)`, "i");

/** The digits of a number without zeros around them, and the power of ten of the last: the same for the same value. */
function valueKey(number: string): string {
  const [, whole = "", part = "", power = "0"] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
  const digits = (whole + part).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "0" : `${kept}e${Number(power) - part.length + digits.length - kept.length}`;
}

const isHeld = (number: string): boolean => (/^-?\d+$/.test(number) ? Number.isSafeInteger(Number(number)) : valueKey(String(Number(number))) === valueKey(number));

/** JSON text with marks. If the original text begins with the mark, a second mark is added. */
export function marked(json: string): string {
  if (!LIKELY.test(json)) return json;
  return json.replace(TOKENS, (token) => {
    if (token.startsWith('"')) return BEGINS_MARKED.test(token) ? `"${MARK}${token.slice(1)}` : token;
    return isHeld(token) ? token : `"${MARK}${token}"`;
  });
}

/** JSON text with numbers in place of their marks. */
export function unmarked(json: string): string {
  if (!json.includes(MARK)) return json;
  return json.replace(TEXTS, (token) => (MARKED.test(token) ? token.slice(2, -1) : token.startsWith(`"${MARK}`) ? `"${token.slice(2)}` : token));
}

/** The value of JSON text. Throws where it is none. */
export const valueOf = (json: string): unknown => JSON.parse(marked(json)) as unknown;

/** A value as JSON text, for people or for a field; `null` for nothing. */
export const jsonOf = (value: unknown, indent = 0): string => unmarked(JSON.stringify(value, null, indent) ?? "null");

/** What the API shows in place of a sensitive value. */
export const REDACTED = "[redacted]";

/** Whether a text within the portal is a number. */
export const isNumber = (text: string): boolean => MARKED.test(`"${text}"`);
