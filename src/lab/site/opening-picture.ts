/** The opening as one picture, for readers without scripts and for what a sent link shows. */

import { palette } from '../../analysis/palette.js';
import { type Arc, arcsOf, CELL } from '../panels/drawing/arcs.js';
import { escaped } from '../panels/drawing/sequence-svg.js';
import { percent } from '../panels/wording/reading.js';
import type { OpeningFrame } from './opening-frames.js';
import { OPENING } from './opening-run.js';
import { MEMORIES } from './opening-words.js';

/** The shape that pages cut a sent picture to. */
const WIDTH = 600;
const HEIGHT = 315;
const GROUND = { light: '#fdfdfc', dark: '#17181c' };

/** `both`: it follows the reader's colour scheme; a sent picture is light. */
export function openingSvg(frame: OpeningFrame, scheme: 'light' | 'both'): string {
  const letters = [...OPENING.text.replaceAll(' ', '␣')];
  const T = letters.length;
  const [above, below] = frame.attention;
  const arcs = arcsOf(T, T - 1, above, below);
  const guess = frame.next[0]!;
  const text = letters.map((letter, t) => {
    const role = t === arcs.read ? ' class="first-ink" font-weight="bold"' : '';
    return `<text x="${arcs.x(t)}" y="${arcs.baseline}"${role}>${escaped(letter)}</text>`;
  });
  const looks = [...arcs.above.map((arc) => drawn(arc, 'fourth')), ...arcs.below.map((arc) => drawn(arc, 'first'))];
  const heading = 'How a transformer learns to read its context';
  const told = `After ${frame.step} steps of training the model reads “${OPENING.text}” and expects “${guess.letter}” with ${percent(guess.probability)}.`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="'DejaVu Sans', system-ui, sans-serif" font-size="12">` +
    `<title>${escaped(`${heading}. ${told}`)}</title><style>${styleOf(scheme)}</style>` +
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>` +
    `<text class="ink" x="24" y="32" font-size="19" font-weight="bold">${heading}</text>` +
    `<g transform="translate(16 50) scale(1.18)"><g fill="none" stroke-linecap="round">${looks.join('')}</g>` +
    `<rect class="frame" x="${arcs.x(T - 1) - CELL / 2 + 2}" y="${arcs.baseline - 19}" width="${CELL - 4}" height="27" rx="4"/>` +
    `<g class="ink" font-family="'DejaVu Sans Mono', ui-monospace, monospace" font-size="20" text-anchor="middle">${text.join('')}` +
    `<text class="soft" x="${arcs.x(T)}" y="${arcs.baseline}" font-weight="bold">${escaped(guess.letter)}</text></g></g>` +
    bars(frame) +
    '</svg>\n'
  );
}

/** The three memories, side by side at the foot. */
function bars({ recall }: OpeningFrame): string {
  const room = (WIDTH - 48) / MEMORIES.length;
  return MEMORIES.map(({ symbol, does, color }, n) => {
    const x = 24 + n * room;
    const width = room - 16;
    return (
      `<text class="soft" x="${x}" y="${HEIGHT - 34}" font-size="10.5">${symbol.replace('_', '')} ${does}</text>` +
      `<text class="ink" x="${x + width}" y="${HEIGHT - 34}" font-size="10.5" font-weight="bold" text-anchor="end">${percent(recall[n]!)}</text>` +
      `<rect class="track" x="${x}" y="${HEIGHT - 27}" width="${width}" height="9" rx="2"/>` +
      `<rect class="${color}" x="${x}" y="${HEIGHT - 27}" width="${(width * recall[n]!).toFixed(1)}" height="9" rx="2"/>`
    );
  }).join('');
}

function drawn({ path, width, opacity }: Arc, color: 'first' | 'fourth'): string {
  return `<path class="${color}-line" d="${path}" stroke-width="${width}" stroke-opacity="${opacity}"/>`;
}

function styleOf(scheme: 'light' | 'both'): string {
  return rules('light') + (scheme === 'both' ? `@media(prefers-color-scheme:dark){${rules('dark')}}` : '');
}

function rules(scheme: 'light' | 'dark'): string {
  const [ink, soft, track, first, second, fourth] = (['ink', 'soft', 'tint', 'first', 'second', 'fourth'] as const).map(
    (name) => palette[name][scheme],
  );
  const ground = GROUND[scheme];
  return (
    `.ink{fill:${ink}}.soft{fill:${soft}}.ground{fill:${ground}}.track{fill:${track}}` +
    `.first{fill:${first}}.second{fill:${second}}.fourth{fill:${fourth}}.first-ink{fill:${first}}` +
    `.first-line{stroke:${first}}.fourth-line{stroke:${fourth}}.frame{fill:none;stroke:${second};stroke-width:2}`
  );
}
