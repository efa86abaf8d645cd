/** A figure in a page: drawn in place, and to take along as SVG and PNG without a network or a script. */
import { html, type Markup, trusted } from './markup.js';
import { type Rasterizer, sharpWidth } from './raster.js';
import { plainLine } from './text.js';

export interface PageFigure {
  /** The downloads' names, without their endings; not yet fit for a file system. */
  readonly file: string;
  readonly svg: string;
  readonly caption: string;
}

/** Without a rasterizer there is no PNG to take. */
export async function figureMarkup(figure: PageFigure, raster: Rasterizer | undefined): Promise<Markup> {
  const { svg, caption } = figure;
  const name = fileName(figure.file);
  const links = [link(`${name}.svg`, 'SVG', `data:image/svg+xml;base64,${base64(new TextEncoder().encode(svg))}`)];
  if (raster !== undefined) {
    const png = await raster.toPng(svg, sharpWidth(svg));
    links.push(link(`${name}.png`, 'PNG', `data:image/png;base64,${base64(png)}`));
  }
  return html`<figure>
<div class="scroll" tabindex="0" role="group" aria-label="${caption}">${trusted(svg)}</div>
<figcaption>${caption} <span class="take">${links}</span></figcaption>
</figure>
`;
}

function link(file: string, kind: string, data: string): Markup {
  return html`<a download="${file}" href="${data}" aria-label="Download ${file}">${kind}</a> `;
}

/** Letters and digits of any script, the rest as hyphens. */
export function fileName(text: string): string {
  const name = plainLine(text, 60)
    .replace(/[^\p{L}\p{N}._]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'figure' : name;
}

const PIECE = 0x8000;

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}
