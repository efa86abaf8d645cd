/** Names of matrices as a page shows them. */
import { html, type TemplateResult } from 'lit';

const DIGITS = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/** W_K² of layer 2 with its K set low, also inside a longer text. */
export function matrixName(text: string): TemplateResult {
  const [before = '', ...rest] = text.split('_');
  return html`${before}${rest.map((part) => html`<sub>${part.slice(0, 1)}</sub>${part.slice(1)}`)}`;
}

/** A parameter as a reader of the page knows it: keys of layer 2 (W_K²). */
export function parameterName(parameter: string, layers: number): string {
  const [, index, part = ''] = /^layers\.(\d+)\.(.+)\.weight$/.exec(parameter) ?? [];
  if (index === undefined) return parameter.replace('.weight', '').replace('tok_embeddings', 'embeddings');
  const layer = Number(index) + 1;
  const MAPS: Readonly<Record<string, readonly [string, string]>> = {
    'attention.wq': ['queries', 'W_Q'],
    'attention.wk': ['keys', 'W_K'],
    'attention.wv': ['values', 'W_V'],
    'attention.wo': ['output', 'W_O'],
    ff: ['feed-forward', 'W_F'],
  };
  const [name, letter] = MAPS[part] ?? [part, ''];
  const whose = layers > 1 ? ` of layer ${layer}` : '';
  return letter === '' ? `${name}${whose}` : `${name}${whose} (${letter}${layer < 10 ? DIGITS[layer] : layer})`;
}
