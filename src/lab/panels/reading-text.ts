/** A text that is typed, and the table of what was expected in it. */
import { html, type TemplateResult } from 'lit';
import { spokenSymbol, visibleSymbol } from '../../corpus/symbol-names.js';
import { type Place, percent, roleOf } from './wording/reading.js';

/** Empty where nothing is wrong. */
export function complaintAbout(length: number, unknown: readonly string[], most: number): string {
  if (unknown.length > 0) {
    const named = unknown.slice(0, 5).map((point) => `“${visibleSymbol(point)}”`);
    return `Not among the characters of the corpus: ${named.join(', ')}${unknown.length > 5 ? ', …' : ''}.`;
  }
  if (length < 1) return 'At least one character is needed.';
  if (length > most) return `${length} characters are too many: the model reads texts of at most ${most}.`;
  return '';
}

export function placesTable(places: readonly Place[], symbols: readonly string[]): TemplateResult {
  const symbol = (token: number) => spokenSymbol(symbols[token]!);
  return html`<table>
    <caption>What was expected of each letter</caption>
    <thead>
      <tr>
        <th scope="col" class="number">Position</th>
        <th scope="col">Letter</th>
        <th scope="col">Expected</th>
        <th scope="col" class="number">Its probability</th>
        <th scope="col">What it is</th>
      </tr>
    </thead>
    <tbody>
      ${places.map((place) => {
        const { expected, probability } = place;
        return html`<tr>
          <td class="number">${place.position}</td>
          <th scope="row">${symbol(place.token)}</th>
          <td>${expected === null ? '–' : `${place.right ? '✓' : '✗'} ${symbol(expected)}`}</td>
          <td class="number">${probability === null ? '–' : percent(probability)}</td>
          <td>${roleOf(place)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
