/**
 * `node dist/bench/compare.js FILE…` prints reports of `ihead bench --json` side by side; without files, the committed
 * ones of bench/results/. `--write` puts the committed ones into bench/README.md, between its two marks.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from '../src/schema.js';
import { comparisonTable, describeMachines } from './comparison.js';
import { benchReportSchema } from './report.js';

const HERE = new URL('../../bench/', import.meta.url);
const MARKS = ['<!-- results: node dist/bench/compare.js --write -->', '<!-- end of results -->'] as const;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } });
const committed = new URL('results/', HERE);
const files =
  positionals.length > 0
    ? positionals
    : readdirSync(committed)
        .filter((name) => name.endsWith('.json'))
        .map((name) => new URL(name, committed));
const reports = files.map((file) => parse(benchReportSchema, JSON.parse(readFileSync(file, 'utf8')), String(file)));
const text = `${describeMachines(reports)}\n\n${comparisonTable(reports)}`;
if (values.write) {
  const page = new URL('README.md', HERE);
  const [before, rest] = readFileSync(page, 'utf8').split(MARKS[0]) as [string, string];
  const after = rest.split(MARKS[1])[1]!;
  writeFileSync(page, `${before}${MARKS[0]}\n\n${text}\n\n${MARKS[1]}${after}`);
} else console.log(text);
