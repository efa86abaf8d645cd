/** Figure 3: memories frozen at first, and what the others learn without them. */
import type { ExperimentPanel } from '../report/experiment-figure.js';
import { around, at, curveOf, earlyKeyAt, final, half, lately, stepTo } from './curve-queries.js';
import type { TrainedExperiment } from './experiment.js';
import { atLeast, atMost, between, type Curves, claim, type ExperimentRun, finding, type Scale } from './experiment.js';
import { FIGURE_3, FIGURE_3_STEPS } from './paper-values.js';
import { inContextSettings, randomTriggers } from './settings.js';
import { accuracyPanel, overSteps, recallPanel } from './shared-panels.js';

const K1 = 'layers.0.attention.wk.weight';
const K2 = 'layers.1.attention.wk.weight';
const O2 = 'layers.1.attention.wo.weight';

/** What each run holds at its initial values until the release. */
const FROZEN: Readonly<Record<keyof typeof FIGURE_3, readonly string[]>> = {
  'W_O²': [O2],
  'W_K¹ and W_K²': [K1, K2],
  'W_K²': [K2],
  'W_K¹': [K1],
};
type Run = keyof typeof FROZEN;
const RUNS = Object.keys(FROZEN) as Run[];

const STEPS = 1000;
const RELEASE = 300;
const LEARNED = 0.9;
/** Evaluations that an accuracy is meaned over: a batch of the quick scale holds few in-context tokens. */
const AROUND = 5;
/** How far a level may lie from the paper's; the quick scale has levels of its own. */
const FROM_PAPER = { quick: 0.15, paper: 0.1 } as const;
/** A fifth more or fewer steps than the paper's. */
const STEPS_FROM_PAPER = 0.2;
/** Recall by luck: at quick scale there are 31 early positions, each of which is worth .03. */
const UNLEARNED = { quick: 0.17, paper: 0.1 } as const;

/**
 * At quick scale the first quarter of 64 positions are 15 candidates, too few to tell two lucky hits from a memory.
 * With twice as many positions as a sequence has tokens they are 31, all of them in use.
 */
function runs(scale: Scale): ExperimentRun[] {
  const layer = inContextSettings(scale, randomTriggers(5), STEPS);
  const model = scale === 'quick' ? { ...layer.model, maxLength: 128 } : layer.model!;
  return RUNS.map((name) => ({
    name,
    config: {
      ...layer,
      model,
      training: { ...layer.training, freezeUntil: FROZEN[name].map((parameter) => ({ parameter, step: RELEASE })) },
    },
  }));
}

/** Just before the release. */
function held(curves: Curves, name: Run, key: string): number {
  return at(curveOf(curves, name), key, RELEASE - 1);
}

/** The key of layer 2: at quick scale rare tokens are too rare, so that each counts as often as it comes. */
function secondKeyAt(scale: Scale): string {
  return scale === 'quick' ? 'wk1_freq_acc' : 'wk1_acc';
}

/** At most, of the difference of the two keys; the quick scale's probe counts frequent tokens for more. */
const MOST = { quick: 0.9, paper: 0.55 } as const;

/** The recalls of the paper's figure, which are those of the paper scale. */
const RECALLS = ['wo1_acc', 'wk1_acc', 'wk0_64_acc', 'wk0_acc'] as const;

function findingsOf(name: Run) {
  const values = FIGURE_3[name];
  const { before, end }: Readonly<Record<'before' | 'end', Readonly<Record<string, number>>>> = values;
  return [
    finding(
      `${name} frozen: steps to accuracy ${LEARNED}`,
      (curves) => stepTo(curveOf(curves, name), 'acc_end', LEARNED),
      values.learned,
    ),
    ...(['acc_end', ...RECALLS] as const).flatMap((key) => [
      finding(
        `${name} frozen: ${key} at ${FIGURE_3_STEPS.before}`,
        (curves) => at(curveOf(curves, name), key, FIGURE_3_STEPS.before),
        before[key],
      ),
      finding(
        `${name} frozen: ${key} at ${FIGURE_3_STEPS.end}`,
        (curves) => at(curveOf(curves, name), key, FIGURE_3_STEPS.end),
        end[key],
      ),
    ]),
    ...RECALLS.map((key) =>
      finding(`${name} frozen: t½ of ${key}`, (curves) => half(curveOf(curves, name), key), values.half[key]),
    ),
  ];
}

export const heldBack: TrainedExperiment = {
  id: 'held-back',
  title: 'Each memory needs the one above it',
  source: 'Figure 3',
  seeds: { quick: 3, paper: 3 },
  runs,
  claims: [
    claim(
      'W_O² frozen: W_K² just before release',
      (curves) => atMost(held(curves, 'W_O²', 'wk1_acc'), 0.1),
      FIGURE_3['W_O²'].before.wk1_acc,
    ),
    claim(
      'W_O² frozen: early positions of W_K¹ just before release',
      (curves, scale) => atMost(held(curves, 'W_O²', earlyKeyAt(scale)), UNLEARNED[scale]),
      FIGURE_3['W_O²'].before.wk0_64_acc,
    ),
    claim(
      'W_O² frozen: accuracy just before release',
      (curves) => atMost(around(curveOf(curves, 'W_O²'), 'acc_end', RELEASE - 1, AROUND), 0.06),
      FIGURE_3['W_O²'].before.acc_end,
    ),
    claim(
      'both keys frozen: W_O² just before release',
      (curves) => atLeast(held(curves, 'W_K¹ and W_K²', 'wo1_acc'), 0.88),
      FIGURE_3['W_K¹ and W_K²'].before.wo1_acc,
    ),
    claim(
      'both keys frozen: accuracy just before release, worse than counting words',
      (curves, scale) => {
        const curve = curveOf(curves, 'W_K¹ and W_K²');
        const bag = around(curve, 'baseline_bag', RELEASE - 1, AROUND);
        const accuracy = around(curve, 'acc_end', RELEASE - 1, AROUND);
        return between(accuracy, FIGURE_3['W_K¹ and W_K²'].before.acc_end - FROM_PAPER[scale], bag - 0.1);
      },
      FIGURE_3['W_K¹ and W_K²'].before.acc_end,
    ),
    claim(
      'just before release: W_K² without W_K¹, less early positions of W_K¹ without W_K²',
      (curves, scale) =>
        between(held(curves, 'W_K¹', secondKeyAt(scale)) - held(curves, 'W_K²', earlyKeyAt(scale)), 0.2, MOST[scale]),
      FIGURE_3['W_K¹'].before.wk1_acc - FIGURE_3['W_K²'].before.wk0_64_acc,
    ),
    ...RUNS.flatMap((name) => [
      claim(
        `${name} frozen: accuracy in the end`,
        (curves) => between(lately(curveOf(curves, name), 'acc_end', AROUND), 0.93, FIGURE_3[name].end.acc_end + 0.04),
        FIGURE_3[name].end.acc_end,
      ),
      claim(
        `${name} frozen: W_O² in the end`,
        (curves) => atLeast(final(curveOf(curves, name), 'wo1_acc'), 1),
        FIGURE_3[name].end.wo1_acc,
      ),
      claim(
        `${name} frozen: early positions of W_K¹ in the end, twice those of all`,
        (curves, scale) => {
          const curve = curveOf(curves, name);
          return between(final(curve, earlyKeyAt(scale)), 2 * final(curve, 'wk0_acc'), 1);
        },
        FIGURE_3[name].end.wk0_64_acc,
      ),
    ]),
    claim(
      `steps to accuracy ${LEARNED}: W_K¹ frozen, fewer than any other`,
      (curves) => {
        const steps = (name: Run) => stepTo(curveOf(curves, name), 'acc_end', LEARNED);
        const others = RUNS.filter((name) => name !== 'W_K¹').map(steps);
        return between(steps('W_K¹'), (1 - STEPS_FROM_PAPER) * FIGURE_3['W_K¹'].learned, Math.min(...others) - 1);
      },
      FIGURE_3['W_K¹'].learned,
    ),
  ],
  findings: RUNS.flatMap(findingsOf),
  figure: (curves, scale) =>
    overSteps(
      RUNS.flatMap((name) => {
        const { before, end }: Readonly<Record<'before' | 'end', Readonly<Record<string, number>>>> = FIGURE_3[name];
        const column = `${name} frozen`;
        const marked = (panel: ReturnType<typeof recallPanel>) => ({
          ...panel,
          column,
          lines: panel.lines.map((line) => ({ ...line, paper: marksOf(line.key, before, end) })),
        });
        return [
          relabelled(marked(accuracyPanel({ [name]: curveOf(curves, name) })), name),
          { ...marked(recallPanel(name, earlyKeyAt(scale))), title: 'Memory recall' },
        ];
      }),
      [{ at: RELEASE, label: 'released' }],
    ),
};

/** One name for the accuracy of every run, whose own stands above the column. */
function relabelled(panel: ExperimentPanel, run: string): ExperimentPanel {
  return { ...panel, lines: panel.lines.map((line) => (line.label === run ? { ...line, label: 'model' } : line)) };
}

/** wk0_early stands for wk0_64 at quick scale. */
function marksOf(key: string, ...read: readonly Readonly<Record<string, number>>[]): (readonly [number, number])[] {
  const steps = [FIGURE_3_STEPS.before, FIGURE_3_STEPS.end];
  const name = key === 'wk0_early_acc' ? 'wk0_64_acc' : key;
  return read.flatMap((values, n) => (values[name] === undefined ? [] : [[steps[n]!, values[name]] as const]));
}
