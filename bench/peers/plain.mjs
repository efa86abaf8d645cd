/** Times plain.ts, compiled. */
import { createStep } from './dist/plain.js';
import { makeProblem, OPTIMIZER, readProblem, report } from './problem.mjs';

const sizes = readProblem();
const problem = makeProblem(sizes);
const step = createStep({ ...sizes, positions: problem.positions }, problem, problem, OPTIMIZER);
await report('plain TypeScript', { node: process.versions.node }, sizes, step);
