/** HTML as a tagged template: every value that is put in is escaped, unless it is markup itself. */

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
