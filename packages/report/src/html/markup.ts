/** Text that is HTML already; anything else is escaped when it is put in. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | readonly Markup[];

/** Text for HTML content and for double- or single-quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function write(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}

/** Template tag: every value is escaped unless it is Markup or a list of it. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.reduce((text, string, i) => text + write(parts[i - 1] ?? "") + string) };
}

/** Trusted text: our own figures, style and script. */
export function raw(markup: string): Markup {
  return { markup };
}

/** Nothing. */
export const empty: Markup = { markup: "" };
