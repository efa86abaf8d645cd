/** Every kernel that the bindings may call. Pure functions over pointers and sizes; nothing here allocates. */
export { crossEntropy } from './loss';
export { multiply, causalMix, causalScores, causalMixTransposed, packRows, packTransposed } from './matmul';
export { setWideTile } from './tile';
export { philoxWords } from './philox';
export {
  addInto,
  addRows,
  clear,
  copyRows,
  gatherAddRows,
  gatherRows,
  relu,
  reluBackward,
  scatterAddRows,
} from './rows';
export { causalArgmax, causalSoftmax, causalSoftmaxBackward, rowArgmax } from './softmax';
export { tableScoresBackward, tableScores } from './table';
export { cos, exp, expInto, log, sin } from './math';
export { sampleBackcopy } from './tasks/backcopy';
export { sampleChains } from './tasks/chains';
export { sampleGraph } from './tasks/graph';
export { sampleTriggers } from './tasks/triggers';
export { layerNorm, layerNormBackward } from './norm';
export { stepAdamW, allFinite, stepSgd, sumSquares } from './optimizer';
export { fillNormal, fillUniform } from './random';
export { fillRotary, rotate, fillSinusoidal } from './rotary';

/** First byte that the arena may use: what lies below belongs to the module's own constants. */
export function heapBase(): usize {
  return __heap_base;
}
