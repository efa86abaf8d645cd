/** Every experiment, in the order of the paper. */
import { ConfigError } from '../errors.js';
import { architecture } from './architecture.js';
import { birth } from './birth.js';
import { competition } from './competition.js';
import { contextLater } from './context-later.js';
import { depth } from './depth.js';
import type { Experiment } from './experiment.js';
import { freeze } from './freeze.js';
import { global } from './global.js';
import { heldBack } from './held-back.js';
import { memoriesCompete } from './memories-compete.js';
import { memory } from './memory.js';
import { oneStep } from './one-step.js';
import { outputLaws } from './output-laws.js';
import { outputs } from './outputs.js';
import { storedScores } from './stored-scores.js';
import { theory } from './theory.js';
import { triggers } from './triggers.js';
import { width } from './width.js';

export const experiments: readonly Experiment[] = [
  depth,
  birth,
  heldBack,
  contextLater,
  outputLaws,
  memoriesCompete,
  storedScores,
  oneStep,
  freeze,
  global,
  outputs,
  competition,
  width,
  triggers,
  architecture,
  memory,
  theory,
];

/** The experiment of that id; throws a ConfigError that lists them. */
export function experimentNamed(id: string): Experiment {
  const found = experiments.find((experiment) => experiment.id === id);
  if (found !== undefined) return found;
  throw new ConfigError('experiment', id, `one of ${experiments.map((experiment) => experiment.id).join(', ')}`);
}
