/** The figure of an experiment: panels over a common axis, each line one column of a table of measurements. */
import type { Row } from '../analysis/record.js';
import { COLORS, type Line, panelGrid, strokeOf, type VerticalAxis } from './panel-grid.js';
import type { RunEvent } from './records.js';
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
  /** A column of a table each. */
  readonly lines: readonly { readonly run: string; readonly key: string; readonly label: string }[];
}

/** Draws the tables of one seed. */
export function experimentFigure(figure: ExperimentFigure, tables: Tables, title: string, subtitle: string): string {
  const { x, panels, rules } = figure;
  const lines = panels.map((panel) =>
    panel.lines.map(({ run, key, label }, at): Line => {
      const points = (tables[run] ?? []).flatMap((row) => {
        const step = row[x.key];
        return typeof step === 'number' ? [{ step, value: row[key] ?? null }] : [];
      });
      return { label, stroke: key.startsWith('baseline') ? { color: COLORS.grey, dash: '2 4' } : strokeOf(at), points };
    }),
  );
  const axes = panels.map(({ title: name, axis, range }): VerticalAxis => {
    const heading = name === axis ? name : `${name}: ${axis}`;
    return range === null ? { title: heading } : { title: heading, domain: range };
  });
  const events: RunEvent[] = rules.map(({ at, label }) => ({ step: at, label }));
  const document = svgDocument();
  const grid = panelGrid(document, axes, [{ events, lines }], { label: x.axis, logarithmic: x.logarithmic });
  return sheetToString(document, { ...grid, title, subtitle });
}
