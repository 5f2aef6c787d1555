// A colour for each variant, the same wherever it is drawn; its name always stands beside it.

const COLOURS = 6;

/** A variable of theme/base.css, without `--tg-`. */
export type VariantColour = `v${1 | 2 | 3 | 4 | 5 | 6}`;

/** What means that nothing is different is drawn as nothing special. */
const PLAIN = new Set(["off", "false", "control", "none", "disabled"]);

/** By the variant's place among all of them, whose order the server keeps by name. */
export function colourOf(variants: readonly string[], variant: string): VariantColour | "quiet" {
  const coloured = [...variants].sort().filter((name) => !PLAIN.has(name.toLowerCase()));
  const at = coloured.indexOf(variant);
  return at < 0 ? "quiet" : (`v${(at % COLOURS) + 1}` as VariantColour);
}
