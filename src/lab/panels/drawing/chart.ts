/** One chart of lines over the steps, by uPlot: the lines of a `Chart`, the shown step marked; a press chooses one. */
import './webkit-locale.js';
import { css } from 'lit';
import uPlot from 'uplot';
import type { MetricsRecord } from '../../../analysis/record.js';
import type { ColorName } from '../wording/series.js';
import { type Chart, measured, nearestRecord, placeOf, stepTicks, topOf } from '../wording/series.js';
import type { ColorOf } from './palette.js';

/** All of uPlot's own parts that these charts have. */
export const CHART_STYLE = css`
  .plot { min-height: 200px; overflow: hidden; }
  .sample { flex: none; }
  .sample .first { stroke: var(--_first); }
  .sample .second { stroke: var(--_second); }
  .sample .third { stroke: var(--_third); }
  .sample .fourth { stroke: var(--_fourth); }
  .sample .fifth { stroke: var(--_fifth); }
  .sample .reference { stroke: var(--_reference); }
  .uplot { width: min-content; }
  .u-wrap { position: relative; user-select: none; }
  .u-over, .u-under, .u-axis { position: absolute; }
  .u-over { cursor: ew-resize; touch-action: pan-y; }
  .u-select, .u-cursor-y, .u-cursor-pt, .u-off { display: none; }
  .u-cursor-x {
    position: absolute;
    inset-block: 0;
    inset-inline-start: 0;
    pointer-events: none;
    border-inline-end: 1px solid var(--_edge);
  }
  .uplot canvas { width: 100%; height: 100%; }
`;

export interface ChartData {
  readonly records: readonly MetricsRecord[];
  readonly shown: number;
  readonly logarithmic: boolean;
}

export interface DrawnChart {
  /** Draws anew, in the palette's colours of now. */
  draw(data: ChartData, colors: ColorOf): void;
  /** To the width of its place. */
  fit(width: number): void;
  destroy(): void;
}

const HEIGHT = 200;
const FONT = '12px system-ui, sans-serif';
const DOT = 4;

/** `goTo` is called with a record's index while the reader presses on the chart. */
export function drawChart(place: HTMLElement, chart: Chart, goTo: (index: number) => void): DrawnChart {
  let now: ChartData = { records: [], shown: 0, logarithmic: false };
  let colorOf: ColorOf = () => '#000';
  const color = (name: ColorName) => () => colorOf(name);
  const last = () => now.records.at(-1)?.iter ?? 1;

  const axis = { stroke: color('soft'), font: FONT, labelFont: FONT, ticks: { show: false } };
  const plot = new uPlot(
    {
      width: Math.max(place.clientWidth, 1),
      height: HEIGHT,
      legend: { show: false },
      padding: [10, 12, 0, 0],
      cursor: { drag: { x: false, y: false, setScale: false }, points: { show: false }, y: false },
      scales: {
        x: { time: false, range: () => [0, placeOf(Math.max(last(), 1), now.logarithmic)] },
        y: { range: () => [0, topOf(chart, now.records)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          label: 'training step',
          labelSize: 18,
          size: 26,
          splits: (u) => {
            const ticks = stepTicks(last(), now.logarithmic, u.bbox.width / devicePixelRatio);
            return ticks.map((step) => placeOf(step, now.logarithmic));
          },
          values: (u) => stepTicks(last(), now.logarithmic, u.bbox.width / devicePixelRatio).map(String),
        },
        {
          ...axis,
          size: 46,
          grid: { stroke: color('line'), width: 1 },
          ...(chart.top === 1 ? { splits: () => [0, 0.25, 0.5, 0.75, 1] } : {}),
          values: (_, splits) => splits.map((value) => (chart.top === 1 ? `${100 * value}%` : String(value))),
        },
      ],
      series: [
        {},
        ...chart.series.map(
          (line): uPlot.Series => ({
            stroke: color(line.color),
            width: line.width,
            dash: [...line.dash],
            spanGaps: true,
            points: { show: false },
          }),
        ),
      ],
      hooks: { draw: [(u) => markShown(u, chart, now, colorOf)] },
    },
    columns(chart, now),
    place,
  );

  const pressed = (event: PointerEvent) => {
    if ((event.buttons & 1) === 0 || now.records.length === 0) return;
    const at = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x');
    goTo(nearestRecord(now.records, at, now.logarithmic));
  };
  plot.over.addEventListener('pointerdown', pressed);
  plot.over.addEventListener('pointermove', pressed);

  return {
    draw(data, colors) {
      now = data;
      colorOf = colors;
      plot.setData(columns(chart, now));
    },
    fit(width) {
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
    },
    destroy: () => plot.destroy(),
  };
}

function columns(chart: Chart, { records, logarithmic }: ChartData): uPlot.AlignedData {
  return [
    records.map(({ iter }) => placeOf(iter, logarithmic)),
    ...chart.series.map(({ key }) => records.map((record) => measured(record, key))),
  ];
}

/** A line at the shown step and a dot on each curve; the step's number stands in the dock alone. */
function markShown(u: uPlot, chart: Chart, { records, shown, logarithmic }: ChartData, colorOf: ColorOf): void {
  const record = records[shown];
  if (record === undefined) return;
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const x = u.valToPos(placeOf(record.iter, logarithmic), 'x', true);
  ctx.save();
  ctx.setLineDash([]);
  ctx.fillStyle = colorOf('ink');
  ctx.fillRect(Math.round(x - ratio / 2), bbox.top, Math.max(1, Math.round(ratio)), bbox.height);
  for (const { key, color } of chart.series) {
    const value = measured(record, key);
    if (value === null) continue;
    ctx.beginPath();
    ctx.arc(x, u.valToPos(value, 'y', true), DOT * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = colorOf(color);
    ctx.fill();
    ctx.lineWidth = 1.5 * ratio;
    ctx.strokeStyle = colorOf('ground');
    ctx.stroke();
  }
  ctx.restore();
}
