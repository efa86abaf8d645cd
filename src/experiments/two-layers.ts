/** Section 3 and Figure 2: the task with one layer and with two. */
import type { TriggerConfig } from '../task/triggers/config.js';
import { around, curveOf, final, mean, metric } from './curve-queries.js';
import {
  atLeast,
  atMost,
  between,
  type Curves,
  claim,
  finding,
  type TrainedExperiment,
  tableOf,
} from './experiment.js';
import { attentionMap, attentionScope, sampleIn } from './looks.js';
import { SECTION_3 } from './paper-values.js';
import { randomTriggers, vanillaSettings } from './settings.js';
import { accuracyPanel, overSteps } from './shared-panels.js';

const TRIGGERS = {
  fixed: { count: 3, mode: 'fixed', offset: 0 },
  random: randomTriggers(3),
} as const satisfies Readonly<Record<string, TriggerConfig>>;
type Mode = keyof typeof TRIGGERS;
const MODES = Object.keys(TRIGGERS) as Mode[];
const STEPS: Readonly<Record<Mode, Readonly<Record<'quick' | 'paper', number>>>> = {
  fixed: { quick: 500, paper: 1000 },
  random: { quick: 1000, paper: 2000 },
};
/** Evaluations that an accuracy is meaned over. */
const AROUND = 5;
/** Sequences that the second layer is watched on. */
const WATCHED = 128;

function nameOf(mode: Mode, layers: 1 | 2): string {
  return `${mode} triggers, ${layers} ${layers === 1 ? 'layer' : 'layers'}`;
}

const PRINTED: Readonly<Record<string, number>> = {
  [nameOf('fixed', 1)]: SECTION_3.one,
  [nameOf('fixed', 2)]: SECTION_3.twoFixed,
  [nameOf('random', 2)]: SECTION_3.twoRandom,
};

function accuracy(curves: Curves, mode: Mode, layers: 1 | 2): number {
  return around(curveOf(curves, nameOf(mode, layers)), 'acc_end', Infinity, AROUND);
}

function scope(curves: Curves, mode: Mode, key: string): number {
  return metric(curveOf(curves, tableOf(nameOf(mode, 2), 'scope'))[0], key);
}

/** Attention to what followed, after repeated tokens that are no triggers over that after triggers. */
function elsewhere(curves: Curves, mode: Mode): number {
  return scope(curves, mode, 'others') / scope(curves, mode, 'triggers');
}

export const twoLayers: TrainedExperiment = {
  id: 'two-layers',
  title: 'One layer cannot, two layers can',
  source: 'section 3 and Figure 2',
  seeds: { quick: 1, paper: 1 },
  runs: (scale) =>
    MODES.flatMap((mode) =>
      ([1, 2] as const).map((layers) => {
        const { task, model, training } = vanillaSettings(scale, TRIGGERS[mode], STEPS[mode][scale]);
        const looks = { scope: attentionScope(WATCHED), map: attentionMap };
        return {
          name: nameOf(mode, layers),
          config: { task: task!, model: { ...model, layers }, training: { ...training, evalEvery: 25 } },
          ...(layers === 2 ? { looks } : {}),
        };
      }),
    ),
  claims: [
    claim(
      'fixed triggers, 2 layers: accuracy in the end',
      (curves) => atLeast(accuracy(curves, 'fixed', 2), 0.98),
      SECTION_3.twoFixed,
    ),
    claim(
      'random triggers, 2 layers: accuracy in the end',
      (curves) => between(accuracy(curves, 'random', 2), 0.93, 0.98),
      SECTION_3.twoRandom,
    ),
    claim(
      'fixed triggers, 1 layer: accuracy in the end, about that of counting words',
      (curves) => {
        const bag = mean(curveOf(curves, nameOf('fixed', 1)), 'baseline_bag');
        return between(accuracy(curves, 'fixed', 1), bag - 0.1, bag + 0.1);
      },
      SECTION_3.one,
    ),
    claim('fixed triggers: attention to what followed, after other repeated tokens over after triggers', (curves) =>
      atMost(elsewhere(curves, 'fixed'), 0.5),
    ),
    claim('random triggers: attention to what followed, after other repeated tokens over after triggers', (curves) =>
      atLeast(elsewhere(curves, 'random'), 0.7),
    ),
  ],
  findings: [
    finding('random triggers, 1 layer: accuracy in the end', (curves) => accuracy(curves, 'random', 1)),
    ...MODES.map((mode) =>
      finding(`${mode} triggers: accuracy of counting words`, (curves) =>
        mean(curveOf(curves, nameOf(mode, 1)), 'baseline_bag'),
      ),
    ),
    ...MODES.flatMap((mode) =>
      (['triggers', 'others'] as const).map((key) =>
        finding(`${mode} triggers, 2 layers: attention to what followed, after ${key}`, (curves) =>
          scope(curves, mode, key),
        ),
      ),
    ),
    finding('random triggers: the fetched token is predicted where the bigram law gives it less than .02', (curves) =>
      scope(curves, 'random', 'followsUnlikely'),
    ),
    finding('random triggers: the fetched token is predicted where the bigram law gives it more than .2', (curves) =>
      scope(curves, 'random', 'followsLikely'),
    ),
  ],
  figure: (curves) =>
    overSteps(
      MODES.map((mode) => {
        const ofMode = ([1, 2] as const).map((layers) => nameOf(mode, layers));
        const panel = accuracyPanel(
          Object.fromEntries(ofMode.map((name) => [name, curveOf(curves, name)])),
          `${mode} triggers`,
        );
        const lines = panel.lines.map((line) => {
          const value = line.key === 'acc_end' ? PRINTED[line.run] : undefined;
          return value === undefined
            ? line
            : { ...line, paper: [[final(curveOf(curves, line.run), 'iter'), value] as const] };
        });
        return { ...panel, lines };
      }),
    ),
  pictures: (curves, corpus) =>
    MODES.map((mode) => ({
      name: mode,
      title: `Attention of two layers, ${mode} triggers`,
      sample: sampleIn(curveOf(curves, tableOf(nameOf(mode, 2), 'map')), corpus),
    })),
};
