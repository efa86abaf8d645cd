/** Every kernel that the bindings may call. Pure functions over pointers and sizes; nothing here allocates. */
export { philoxWords } from './philox';
export { cos, exp, exp32, log, sin } from './math';

/** First byte that the arena may use: what lies below belongs to the module's own constants. */
export function heapBase(): usize {
  return __heap_base;
}
