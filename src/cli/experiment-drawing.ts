/** The figure of an experiment's result, with what it was measured on below the title. */
import type { ExperimentResult } from '../experiments/runner.js';
import { experimentFigure } from '../report/experiment-figure.js';

/** What the files of an experiment hold: what was measured, and on what. */
export type Recorded = ExperimentResult & {
  readonly title: string;
  readonly source: string;
  readonly corpus: string;
};

export function drawnFigure({ title, source, scale, corpus, seeds, curves, figure }: Recorded): string {
  const of = seeds.length > 1 ? 'seeds' : 'seed';
  return experimentFigure(figure, curves, title, `${source}; ${scale} scale, ${corpus}, ${of} ${seeds.join(', ')}`);
}
