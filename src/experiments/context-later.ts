/** Figure 4, left, and Figure 5: the loss on global tokens falls before the one on in-context tokens. */
import type { TriggerConfig } from '../task/triggers/config.js';
import { at, curveOf, earlyKeyAt, final, mean } from './curve-queries.js';
import { atLeast, atMost, between, type Curves, claim, finding, type TrainedExperiment } from './experiment.js';
import { FIGURE_4_LEFT, FIGURE_4_LEFT_STEPS, FIGURE_5, FIGURE_5_EARLIER } from './paper-values.js';
import { allTokenSettings, FREQUENT, RARE, randomTriggers, SPACE } from './settings.js';
import { overSteps, panelOf } from './shared-panels.js';

const CONTROL = 'K = 5, frequent';
/** The paper's four, and the control that it does not show: frequent triggers, to hold random ones against. */
const TRIGGERS = {
  'K = 1, space': SPACE,
  'K = 5, rare': RARE,
  'K = 1, random': randomTriggers(1),
  'K = 5, random': randomTriggers(5),
  [CONTROL]: FREQUENT,
} satisfies Readonly<Record<string, TriggerConfig>>;
type Run = keyof typeof TRIGGERS;
const RUNS = Object.keys(TRIGGERS) as Run[];
const PRINTED = Object.keys(FIGURE_5) as (keyof typeof FIGURE_5)[];

const STEPS = 500;
/** The last step that was read. */
const END = FIGURE_4_LEFT_STEPS.at(-1)!;
/** When the memories of two runs are compared. */
const EARLY = 100;
/** Steps by which the bigram law is known. */
const GLOBAL = { quick: 100, paper: 50 } as const;
const FROM_ITS_END = 0.15;
/** How far an in-context loss in the end may lie from the paper's. */
const FROM_PAPER = { quick: 0.7, paper: 0.2 } as const;

function recallAt(curves: Curves, run: Run, key: string): number {
  return at(curveOf(curves, run), key, EARLY);
}

/** What Figure 5 reads of a recall. */
function read(run: keyof typeof FIGURE_5, key: 'wo1_acc' | 'wk1_acc' | 'wk0_64_acc'): (readonly [number, number])[] {
  const earlier: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = FIGURE_5_EARLIER;
  const point = earlier[run]?.[key];
  return [...(point === undefined ? [] : [point]), [495, FIGURE_5[run][key]] as const];
}

/** Less learned in context, over the whole run. */
function slower(slow: Run, fast: Run) {
  return claim(`mean in-context loss: ${slow}, above ${fast}`, (curves) =>
    atLeast(mean(curveOf(curves, slow), 'loss_head') - mean(curveOf(curves, fast), 'loss_head'), 0.05),
  );
}

export const contextLater: TrainedExperiment = {
  id: 'context-later',
  title: 'The bigram law is learned first, the context later',
  source: 'Figure 4, left, and Figure 5',
  seeds: { quick: 3, paper: 3 },
  runs: (scale) => RUNS.map((name) => ({ name, config: allTokenSettings(scale, TRIGGERS[name], STEPS) })),
  claims: [
    ...RUNS.map((name) =>
      claim(`${name}: global loss early, above its end by at most ${FROM_ITS_END}`, (curves, scale) => {
        const curve = curveOf(curves, name);
        return atMost(at(curve, 'loss_bigram', GLOBAL[scale]) - final(curve, 'loss_bigram'), FROM_ITS_END);
      }),
    ),
    ...PRINTED.map((name) => {
      const printed = FIGURE_4_LEFT[name].at(-1)!;
      return claim(
        `${name}: in-context loss at ${END}`,
        (curves, scale) =>
          between(
            at(curveOf(curves, name), 'loss_head', END),
            Math.max(0, printed - FROM_PAPER[scale]),
            printed + FROM_PAPER[scale],
          ),
        printed,
      );
    }),
    slower('K = 1, random', 'K = 5, random'),
    slower('K = 5, rare', CONTROL),
    slower('K = 5, random', CONTROL),
    ...(['K = 1, random', 'K = 5, rare'] as const).map((name) =>
      claim(`W_O² at ${EARLY}: ${name}, below K = 5, random`, (curves) =>
        atMost(recallAt(curves, name, 'wo1_acc'), recallAt(curves, 'K = 5, random', 'wo1_acc') - 0.1),
      ),
    ),
    ...(['K = 1, random', 'K = 5, random'] as const).map((name) =>
      claim(`W_K² at ${EARLY}: ${name}`, (curves) => atMost(recallAt(curves, name, 'wk1_acc'), 0.5)),
    ),
    ...(['K = 1, space', 'K = 5, rare', CONTROL] as const).map((name) =>
      claim(`W_K² at ${EARLY}: ${name}`, (curves) => atLeast(recallAt(curves, name, 'wk1_acc'), 1)),
    ),
    claim(`W_O² at ${EARLY}: K = 5, random, less frequent: random triggers cost it nothing`, (curves) =>
      between(recallAt(curves, 'K = 5, random', 'wo1_acc') - recallAt(curves, CONTROL, 'wo1_acc'), -0.1, 0.1),
    ),
  ],
  findings: [
    ...PRINTED.flatMap((name) =>
      FIGURE_4_LEFT_STEPS.map((step, n) =>
        finding(
          `${name}: in-context loss at ${step}`,
          (curves) => at(curveOf(curves, name), 'loss_head', step),
          FIGURE_4_LEFT[name][n],
        ),
      ),
    ),
    ...RUNS.map((name) =>
      finding(`${name}: global loss in the end`, (curves) => final(curveOf(curves, name), 'loss_bigram')),
    ),
    ...RUNS.flatMap((name) =>
      (['wo1_acc', 'wk1_acc', 'wk0_64_acc'] as const).map((key) =>
        finding(
          `${name}: ${key} in the end`,
          (curves) => final(curveOf(curves, name), key),
          name === CONTROL ? undefined : FIGURE_5[name][key],
        ),
      ),
    ),
    ...RUNS.map((name) => finding(`${name}: W_O² at ${EARLY}`, (curves) => recallAt(curves, name, 'wo1_acc'))),
  ],
  figure: (_, scale) => {
    const loss = panelOf('In-context loss', 'nats, second occurrence on', 'loss_head', RUNS);
    const recall = (title: string, key: string) => {
      const panel = panelOf(title, 'share recalled', key, RUNS);
      const printed = key === 'wk0_early_acc' ? 'wk0_64_acc' : (key as 'wo1_acc' | 'wk1_acc' | 'wk0_64_acc');
      return {
        ...panel,
        lines: panel.lines.map((line) =>
          line.run === CONTROL ? line : { ...line, paper: read(line.run as keyof typeof FIGURE_5, printed) },
        ),
      };
    };
    return overSteps([
      panelOf('Global loss', 'nats, where no trigger stands', 'loss_bigram', RUNS),
      {
        ...loss,
        lines: loss.lines.map((line) =>
          line.run === CONTROL
            ? line
            : {
                ...line,
                paper: FIGURE_4_LEFT_STEPS.map(
                  (step, n) => [step, FIGURE_4_LEFT[line.run as keyof typeof FIGURE_4_LEFT][n]!] as const,
                ),
              },
        ),
      },
      recall('Recall of W_O²', 'wo1_acc'),
      recall('Recall of W_K²', 'wk1_acc'),
      recall('Recall of W_K¹, early positions', earlyKeyAt(scale)),
    ]);
  },
};
