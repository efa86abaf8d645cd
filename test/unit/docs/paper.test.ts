/** docs/paper.md says what the result files beside it say. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const laws = suite<{ docs: string }>('the paper, claim by claim');
const SCRIPT = fileURLToPath(new URL('../../../../scripts/paper-page.mjs', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../../docs/', import.meta.url));

laws.before.each((context) => {
  context.docs = mkdtempSync(join(tmpdir(), 'ihead-docs-'));
  cpSync(DOCS, context.docs, { recursive: true });
});
laws.after.each(({ docs }) => rmSync(docs, { recursive: true }));

function check(docs: string) {
  return spawnSync(process.execPath, [SCRIPT, '--check', '--docs', docs], { encoding: 'utf8' });
}

laws('page and files agree', ({ docs }) => {
  const { status, stderr } = check(docs);
  assert.is(status, 0, stderr);
});

laws('a number that is changed in a table, in the text, or in a file alone is noticed', ({ docs }) => {
  const page = join(docs, 'paper.md');
  const text = readFileSync(page, 'utf8');
  const changed = text.replace(/(\| ✓ )([\d.]+)/, '$19$2');
  assert.is.not(changed, text);
  writeFileSync(page, changed);
  assert.is(check(docs).status, 1);
  const said = text.replace(/(<!--= [^>]+ -->)[\d.]+(<!--\/-->)/, '$19$2');
  assert.is.not(said, text);
  writeFileSync(page, said);
  assert.is(check(docs).status, 1);
  writeFileSync(page, text);
  const file = join(docs, 'results/sonnets/birth-paper.json');
  const result = JSON.parse(readFileSync(file, 'utf8'));
  result.verdicts[0].measured += 1;
  writeFileSync(file, JSON.stringify(result));
  assert.is(check(docs).status, 1);
});

laws.run();
