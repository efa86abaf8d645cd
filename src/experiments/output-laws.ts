/** Figure 4, centre, and Figure 6: outputs drawn evenly or from the bigram law, and what transfers. */
import { measureOf } from '../analysis/measures.js';
import type { OutputLaw } from '../task/triggers/config.js';
import { around, at, curveOf, earlyKeyAt } from './curve-queries.js';
import {
  between,
  type Curves,
  claim,
  type ExperimentRun,
  finding,
  type Scale,
  type TrainedExperiment,
} from './experiment.js';
import { FIGURE_4_CENTRE, FIGURE_6 } from './paper-values.js';
import { allTokenSettings, randomTriggers } from './settings.js';
import { overSteps, panelOf } from './shared-panels.js';

/** Each law is trained on once and tested on the other; the fresh batch before its step tests the law itself. */
const OTHER: Readonly<Record<OutputLaw, OutputLaw>> = { uniform: 'bigram', bigram: 'uniform' };
const LAWS = Object.keys(OTHER) as OutputLaw[];
const STEPS = 500;
const END = STEPS - 1;
/** Evaluations that an accuracy is meaned over: a batch of the quick scale holds few in-context tokens. */
const AROUND = 5;
/** How much worse or better on the other law counts as equal; a batch and the test set of the quick scale are small. */
const EQUAL = { quick: 0.1, paper: 0.05 } as const;
/** How far beyond the paper's a difference of the two laws may go. */
const BEYOND = { quick: 0.25, paper: 0.1 } as const;
/** Of a quick run W_O² turns later than that of the paper's size. */
const LONG: Readonly<Record<Scale, number>> = { quick: 1000, paper: STEPS };

/** The run on one law of outputs; on uniform ones it is long enough to see W_O² turn. */
export function onOutputs(scale: Scale, law: OutputLaw): ExperimentRun {
  const { task, model, training } = allTokenSettings(scale, randomTriggers(3), law === 'uniform' ? LONG[scale] : STEPS);
  return {
    name: law,
    config: {
      task: { ...task, outputs: law, testOutputs: OTHER[law] },
      model: model!,
      training: { ...training, testSequences: scale === 'quick' ? 256 : 512 },
    },
  };
}

function accuracy(curves: Curves, trained: OutputLaw, tested: OutputLaw): number {
  return around(curveOf(curves, trained), keyOf(trained, tested), END, AROUND);
}

function keyOf(trained: OutputLaw, tested: OutputLaw): string {
  return trained === tested ? 'acc_end' : 'acc_end_test';
}

function recall(curves: Curves, law: OutputLaw, key: string): number {
  return at(curveOf(curves, law), key, END);
}

const BETTER = FIGURE_4_CENTRE.uniform.uniform - FIGURE_4_CENTRE.bigram.uniform;

/** How much more uniform outputs store, in the paper's figure. */
function more(key: 'wo1_acc' | 'wk1_acc'): number {
  return FIGURE_6.uniform[key] - FIGURE_6.bigram[key];
}

const RECALLS = ['wo1_acc', 'wk1_acc', 'wk0_64_acc'] as const;

export const outputLaws: TrainedExperiment = {
  id: 'output-laws',
  title: 'Diverse outputs teach copying',
  source: 'Figure 4, centre, and Figure 6',
  seeds: { quick: 3, paper: 3 },
  runs: (scale) => LAWS.map((law) => onOutputs(scale, law)),
  claims: [
    claim(
      'tested on uniform outputs: trained on uniform less trained on bigram ones',
      (curves, scale) =>
        between(
          accuracy(curves, 'uniform', 'uniform') - accuracy(curves, 'bigram', 'uniform'),
          0.2,
          BETTER + BEYOND[scale],
        ),
      BETTER,
    ),
    claim(
      'trained on uniform outputs: tested on bigram less tested on uniform ones',
      (curves, scale) =>
        between(
          accuracy(curves, 'uniform', 'bigram') - accuracy(curves, 'uniform', 'uniform'),
          -EQUAL[scale],
          EQUAL[scale],
        ),
      FIGURE_4_CENTRE.uniform.bigram - FIGURE_4_CENTRE.uniform.uniform,
    ),
    ...(['wo1_acc', 'wk1_acc'] as const).map((key) =>
      claim(
        `${key} in the end: uniform less bigram outputs`,
        (curves, scale) =>
          between(recall(curves, 'uniform', key) - recall(curves, 'bigram', key), 0.05, more(key) + BEYOND[scale]),
        more(key),
      ),
    ),
    claim(
      'early positions of W_K¹ in the end: uniform less bigram outputs',
      (curves, scale) =>
        between(recall(curves, 'uniform', earlyKeyAt(scale)) - recall(curves, 'bigram', earlyKeyAt(scale)), -0.1, 0.1),
      FIGURE_6.uniform.wk0_64_acc - FIGURE_6.bigram.wk0_64_acc,
    ),
  ],
  findings: [
    ...LAWS.flatMap((trained) =>
      LAWS.map((tested) =>
        finding(
          `trained on ${trained}, tested on ${tested} outputs: in-context accuracy`,
          (curves) => accuracy(curves, trained, tested),
          FIGURE_4_CENTRE[trained][tested],
        ),
      ),
    ),
    ...LAWS.flatMap((law) =>
      RECALLS.map((key) =>
        finding(`${law} outputs: ${key} in the end`, (curves) => recall(curves, law, key), FIGURE_6[law][key]),
      ),
    ),
  ],
  figure: (_, scale) =>
    overSteps([
      ...LAWS.map((tested) => ({
        title: `Tested on ${tested} outputs`,
        axis: 'in-context accuracy',
        range: [0, 1] as const,
        lines: LAWS.map((trained) => ({
          run: trained,
          key: keyOf(trained, tested),
          label: `trained on ${trained}`,
          paper: [[495, FIGURE_4_CENTRE[trained][tested]] as const],
        })),
      })),
      ...RECALLS.map((key) => {
        const probe = key === 'wk0_64_acc' ? earlyKeyAt(scale) : key;
        const panel = panelOf(`Recall of ${measureOf(probe).symbol}`, 'share recalled', probe, LAWS);
        return {
          ...panel,
          lines: panel.lines.map((line) => ({
            ...line,
            paper: [[495, FIGURE_6[line.run as OutputLaw][key]] as const],
          })),
        };
      }),
    ]),
};
