import type { OutputLaw } from '../task/config.js';
import { curveOf, final } from './curves.js';
import { atLeast, type Curves, claim, finding, type TrainedExperiment } from './experiment.js';
import { overSteps, panelOf } from './figure.js';
import { withGlobal } from './settings.js';

const LAWS: readonly OutputLaw[] = ['uniform', 'bigram'];
const CELLS = LAWS.flatMap((trained) => LAWS.map((tested) => ({ trained, tested, name: nameOf(trained, tested) })));

function nameOf(trained: OutputLaw, tested: OutputLaw): string {
  return `${trained} → ${tested}`;
}

function tested(curves: Curves, training: OutputLaw, test: OutputLaw): number {
  return final(curveOf(curves, nameOf(training, test)), 'acc_end_test');
}

export const outputs: TrainedExperiment = {
  id: 'outputs',
  title: 'Diverse outputs teach copying',
  source: 'Figure 4, centre',
  seeds: { quick: 3, paper: 3 },
  runs(scale) {
    const layer = withGlobal(scale, scale === 'quick' ? 500 : 1000);
    const testSequences = 512;
    return CELLS.map(({ trained, tested: testOutputs, name }) => ({
      name,
      config: {
        ...layer,
        task: { ...layer.task, outputs: trained, testOutputs },
        training: { ...layer.training, evalEvery: 25, testSequences },
      },
    }));
  },
  claims: [
    claim('tested on uniform outputs: what training on them gains over training on bigram outputs', (curves) =>
      atLeast(tested(curves, 'uniform', 'uniform') - tested(curves, 'bigram', 'uniform'), 0.05),
    ),
  ],
  findings: CELLS.map(({ trained, tested: test, name }) =>
    finding(`trained → tested: ${name}`, (curves) => tested(curves, trained, test)),
  ),
  figure: () =>
    overSteps([
      panelOf(
        'Accuracy on the test set',
        'in-context accuracy',
        'acc_end_test',
        CELLS.map(({ name }) => name),
      ),
    ]),
};
