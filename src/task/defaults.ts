/** The task that nobody has asked to be different: the paper's, over the built-in corpus. */
import type { TaskConfig } from './config.js';

export const TASK_DEFAULTS: TaskConfig = {
  corpus: 'sonnets',
  seqLength: 256,
  triggers: { count: 5, mode: 'fixed', offset: 0 },
  outputs: 'uniform',
  noRepeat: false,
  noCycles: false,
};
