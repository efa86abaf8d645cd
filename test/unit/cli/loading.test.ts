/** What a command loads: the libraries that draw come with a figure, and with nothing else. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAIN } from './command.js';

const laws = suite('loading');

const DRAWING = ['@observablehq/plot', '@resvg/resvg-wasm', 'linkedom'];
const STATIC = /^(?:import|export)\s[^;]*?from\s*'([^']+)';|^import\s*'([^']+)';/gms;
const DYNAMIC = /\bimport\('([^']+)'\)/g;

/** Packages that a compiled file reaches through imports of these forms. */
function packagesFrom(start: string, forms: readonly RegExp[]): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(new URL(file), 'utf8');
    for (const [, from, bare] of forms.flatMap((form) => [...text.matchAll(form)])) {
      const name = (from ?? bare)!;
      if (name.startsWith('.')) visit(new URL(name, file).href);
      else if (!name.startsWith('node:')) packages.add(name);
    }
  };
  visit(start);
  return packages;
}

const main = new URL(`file://${MAIN}`).href;

laws('no command loads what draws before it draws', () => {
  const atStart = packagesFrom(main, [STATIC]);
  assert.ok(atStart.has('commander'));
  assert.equal(
    DRAWING.filter((name) => atStart.has(name)),
    [],
  );
  const whenDrawn = packagesFrom(main, [STATIC, DYNAMIC]);
  assert.equal(
    DRAWING.filter((name) => whenDrawn.has(name)),
    DRAWING,
  );
});

laws('the program imports the packages that package.json names, and no others', () => {
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
  );
  const imported = [...packagesFrom(main, [STATIC, DYNAMIC])].map((name) =>
    name
      .split('/')
      .slice(0, name[0] === '@' ? 2 : 1)
      .join('/'),
  );
  const own = [...new Set(imported)].filter((name) => !Object.hasOwn(peerDependencies, name));
  // A font is a file, found by its path.
  assert.equal([...own, 'dejavu-fonts-ttf'].sort(), Object.keys(dependencies).sort());
});

laws.run();
