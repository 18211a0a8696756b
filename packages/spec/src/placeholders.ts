/** A piece of an argument: text, or the name that stands in braces. */
export type ArgPart = string | { readonly name: string };

/** A brace that neither opens nor closes a placeholder. */
export class PlaceholderError extends Error {
  override readonly name = "PlaceholderError";
}

const piece = /\{\{|\}\}|\{(?<name>[^{}]*)\}|(?<lone>[{}])|[^{}]+/g;

/** Splits `--lr={learningRate}` at its placeholders; `{{` and `}}` are braces themselves. @throws PlaceholderError */
export function argParts(arg: string): ArgPart[] {
  return [...arg.matchAll(piece)].map(({ 0: text, groups }) => {
    if (groups?.["lone"] !== undefined) throw new PlaceholderError(`"${text}" stands alone: write ${text}${text} for a brace, {name} for a parameter's value`);
    if (groups?.["name"] !== undefined) return { name: groups["name"] };
    return text === "{{" || text === "}}" ? text.slice(1) : text;
  });
}

/** The arguments with every `{name}` replaced; text as it is, anything else as JSON. @throws PlaceholderError, RangeError for a name without a value */
export function fillPlaceholders(args: readonly string[], values: Readonly<Record<string, unknown>>): string[] {
  const filled = (part: ArgPart): string => {
    if (typeof part === "string") return part;
    if (!Object.hasOwn(values, part.name)) throw new RangeError(`no value for the placeholder {${part.name}}`);
    const value = values[part.name];
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  return args.map((arg) => argParts(arg).map(filled).join(""));
}
