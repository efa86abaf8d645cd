/** A page without a bundler and without an import map: the unpacked package beside it. */
import * as library from './node_modules/ihead/dist/ihead.js';
import { answerAddress } from './page.mjs';

answerAddress(library, async () => new Uint8Array(await (await fetch('./fused.wasm')).arrayBuffer()));
