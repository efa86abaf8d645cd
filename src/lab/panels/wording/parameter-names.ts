/** Names of matrices as a page shows them. */
import { html, type TemplateResult } from 'lit';
import { symbolOf } from '../../../analysis/measures.js';

const MAPS: Readonly<Record<string, string>> = {
  'attention.wq': 'queries',
  'attention.wk': 'keys',
  'attention.wv': 'values',
  'attention.wo': 'output',
  ff: 'feed-forward',
};

/** W_K² of layer 2 with its K set low, also inside a longer text. */
export function matrixName(text: string): TemplateResult {
  const [before = '', ...rest] = text.split('_');
  return html`${before}${rest.map((part) => html`<sub>${part.slice(0, 1)}</sub>${part.slice(1)}`)}`;
}

/** A parameter as a reader of the page knows it: keys of layer 2 (W_K²). */
export function parameterName(parameter: string, layers: number): string {
  const [, index, part = ''] = /^layers\.(\d+)\.(.+)\.weight$/.exec(parameter) ?? [];
  if (index === undefined) return parameter.replace('.weight', '').replace('tok_embeddings', 'embeddings');
  const whose = layers > 1 ? ` of layer ${Number(index) + 1}` : '';
  const symbol = symbolOf(parameter);
  return `${MAPS[part] ?? part}${whose}${symbol === null ? '' : ` (${symbol})`}`;
}
