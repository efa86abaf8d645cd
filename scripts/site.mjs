/**
 * `npm run site`: the whole site as plain files in dist/site/, for any static host at any path: the story with its
 * labs, the paper figure by figure, what was measured, how the library and the element are used, and the reference of
 * the library where `npm run docs` has made it.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Marked } from 'marked';
import { build } from 'vite';

const root = fileURLToPath(new URL('../', import.meta.url));
const site = `${root}dist/site/`;

/** In the order of the navigation; the story is Vite's. */
const PAGES = [
  { file: 'paper.html', from: 'docs/paper.md', name: 'The paper' },
  { file: 'benchmarks.html', from: 'docs/measured.md', name: 'Benchmarks' },
  { file: 'library.html', from: 'docs/library.md', name: 'Library' },
  { file: 'element.html', from: 'docs/lab.md', name: 'Element' },
];
const STORY = { file: 'index.html', name: 'Story and lab' };
const REFERENCE = { file: 'api/index.html', name: 'Reference' };

/** Documents name each other as files; here they are pages. */
const BY_DOCUMENT = new Map(PAGES.map(({ file, from }) => [from.replace('docs/', ''), file]));

await build({ configFile: `${root}src/lab/site/vite.config.js`, logLevel: 'warn' });
const withReference = existsSync(`${root}dist/api/index.html`);
if (withReference) cpSync(`${root}dist/api`, `${site}api`, { recursive: true });
cpSync(`${root}src/lab/site/pages.css`, `${site}pages.css`);
cpSync(`${root}docs/results`, `${site}results`, {
  recursive: true,
  filter: (path) => !path.endsWith('.json'),
});
for (const picture of ['birth.svg', 'lab.png']) cpSync(`${root}docs/${picture}`, `${site}${picture}`);

const story = readFileSync(`${site}index.html`, 'utf8');
const style = /<link rel="stylesheet"[^>]*>/.exec(story)?.[0];
if (style === undefined) throw new Error('index.html: expected a style sheet, got none');
const styles = `${style}\n    <link rel="stylesheet" href="./pages.css">`;
const begun = story.replace(style, styles).replace(/(<a class="skip".*?<\/a>)/s, `$1\n    ${navigation(STORY)}`);
if (!begun.includes('<nav class="site"')) throw new Error('index.html: expected a link to skip to the laboratory');
writeFileSync(`${site}index.html`, begun);
for (const page of PAGES) writeFileSync(`${site}${page.file}`, pageOf(page));

function navigation(current) {
  const links = [STORY, ...PAGES, ...(withReference ? [REFERENCE] : [])].map(({ file, name }) => {
    return `<a href="./${file}"${file === current.file ? ' aria-current="page"' : ''}>${name}</a>`;
  });
  return `<nav class="site" aria-label="Site">${links.join(' ')}</nav>`;
}

function pageOf(page) {
  const text = readFileSync(`${root}${page.from}`, 'utf8');
  const title = /^# (.+)$/m.exec(text)?.[1] ?? page.name;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · ihead</title>
    <link rel="icon" href="data:,">
    ${styles}
  </head>
  <body>
    <a class="skip" href="#text">Straight to the text</a>
    ${navigation(page)}
    <main class="text" id="text">
${markdown(text)}    </main>
  </body>
</html>
`;
}

/** Headings get the ids that links on a code host expect; tables a box that scrolls by itself. */
function markdown(text) {
  const used = new Map();
  const idOf = (heading) => {
    const slug = heading
      .replace(/<[^>]*>/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const times = used.get(slug) ?? 0;
    used.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  };
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const inner = this.parser.parseInline(tokens);
        return `<h${depth} id="${idOf(inner)}">${inner}</h${depth}>\n`;
      },
      // What is no part of the site is named, not linked.
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        return href.startsWith('../') || (href.endsWith('/') && !href.includes(':'))
          ? inner
          : `<a href="${href}">${inner}</a>`;
      },
      image({ href, text: alt }) {
        return `<img src="${href}" alt="${alt}" loading="lazy">`;
      },
    },
    walkTokens(token) {
      if (token.type !== 'link') return;
      const [file, place] = token.href.split('#');
      const target = BY_DOCUMENT.get(file);
      if (target !== undefined) token.href = place === undefined ? target : `${target}#${place}`;
    },
  });
  return (
    marked
      .parse(text)
      .replaceAll('<table>', '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
      .replaceAll('</table>', '</table></div>')
      .replaceAll('<pre>', '<pre tabindex="0">')
      // A heading that says nothing is none.
      .replaceAll(/<th[^>]*><\/th>/g, '<td></td>')
  );
}
