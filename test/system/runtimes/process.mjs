/** Entry of the runtimes without a page, in the bare folder: `process.mjs '{"task":…}'` prints one line of JSON. */
import { readFile } from 'node:fs/promises';
import * as library from 'ihead';
import { answer } from './tasks.js';

const readFused = async () => new Uint8Array(await readFile('fused.wasm'));
console.log(JSON.stringify(await answer(library, JSON.parse(process.argv[2]), readFused)));
