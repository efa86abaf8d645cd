/** Entry of the runtimes without a page, in the bare folder: `process.mjs '{"task":…}'` prints one line of JSON. */
import * as library from 'ihead';
import { answer } from './tasks.js';

console.log(JSON.stringify(await answer(library, JSON.parse(process.argv[2]))));
