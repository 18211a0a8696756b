import type { Table } from "../table.ts";
import { empty, html, type Markup } from "./markup.ts";

/** A sortable table in a box that scrolls by itself on a narrow page. */
export function tableMarkup(table: Table): Markup {
  const heads = table.columns.map(
    ({ name, numeric }) => html`<th scope="col" aria-sort="none" class="${numeric ? "number" : "word"}"><button type="button">${breakable(name)}</button></th>`,
  );
  const rows = table.rows.map(
    ({ control, cells }) =>
      html`<tr class="${control ? "control" : "arm"}">${cells.map((cell, i) => cellMarkup(cell, { column: table.columns[i]!, first: i === 0 }))}</tr>\n`,
  );
  const more = table.left === 0 ? empty : html`<p class="caption">${table.left} more rows are in the sweep's results.</p>`;
  return html`<div class="scroll" role="region" aria-label="${table.title}" tabindex="0"><table aria-label="${table.title}">
<thead><tr>${heads}</tr></thead>
<tbody>
${rows}</tbody></table></div>${more}`;
}

/** A dotted or camel-case name that may break into lines between its words. */
function breakable(name: string): Markup[] {
  return name.split(/(?<=\.)|(?<=[a-z])(?=[A-Z])/).map((part, i) => (i === 0 ? html`${part}` : html`<wbr>${part}`));
}

function cellMarkup(cell: Table["rows"][number]["cells"][number], { column, first }: { column: Table["columns"][number]; first: boolean }): Markup {
  const kind = [column.numeric ? "number" : column.prose === true ? "text" : "word", cell.kind ?? ""].join(" ").trim();
  const value = cell.value ?? (column.numeric ? "" : undefined);
  // An empty value keeps a row without a number last, whichever way the column is sorted.
  const sorted = value === undefined ? empty : html` data-value="${value}"`;
  return first ? html`<th scope="row"${sorted}>${cell.text}</th>` : html`<td class="${kind}"${sorted}>${cell.text}</td>`;
}
