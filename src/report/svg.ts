/**
 * SVG without a browser: Observable Plot draws on a linkedom document, a sheet puts its drawings together, and what
 * comes out is a string that stands alone. No style sheet, no id, no script, no colour that depends on the page: the
 * same bytes for the same input, readable on paper, on a light page and, as a light card, on a dark one.
 */
import { DOMParser } from 'linkedom';
import { palette } from '../analysis/palette.js';
import { plainLine } from './text.js';

export const INK = palette.ink.light;
/** Axes and what stands beside the matter: 7:1 on the card. */
export const QUIET = palette.soft.light;
export const RULE = palette.line.light;
export const CARD = palette.ground.light;
/** What PNGs are drawn with; Verdana has the same widths. */
export const FONT_FAMILY = 'DejaVu Sans, Verdana, sans-serif';

const NAMESPACE = 'http://www.w3.org/2000/svg';

export type Attributes = Readonly<Record<string, string | number>>;

/** A document that knows SVG alone. */
export function svgDocument(): Document {
  const parser = new DOMParser();
  return parser.parseFromString(`<svg xmlns="${NAMESPACE}"/>`, 'image/svg+xml') as unknown as Document;
}

export function element(
  document: Document,
  name: string,
  attributes: Attributes,
  children: readonly (Element | string)[] = [],
): SVGElement {
  const made = document.createElementNS(NAMESPACE, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** A drawing with its place on the sheet. */
export interface Placed {
  readonly x: number;
  readonly y: number;
  readonly drawing: Element;
  /** What a page that follows the pointer needs to know of it, as data-… */
  readonly data?: Attributes;
}

export interface Sheet {
  /** Of the drawings' area. */
  readonly width: number;
  readonly height: number;
  /** Above the drawings, and the figure's name for those who cannot see it. */
  readonly title: string;
  /** Lines below the title. */
  readonly subtitle?: string;
  readonly drawings: readonly Placed[];
}

const EDGE = 16;
const TITLE = 20;
const SUBTITLE = 16;
/** Mean width of a letter of DejaVu Sans, a wide font, at the size and weight of titles and of the lines below them. */
const TITLE_ADVANCE = 9.4;
const NOTE_ADVANCE = 6.6;

/** The finished figure: a heading, and the drawings below it, inside the card's edge. */
export function sheetToString(document: Document, sheet: Sheet): string {
  const title = plainLine(sheet.title);
  const children: Element[] = [];
  let top = EDGE;
  const write = (text: string, advance: number, row: number, attributes: Attributes) => {
    for (const line of wrapped(text, sheet.width / advance)) {
      children.push(element(document, 'text', { x: EDGE, y: top + row - 6, ...attributes }, [line]));
      top += row;
    }
  };
  write(title, TITLE_ADVANCE, TITLE, { 'font-size': 14, 'font-weight': 'bold' });
  for (const note of sheet.subtitle?.split('\n') ?? []) {
    write(plainLine(note), NOTE_ADVANCE, SUBTITLE, { 'font-size': 11, fill: QUIET });
  }
  top += 6;
  const width = Math.ceil(sheet.width + 2 * EDGE);
  const height = Math.ceil(top + sheet.height + EDGE);
  children.unshift(
    element(document, 'title', {}, [title]),
    element(document, 'rect', { width, height, rx: 6, fill: CARD }),
  );
  for (const { x, y, drawing, data = {} } of sheet.drawings) {
    const place = { transform: `translate(${EDGE + x},${top + y})`, ...data };
    children.push(element(document, 'g', place, [bare(document, drawing)]));
  }
  const svg = element(
    document,
    'svg',
    {
      xmlns: NAMESPACE,
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': title,
      'font-family': FONT_FAMILY,
      fill: INK,
    },
    children,
  );
  return svg.outerHTML;
}

/** Lines of at most so many characters, broken at spaces; a word that is longer is cut. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= most) lines[lines.length - 1] = longer;
    else lines.push(plainLine(word, most));
  }
  return lines;
}

/**
 * Plot's drawing as a group of shapes, with the two defaults that its shapes count on: without its style sheet, its
 * classes and labels, and its page's colours.
 */
function bare(document: Document, drawing: Element): Element {
  let group = drawing;
  if (drawing.localName === 'svg') {
    group = element(document, 'g', { 'font-size': 10, 'text-anchor': 'middle' });
    group.append(...drawing.childNodes);
  }
  for (const style of group.querySelectorAll('style')) style.remove();
  for (const node of group.querySelectorAll('*')) {
    for (const name of ['class', 'aria-label', 'aria-description', 'aria-hidden', 'font-variant'])
      node.removeAttribute(name);
    for (const name of ['fill', 'stroke']) if (node.getAttribute(name) === 'currentColor') node.setAttribute(name, INK);
  }
  return group;
}
