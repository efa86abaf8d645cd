/** The check of the rooms, on small projects of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const laws = suite('the check of the rooms');
const CHECK = fileURLToPath(new URL('../../../../scripts/check-rooms.mjs', import.meta.url));
const TABLE = `# Rooms

| folder | what lives there | may import |
| --- | --- | --- |
| \`src/model/\` | models | nothing else |
| \`src/task/\` | tasks | \`src/corpus/\`, \`valibot\` |
| \`src/corpus/\` | texts | \`src/model/\` (types) |
`;
const SOUND = {
  'CONTRIBUTING.md': TABLE,
  'src/model/plan.ts': 'export const plan = 1;\nexport type Plan = 1;\n',
  'src/task/config.ts':
    "import * as v from 'valibot';\nimport { text } from '../corpus/text.js';\nexport { text, v };\n",
  'src/corpus/text.ts': "import type { Plan } from '../model/plan.js';\nexport const text: Plan = 1;\n",
};

/** What is said of a project with these files, a line a fault; empty: none. */
function faultsOf(changed: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'ihead-rooms-'));
  for (const [path, text] of Object.entries({ ...SOUND, ...changed })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { status, stderr } = spawnSync(process.execPath, [CHECK, folder], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const lines = stderr.trim().split('\n').slice(0, -1);
  assert.is(status, lines.length > 0 ? 1 : 0, stderr);
  return lines;
}

laws('imports that the table allows pass', () => {
  assert.equal(faultsOf({}), []);
});

laws('an import that the table does not allow is named, in whatever form it is written', () => {
  const forms = [
    "import { plan } from '../model/plan.js';",
    "import type { Plan } from '../model/plan.js';",
    "export * from '../model/plan.js';",
    "export type { Plan } from '../model/plan.js';",
    "export const later = () => import('../model/plan.js');",
    "export type Plan = import('../model/plan.js').Plan;",
  ];
  for (const form of forms) {
    const [fault, ...more] = faultsOf({ 'src/task/kind.ts': `${form}\n` });
    assert.match(fault!, /^src\/task\/kind\.ts: .*src\/task\/.*got src\/model\/plan\.ts/);
    assert.equal(more, []);
  }
});

laws('where types alone are allowed a value is a fault', () => {
  const [fault] = faultsOf({ 'src/corpus/text.ts': "export { plan as text } from '../model/plan.js';\n" });
  assert.match(fault!, /^src\/corpus\/text\.ts: .*got src\/model\/plan\.ts$/);
});

laws('so is a package that is not named', () => {
  const [fault] = faultsOf({ 'src/model/view.ts': "import { html } from 'lit';\nexport { html };\n" });
  assert.match(fault!, /got lit$/);
});

laws('an import of a file that is not there is a fault, in plain JavaScript too', () => {
  const table = `${TABLE}| \`scripts/\` | the build | everything |\n`;
  const faults = faultsOf({
    'CONTRIBUTING.md': table,
    'scripts/draw.mjs': "import '../dist/src/model/plan.js';\nimport '../dist/src/model/gone.js';\n",
  });
  assert.is(faults.length, 1);
  assert.match(faults[0]!, /^scripts\/draw\.mjs: .*got src\/model\/gone\.ts$/);
});

laws('a circle is found, of types too', () => {
  const [fault, ...more] = faultsOf({
    'src/model/plan.ts': "import type { A } from './a.js';\nexport type Plan = A;\n",
    'src/model/a.ts': "import type { B } from './b.js';\nexport type A = B;\n",
    'src/model/b.ts': "import type { Plan } from './plan.js';\nexport type B = Plan;\n",
  });
  assert.match(fault!, /^circle: (src\/model\/\w+\.ts → ){3}src\/model\/\w+\.ts$/);
  assert.equal(more, []);
});

laws('a folder without a row and a row without a folder are faults', () => {
  assert.match(faultsOf({ 'src/extra/a.ts': 'export {};\n' }).join('\n'), /src\/extra\//);
  assert.match(faultsOf({ 'CONTRIBUTING.md': `${TABLE}| \`src/gone/\` | nothing | nothing |\n` })[0]!, /src\/gone\//);
});

laws.run();
