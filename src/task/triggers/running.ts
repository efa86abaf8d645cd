/** The paper's task as it runs. */
import type { RunningKind } from '../kind.js';
import type { TriggersConfig } from './config.js';
import { triggersMeter } from './meter.js';
import { type TriggersTask, triggersRefusal, triggersTask } from './task.js';

export { triggersMeter };

export const runningTriggers: RunningKind<TriggersConfig, TriggersTask> = {
  join: (config, corpus) => triggersTask(config, corpus!),
  refusal: triggersRefusal,
  meter: triggersMeter,
  measuredOn: 'batch',
  probes: ['wo1', 'wk1', 'wk0', 'ff1'],
};
