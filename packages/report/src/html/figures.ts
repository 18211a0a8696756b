import { curveFigure, curveSeries, isLogarithmic } from "../figures/curves.ts";
import { EFFECT_ROWS, effectFigure, effectRows } from "../figures/effects.ts";
import { frontierFigure } from "../figures/frontier.ts";
import { suffixOf } from "../format.ts";
import type { CurveFigure, Frontier, Summary } from "../summary.ts";
import { empty, html, type Markup, raw } from "./markup.ts";

/** Effects against the control, with how to read them. */
export function effectsMarkup(summary: Summary): Markup {
  const figure = effectFigure(summary);
  if (figure === undefined) return empty;
  const { left } = effectRows(summary);
  const more = left > 0 ? ` The ${EFFECT_ROWS} arms with the largest differences; ${left} more are in the table.` : "";
  return html`<figure>${raw(figure)}<figcaption>Mean paired difference with its 95 % interval (t, one comparison at a time); small dots are the replicates. Filled: the corrected exact p is at most ${summary.reach.alpha}.${more}</figcaption></figure>`;
}

/** One learning-curve figure with its legend. */
export function curvesMarkup(figure: CurveFigure, summary: Summary): Markup {
  const series = curveSeries(figure, summary);
  const legend =
    series === undefined
      ? html`<p class="caption">Solid: the arm of the panel. Dashed grey: its control.</p>`
      : html`<ul class="legend">${series.map(({ label, color, dash }) => html`<li><svg viewBox="0 0 32 10" aria-hidden="true"><line x1="0" x2="32" y1="6" y2="6" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>${label}</li>`)}</ul>`;
  const what = isLogarithmic(figure) ? "Median and quartiles over the replicates" : "Mean and one sample standard deviation over the replicates";
  const left = summary.arms.length - figure.arms.length;
  const more = left > 0 ? ` ${left} arms have no curve here.` : "";
  return html`<figure><h3>${figure.metric}${suffixOf(figure.metric) === "" ? "" : ` (${suffixOf(figure.metric).trim()})`}</h3>${legend}${raw(curveFigure(figure, summary))}<figcaption>${what} of each arm${summary.tuned.length > 0 ? " at its chosen tuned values" : ""}.${more}</figcaption></figure>`;
}

/** The headline metric against a tradeoff. */
export function frontierMarkup(frontier: Frontier, summary: Summary): Markup {
  return html`<figure>${raw(frontierFigure(frontier, summary))}<figcaption>Mean ± one sample standard deviation. Filled dots on the dashed line: no other arm is at least as good in both and better in one.</figcaption></figure>`;
}
