/**
 * The page's style sheet. Figures bring their colours for a light ground as attributes; on a dark one each is replaced
 * by its partner in the palette, so that what is saved stays the figure as it was drawn.
 */
import { mapShades, palette, type Shade } from '../analysis/palette.js';
import { LEVELS } from './heatmaps.js';

const SHADES: readonly Shade[] = [...Object.values(palette), ...mapShades(LEVELS)];
const DARK = SHADES.flatMap(({ light, dark }) =>
  ['fill', 'stroke'].map((kind) => `figure [${kind}="${light}"] { ${kind}: ${dark}; }`),
);
const { ink, soft, ground, line, accent } = palette;

export const STYLE = `
:root { color-scheme: light dark; --ground: #f6f6f4; --card: ${ground.light}; --ink: ${ink.light}; --quiet: ${soft.light}; --rule: ${line.light}; --mark: #ffe9a8; --link: ${accent.light}; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181b; --card: ${ground.dark}; --ink: ${ink.dark}; --quiet: ${soft.dark}; --rule: ${line.dark}; --mark: #5a4a12; --link: ${accent.dark}; }
  ${DARK.join('\n  ')}
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
h1, h2, h3, td, th, p, figcaption { overflow-wrap: anywhere; }
p { max-width: 48rem; }
a { color: var(--link); }
figure { margin: 1rem 0; }
figcaption { color: var(--quiet); font-size: .9rem; }
.scroll { overflow-x: auto; }
.scroll svg { display: block; max-width: 100%; height: auto; }
.only svg { min-width: 40rem; }
.narrow { display: none; }
@media (max-width: 44rem) {
  body { padding: 1rem; }
  .wide { display: none; }
  th[scope=row] { min-width: 7rem; }
  .narrow { display: block; }
  .only { border-inline-end: 2px solid var(--quiet); }
  .only::after { content: 'scrolls sideways →'; position: sticky; inset-inline-start: 0; color: var(--quiet); font-size: .8rem; }
}
.tip { position: fixed; z-index: 1; max-width: 18rem; padding: .35rem .6rem; pointer-events: none; white-space: pre-line; background: var(--card); color: var(--ink); border: 1px solid var(--quiet); border-radius: .3rem; font-size: .8rem; font-variant-numeric: tabular-nums; }
.tip[hidden] { display: none; }
.take { white-space: nowrap; }
.take button { margin-left: .5rem; min-width: 2.75rem; min-height: 2.75rem; font: inherit; color: var(--link); background: none; border: 1px solid var(--rule); border-radius: .3rem; cursor: pointer; }
.take button[hidden] { display: none; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .25rem; }
th, td { padding: .2rem .75rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th[scope=row] { min-width: 18rem; font-weight: 500; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.differs td, tr.differs th { background: var(--mark); font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(12rem, max-content) 1fr; gap: .2rem 1rem; font-size: .9rem; max-width: 60rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { display: block; } }
code { font-family: ui-monospace, monospace; }
.sequence { font-size: 1.05rem; letter-spacing: .08em; overflow-wrap: anywhere; }
.sequence mark { background: var(--mark); color: inherit; font-weight: 700; }
.sequence mark.wrong { text-decoration: underline wavy; }
summary { cursor: pointer; padding: .25rem 0; }
@media print { .take { display: none; } body { max-width: none; padding: 0; } }
`;
