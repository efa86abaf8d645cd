/**
 * Fails unless the tag, package.json, jsr.json and a section of CHANGELOG.md name one version.
 *
 *     node scripts/check-version.mjs v1.2.3
 */
import { readFileSync } from 'node:fs';

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const tag = process.argv[2] ?? '';
const named = {
  'the tag': tag.replace(/^v/, ''),
  'package.json': JSON.parse(read('package.json')).version,
  'jsr.json': JSON.parse(read('jsr.json')).version,
  'CHANGELOG.md': /^## (\d+\.\d+\.\d+)/m.exec(read('CHANGELOG.md'))?.[1] ?? 'no version',
};
const versions = new Set(Object.values(named));
for (const [place, version] of Object.entries(named)) console.log(`${place}: ${version}`);
if (versions.size !== 1) process.exitCode = 1;
