/** Rows as aligned columns, without borders; the last column takes what is left of the width and is cut there. */
export function textTable(rows: readonly (readonly string[])[], width: number): string {
  const columnCount = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columnCount }, (_, column) =>
    Math.max(0, ...rows.map((row) => visibleLength(row[column] ?? ''))),
  )
  return rows.map((row) => printRow(row, widths, width)).join('\n')
}

function printRow(row: readonly string[], widths: readonly number[], width: number): string {
  const last = row.length - 1
  const head = row.slice(0, last).map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)))
  const used = widths.slice(0, last).reduce((sum, columnWidth) => sum + columnWidth + 2, 0)
  return [...head, shorten(row[last] ?? '', Math.max(20, width - used))].join('  ').trimEnd()
}

/** Cuts a text to so many characters, the last of them an ellipsis. A coloured text is left whole. */
export function shorten(text: string, length: number): string {
  const isPlain = visibleLength(text) === text.length
  return isPlain && text.length > length ? `${text.slice(0, length - 1)}…` : text
}

function visibleLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the escape character is what colours begin with
  return text.replaceAll(/\u001B\[\d+m/g, '').length
}
