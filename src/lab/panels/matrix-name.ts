/** Names of matrices as a page shows them. */
import { html, type TemplateResult } from 'lit';

/** W_K² of layer 2 with its K set low, also inside a longer text. */
export function matrixName(text: string): TemplateResult {
  const [before = '', ...rest] = text.split('_');
  return html`${before}${rest.map((part) => html`<sub>${part.slice(0, 1)}</sub>${part.slice(1)}`)}`;
}
