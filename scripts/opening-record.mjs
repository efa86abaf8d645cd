/**
 * Records the opening of the page: trains its run and writes what the model makes of the text, every few steps, into
 * src/lab/site/opening-record.ts; and the picture for readers without scripts and for sent links.
 *
 *     npm run build && node scripts/opening-record.mjs
 */
import { writeFileSync } from 'node:fs';
import { loadRasterAssets } from '../dist/src/files/bytes.js';
import { readFrame } from '../dist/src/lab/site/opening-frames.js';
import { openingSvg } from '../dist/src/lab/site/opening-picture.js';
import { recordOpening } from '../dist/src/lab/site/opening-recorder.js';
import { createRasterizer } from '../dist/src/report/raster.js';

const place = (name) => new URL(`../src/lab/site/${name}`, import.meta.url);
const lines = await recordOpening();
const comment = '/** Written by scripts/opening-record.mjs; its form is that of opening-frames.ts. */';
writeFileSync(place('opening-record.ts'), `${comment}\nexport const RECORD = \`\n${lines.join('\n')}\n\`;\n`);
const last = readFrame(lines.at(-1));
writeFileSync(place('opening.svg'), openingSvg(last, 'both'));
const raster = createRasterizer(loadRasterAssets);
writeFileSync(place('opening.png'), await raster.toPng(openingSvg(last, 'light'), 1200));
