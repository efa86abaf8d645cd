/**
 * HTML as a tagged template: every value that is put in is escaped, unless it is markup itself. And the parts that a
 * page is made of: sections, tables, and figures.
 */
import { plainLine } from './text.js';

export interface Markup {
  readonly markup: string;
}

export type Content = string | number | Markup | readonly Markup[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let markup = strings[0]!;
  for (const [at, value] of values.entries()) markup += written(value) + strings[at + 1]!;
  return { markup };
}

/** Markup that was made elsewhere: a figure's SVG. Never text from outside. */
export function trusted(markup: string): Markup {
  return { markup };
}

function written(value: Content): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

/** A section under a heading. */
export function section(id: string, heading: string, ...content: readonly (Markup | readonly Markup[])[]): Markup {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
${content.flat()}</section>
`;
}

/** A summary that opens what is below it. */
export function details(
  summary: string,
  state: 'open' | 'closed',
  ...content: readonly (Markup | readonly Markup[])[]
): Markup {
  return html`<details${state === 'open' ? trusted(' open') : []}><summary>${summary}</summary>
${content.flat()}</details>
`;
}

/** A table in a box that scrolls; `head`: the cells of its heading. */
export function table(
  label: string,
  head: readonly Markup[],
  rows: readonly Markup[],
  caption: string | null = label,
): Markup {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table>
${caption === null ? [] : html`<caption>${caption}</caption>\n`}<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

export interface PageFigure {
  /** The downloads' names, without their endings; not yet fit for a file system. */
  readonly file: string;
  readonly svg: string;
  /** The same for a telephone; absent: `svg` scrolls there. */
  readonly narrow?: string;
  readonly caption: string;
}

/** The buttons save what is shown; the page's script lets them appear. */
export function figureMarkup({ file, svg, narrow, caption }: PageFigure): Markup {
  const name = fileName(file);
  const buttons = ['svg', 'png'].map((kind) => {
    const text = kind.toUpperCase();
    return html`<button type="button" data-save="${name}.${kind}" aria-label="Save ${name}.${kind}" hidden>${text}</button> `;
  });
  const drawing = (shape: string, markup: string) =>
    html`<div class="scroll ${shape}" tabindex="0" role="group" aria-label="${caption}">${trusted(markup)}</div>\n`;
  return html`<figure>
${narrow === undefined ? drawing('only', svg) : [drawing('wide', svg), drawing('narrow', narrow)]}<figcaption>${caption} <span class="take">${buttons}</span></figcaption>
</figure>
`;
}

/** Letters and digits of any script, the rest as hyphens. */
export function fileName(text: string): string {
  const name = plainLine(text, 60)
    .replace(/[^\p{L}\p{N}._]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'figure' : name;
}
