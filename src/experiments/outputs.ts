import type { OutputLaw } from '../task/triggers/config.js';
import { curveOf, lately } from './curve-queries.js';
import { atLeast, type Curves, claim, finding, type TrainedExperiment } from './experiment.js';
import { overSteps } from './shared-panels.js';
import { withGlobal } from './shared-settings.js';

/** Each law is trained on once and tested on the other. */
const LAWS: Readonly<Record<OutputLaw, OutputLaw>> = { uniform: 'bigram', bigram: 'uniform' };
const TRAINED = Object.keys(LAWS) as OutputLaw[];
/** Evaluations that an accuracy is meaned over: a batch of the quick scale holds few in-context tokens. */
const LATE = 5;

interface Cell {
  readonly trained: OutputLaw;
  readonly tested: OutputLaw;
}

const CELLS: readonly Cell[] = TRAINED.flatMap((trained) => TRAINED.map((tested) => ({ trained, tested })));

function keyOf({ trained, tested }: Cell): string {
  return trained === tested ? 'acc_end' : 'acc_end_test';
}

function accuracy(curves: Curves, cell: Cell): number {
  return lately(curveOf(curves, cell.trained), keyOf(cell), LATE);
}

export const outputs: TrainedExperiment = {
  id: 'outputs',
  title: 'Diverse outputs teach copying',
  source: 'Figure 4, centre',
  seeds: { quick: 3, paper: 3 },
  runs(scale) {
    const layer = withGlobal(scale, 400);
    // At paper scale the run on uniform outputs is that of `global` on frequent triggers: left as it is, it is trained
    // once for both.
    const training = scale === 'quick' ? { ...layer.training, evalEvery: 20, testSequences: 256 } : layer.training;
    return TRAINED.map((trained) => ({
      name: trained,
      config: { ...layer, task: { ...layer.task, outputs: trained, testOutputs: LAWS[trained] }, training },
    }));
  },
  claims: [
    claim('tested on uniform outputs: what training on them gains over training on bigram outputs', (curves) =>
      atLeast(
        accuracy(curves, { trained: 'uniform', tested: 'uniform' }) -
          accuracy(curves, { trained: 'bigram', tested: 'uniform' }),
        0.05,
      ),
    ),
  ],
  findings: CELLS.map((cell) =>
    finding(`trained on ${cell.trained}, tested on ${cell.tested} outputs: in-context accuracy`, (curves) =>
      accuracy(curves, cell),
    ),
  ),
  figure: () =>
    overSteps(
      TRAINED.map((tested) => ({
        title: `Tested on ${tested} outputs`,
        axis: 'in-context accuracy',
        range: [0, 1],
        lines: TRAINED.map((trained) => ({
          run: trained,
          key: keyOf({ trained, tested }),
          label: `trained on ${trained}`,
        })),
      })),
    ),
};
