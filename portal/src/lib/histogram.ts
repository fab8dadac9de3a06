/** How many times fall into each of so many equal parts from begin to end, all in milliseconds. The end belongs to the last part. */
export function histogram(times: readonly number[], begin: number, end: number, parts: number): number[] {
  const counts = new Array<number>(parts).fill(0);
  const width = Math.max(1, end - begin) / parts;
  for (const time of times) {
    const at = Math.min(parts - 1, Math.max(0, Math.floor((time - begin) / width)));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}
