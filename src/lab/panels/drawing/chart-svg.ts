/** A chart as an SVG file: light, whole, with its legend inside, for a reader who has nothing else beside it. */

import { palette } from '../../../analysis/palette.js';
import { type Chart, measured, placeOf, stepTicks, topOf } from '../wording/series.js';
import type { ChartData } from './chart.js';
import { escaped } from './sequence-svg.js';

const WIDTH = 640;
const PLOT = { left: 52, width: 568, height: 240 };
/** A legend of more than three names takes two lines. */
const IN_A_LINE = 3;

export function chartSvg(chart: Chart, { records, logarithmic }: ChartData): string {
  const last = Math.max(records.at(-1)?.iter ?? 1, 1);
  const top = topOf(chart, records);
  const x = (step: number) => PLOT.left + (placeOf(step, logarithmic) / placeOf(last, logarithmic)) * PLOT.width;
  const lines = chart.series.length > IN_A_LINE ? 2 : 1;
  const plotTop = 44 + 20 * lines;
  const y = (value: number) => plotTop + (1 - value / top) * PLOT.height;
  const bottom = plotTop + PLOT.height;
  const parts: string[] = [];
  for (const value of rungs(top)) {
    parts.push(
      `<path d="M${PLOT.left} ${round(y(value))}h${PLOT.width}" stroke="${palette.line.light}"/>`,
      `<text x="${PLOT.left - 8}" y="${round(y(value) + 4)}" text-anchor="end">${value}</text>`,
    );
  }
  for (const step of stepTicks(last, logarithmic, PLOT.width)) {
    parts.push(`<text x="${round(x(step))}" y="${bottom + 18}" text-anchor="middle">${step}</text>`);
  }
  parts.push(
    `<text x="${PLOT.left + PLOT.width / 2}" y="${bottom + 38}" text-anchor="middle">training step</text>`,
    `<text x="12" y="22" font-size="15" font-weight="bold">${escaped(chart.title)}</text>`,
    `<text x="${WIDTH - 20}" y="22" text-anchor="end">${escaped(chart.unit)}</text>`,
  );
  const inLine = Math.ceil(chart.series.length / lines);
  let legend = 12;
  for (const [n, { key, label, color, dash, width }] of chart.series.entries()) {
    if (n % inLine === 0) legend = 12;
    const line = 44 + 20 * Math.floor(n / inLine);
    const stroke = `fill="none" stroke="${palette[color].light}" stroke-width="${width}" stroke-dasharray="${dash.join(' ')}"`;
    const points = records.flatMap((record) => {
      const value = measured(record, key);
      return value === null ? [] : [`${round(x(record.iter))} ${round(y(value))}`];
    });
    parts.push(
      `<path d="M${legend} ${line}h28" ${stroke}/>`,
      `<text x="${legend + 34}" y="${line + 4}">${escaped(label)}</text>`,
      ...(points.length === 0 ? [] : [`<path d="M${points.join('L')}" ${stroke} stroke-linejoin="round"/>`]),
    );
    legend += 46 + 6.3 * label.length;
  }
  const height = bottom + 52;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="#1d1d1f"><title>${escaped(chart.title)}</title>` +
    `<rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>\n`
  );
}

/** Round values from 0 to `top`, four to eight of them. */
function rungs(top: number): number[] {
  const power = 10 ** Math.floor(Math.log10(top / 4));
  const gap = [1, 2, 5, 10].map((factor) => factor * power).find((size) => top / size <= 8)!;
  return Array.from({ length: Math.floor(top / gap) + 1 }, (_, n) => Number((n * gap).toPrecision(6)));
}

function round(pixels: number): number {
  return Math.round(10 * pixels) / 10;
}
