/** A tree given as rows with depths: who is whose child, and which rows are seen. */

interface Row {
  readonly key: string;
  readonly kind: string;
  readonly depth: number;
}

export interface RowFilter {
  /** Lower-case words of the name or the kind; empty for all. */
  readonly text: string;
  readonly kind: string;
}

export function hasChildren(rows: readonly Row[], i: number): boolean {
  return (rows[i + 1]?.depth ?? -1) > (rows[i]?.depth ?? 0);
}

/** The row above that is one level up; undefined at the top. */
export function parentOf(rows: readonly Row[], i: number): number | undefined {
  const depth = rows[i]?.depth ?? 0;
  for (let p = i - 1; p >= 0; p--) if ((rows[p]?.depth ?? 0) < depth) return p;
  return undefined;
}

/** Rows that a search or kind leaves (with the rows they stand in), else those under no closed row. */
export function visibleRows(
  rows: readonly Row[],
  closed: ReadonlySet<number>,
  filter: RowFilter,
): number[] {
  if (filter.text || filter.kind) return filtered(rows, filter);
  const shown: number[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  rows.forEach((row, i) => {
    if (row.depth > hiddenBelow) return;
    shown.push(i);
    hiddenBelow = closed.has(i) ? row.depth : Number.POSITIVE_INFINITY;
  });
  return shown;
}

/** Whether a row itself answers to a filter. */
export function answers(row: Row, { text, kind }: RowFilter): boolean {
  return (!kind || row.kind === kind) && `${row.key} ${row.kind}`.toLowerCase().includes(text);
}

function filtered(rows: readonly Row[], filter: RowFilter): number[] {
  const keep = new Set<number>();
  rows.forEach((row, i) => {
    if (!answers(row, filter)) return;
    for (let p: number | undefined = i; p !== undefined && !keep.has(p); p = parentOf(rows, p))
      keep.add(p);
  });
  return [...keep].sort((a, b) => a - b);
}
