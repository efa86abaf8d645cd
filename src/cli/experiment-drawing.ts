/** Figures of an experiment's result. Loaded where one is drawn: the libraries behind it are most of the program. */

import type { Picture } from '../experiments/experiment.js';
import type { ExperimentResult } from '../experiments/runner.js';
import { loadRasterAssets } from '../files/bytes.js';
import { experimentFigure } from '../report/experiment-figure.js';
import { associationFigure, attentionFigure } from '../report/heatmaps.js';
import { createRasterizer, sharpWidth } from '../report/raster.js';

/** What the files of an experiment hold: what was measured, and on what. */
export type Recorded = ExperimentResult & {
  readonly title: string;
  readonly source: string;
  readonly corpus: string;
};

/** With what it was measured on below the title. */
export function drawnFigure({ title, source, scale, corpus, seeds, curves, figure }: Recorded): string {
  const of = seeds.length > 1 ? 'seeds' : 'seed';
  return experimentFigure(figure, curves, title, `${source}; ${scale} scale, ${corpus}, ${of} ${seeds.join(', ')}`);
}

export function pngOf(svg: string): Promise<Uint8Array> {
  return createRasterizer(loadRasterAssets).toPng(svg, sharpWidth(svg));
}

export function drawnPicture(picture: Picture): string {
  return 'matrix' in picture
    ? associationFigure(picture.matrix)
    : attentionFigure(picture.sample, { title: picture.title });
}
