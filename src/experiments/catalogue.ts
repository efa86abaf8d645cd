/** Every experiment, in the order of the paper; ours behind it. */
import { ConfigError } from '../errors.js';
import { architecture } from './architecture.js';
import { beyondLinear } from './beyond-linear.js';
import { birth } from './birth.js';
import { chains } from './chains.js';
import { construction } from './construction.js';
import { contextLater } from './context-later.js';
import type { Experiment } from './experiment.js';
import { fullModel } from './full-model.js';
import { gaussianSteps } from './gaussian-steps.js';
import { gaussianVectors } from './gaussian-vectors.js';
import { heldBack } from './held-back.js';
import { lemmas } from './lemmas.js';
import { memoriesCompete } from './memories-compete.js';
import { memory } from './memory.js';
import { oneStep } from './one-step.js';
import { outputLaws } from './output-laws.js';
import { outputWidth } from './output-width.js';
import { sharedRoles } from './shared-roles.js';
import { storedScores } from './stored-scores.js';
import { threeStepsTopDown } from './three-steps.js';
import { triggers } from './triggers.js';
import { twoLayers } from './two-layers.js';
import { width } from './width.js';

export const experiments: readonly Experiment[] = [
  twoLayers,
  construction,
  heldBack,
  contextLater,
  outputLaws,
  memoriesCompete,
  storedScores,
  outputWidth,
  oneStep,
  fullModel,
  sharedRoles,
  lemmas,
  threeStepsTopDown,
  gaussianSteps,
  gaussianVectors,
  beyondLinear,
  birth,
  width,
  triggers,
  architecture,
  memory,
];

/** Works that build on the paper. `all` means the paper's alone. */
export const followUps: readonly Experiment[] = [chains];

/** The experiment of that id; throws a ConfigError that lists them. */
export function experimentNamed(id: string): Experiment {
  const found = experiments.find((experiment) => experiment.id === id);
  if (found !== undefined) return found;
  throw new ConfigError('experiment', id, `one of ${experiments.map((experiment) => experiment.id).join(', ')}`);
}

/**
 * Every experiment that a name means: `all`, an id, or a place in the paper as it is written in `source`: `figure-4`,
 * `figure-4-left`, `appendix-a`, `ours`. Throws a ConfigError that lists what there is.
 */
export function experimentsNamed(name: string): readonly Experiment[] {
  if (name === 'all') return experiments;
  const wanted = slug(name);
  const known = [...experiments, ...followUps];
  const found = known.filter(
    ({ id, source }) =>
      id === name || placesIn(source).some((place) => place === wanted || place.startsWith(`${wanted}-`)),
  );
  if (found.length > 0) return found;
  const places = [...new Set(known.flatMap(({ source }) => placesIn(source)))];
  const ids = known.map(({ id }) => id);
  throw new ConfigError('experiment', name, `all, one of ${ids.join(', ')}, or a place: ${places.join(', ')}`);
}

/** `Figure 4, left, and Figure 5`: `figure-4-left`, `figure-5`. */
function placesIn(source: string): string[] {
  return source.split(/,? and (?=[A-Za-z])/).map(slug);
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
