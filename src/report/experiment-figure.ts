/** The figure of an experiment: panels over a common axis, each line one column of a table of measurements. */
import type { Row } from '../analysis/record.js';
import {
  type Column,
  type Line,
  panelGrid,
  type Stroke,
  strokeOf,
  strokeOfMeasure,
  type VerticalAxis,
} from './panel-grid.js';
import { median, type RunEvent } from './records.js';
import { sheetToString, svgDocument } from './svg.js';

/** Rows of measurements by the name of the run or table that they belong to. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

/** What a figure shows, as data: lines over a common axis, in panels one below the other. */
export interface ExperimentFigure {
  /** The key that runs along the horizontal axis, and its name. */
  readonly x: { readonly key: string; readonly axis: string; readonly logarithmic: boolean };
  readonly panels: readonly ExperimentPanel[];
  /** Vertical rules, like the step at which a matrix is released. */
  readonly rules: readonly { readonly at: number; readonly label: string }[];
}

export interface ExperimentPanel {
  readonly title: string;
  /** Name and unit of the vertical axis. */
  readonly axis: string;
  /** Ends of the vertical axis; null: from the data. */
  readonly range: readonly [low: number, high: number] | null;
  readonly lines: readonly ExperimentLine[];
  /** Panels of one name stand below each other, columns side by side; every column has the same panels. */
  readonly column?: string;
}

/** A column of a table. */
export interface ExperimentLine {
  readonly run: string;
  readonly key: string;
  readonly label: string;
  /** What the paper's curve reads at some places of the horizontal axis. */
  readonly paper?: readonly (readonly [x: number, value: number])[];
}

/** Draws the tables of every seed: the median as a line, the range as a band. */
export function experimentFigure(
  figure: ExperimentFigure,
  seeds: readonly Tables[],
  title: string,
  subtitle: string,
): string {
  const { x, panels, rules } = figure;
  const names = [...new Set(panels.map(({ column }) => column))];
  const events: RunEvent[] = rules.map(({ at, label }) => ({ step: at, label }));
  const columns = names.map((name): Column => {
    const lines = panels
      .filter(({ column }) => column === name)
      .map((panel) => {
        const strokes = strokesOf(panel.lines);
        return panel.lines.map((line, at) => drawn(line, strokes[at]!, x.key, seeds));
      });
    return { ...(name === undefined ? {} : { name }), events, lines };
  });
  const first = panels.filter(({ column }) => column === names[0]);
  const axes = first.map(({ title: name, axis, range }): VerticalAxis => {
    const heading = name === axis ? name : `${name}: ${axis}`;
    return range === null ? { title: heading } : { title: heading, domain: range };
  });
  const document = svgDocument();
  const grid = panelGrid(document, axes, columns, { label: x.axis, logarithmic: x.logarithmic });
  const marked = panels.some(({ lines }) => lines.some(({ paper }) => paper !== undefined));
  const legend = marked ? `${subtitle}; ◇ paper, read off its figure` : subtitle;
  return sheetToString(document, { ...grid, title, subtitle: legend });
}

/** Each measure in its own colour, unless lines of one measure, of several runs, have to be told apart. */
function strokesOf(lines: readonly ExperimentLine[]): Stroke[] {
  const keys = lines.map(({ key }) => key).filter((key) => !key.startsWith('baseline'));
  const distinct = new Set(keys).size === keys.length;
  return lines.map(({ key }, at) => {
    const own = distinct || key.startsWith('baseline') ? strokeOfMeasure(key) : null;
    return own ?? strokeOf(at);
  });
}

function drawn(line: ExperimentLine, usual: Stroke, x: string, seeds: readonly Tables[]): Line {
  const { run, key, label, paper = [] } = line;
  const values = new Map<number, number[]>();
  for (const tables of seeds) {
    for (const row of tables[run] ?? []) {
      const step = row[x];
      if (typeof step !== 'number') continue;
      const value = row[key] ?? null;
      values.set(step, [...(values.get(step) ?? []), ...(value === null ? [] : [value])]);
    }
  }
  const sorted = [...values].map(([step, all]) => ({ step, all: all.sort((a, b) => a - b) }));
  return {
    label,
    stroke: usual,
    points: sorted.map(({ step, all }) => ({ step, value: median(all) })),
    spread: sorted.flatMap(({ step, all }) => (all.length > 1 ? [{ step, low: all[0]!, high: all.at(-1)! }] : [])),
    marks: paper.map(([step, value]) => ({ step, value })),
  };
}
