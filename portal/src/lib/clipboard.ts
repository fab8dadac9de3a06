/** Copies a text; false where the browser refuses. Browsers offer their clipboard on https and on this machine alone: elsewhere the text of a selected field is copied. */
export async function copyText(text: string): Promise<boolean> {
  // The types of the browser know no page without it.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) return clipboard.writeText(text).then(() => true, () => false);
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "sr-only";
  field.value = text;
  // Beside an open dialog nothing takes the focus.
  ([...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
