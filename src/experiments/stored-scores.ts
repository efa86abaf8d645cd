/** Figure 7: scores stored for each token, against how often the token is met. */
import { measures } from '../analysis/measures.js';
import { curveOf, earlyKeyAt } from './curve-queries.js';
import { atLeast, atMost, type Curves, claim, finding, type TrainedExperiment, tableOf } from './experiment.js';
import { scoresIn, scoreTable } from './looks.js';
import { inContextSettings, randomTriggers } from './settings.js';
import { overSteps, recallPanel } from './shared-panels.js';
import { rankCorrelation, relativeSpread } from './statistics.js';

const RUN = 'in context';
const STEPS = 1000;
/** How clearly W_K¹ fades with the position; a quick run has 63 of them. */
const FADING = { quick: -0.2, paper: -0.5 } as const;
/** Positions of the paper's map. */
const POSITIONS = 97;
const TABLES = { 'W_K¹': 'wk0', 'W_K²': 'wk1', 'W_O²': 'wo1' } as const;
type Table = keyof typeof TABLES;
const NAMES = Object.keys(TABLES) as Table[];
const ASKED: Readonly<Record<Table, readonly [rows: string, columns: string]>> = {
  'W_K¹': ['position', 'position looked at'],
  'W_K²': ['present token', 'token before the place looked at'],
  'W_O²': ['attended token', 'token put out'],
};

/** Scores of the associations that the memory should hold. */
function diagonalOf(curves: Curves, table: Table): number[] {
  return scoresIn(curveOf(curves, tableOf(RUN, table))).map((row, i) => row[i]!);
}

/** With how frequent the tokens are. */
function byFrequency(curves: Curves, table: Table): number {
  const frequencies = curveOf(curves, tableOf(RUN, table)).map((row) => row.frequency ?? Number.NaN);
  return rankCorrelation(diagonalOf(curves, table), frequencies);
}

export const storedScores: TrainedExperiment = {
  id: 'stored-scores',
  title: 'What is met more often is stored more strongly',
  source: 'Figure 7',
  seeds: { quick: 1, paper: 1 },
  runs: (scale) => [
    {
      name: RUN,
      config: inContextSettings(scale, randomTriggers(3), STEPS),
      looks: Object.fromEntries(NAMES.map((name) => [name, scoreTable(TABLES[name], POSITIONS)])),
    },
  ],
  claims: [
    claim('scores of W_K² on the diagonal: rank correlation with the frequency of the token', (curves) =>
      atLeast(byFrequency(curves, 'W_K²'), 0.6),
    ),
    claim('scores of W_K¹ on the diagonal: rank correlation with the position', (curves, scale) => {
      const diagonal = diagonalOf(curves, 'W_K¹');
      return atMost(
        rankCorrelation(
          diagonal,
          diagonal.map((_, t) => t),
        ),
        FADING[scale],
      );
    }),
    claim('scores of W_O² on the diagonal: relative spread, nearly even', (curves) =>
      atMost(relativeSpread(diagonalOf(curves, 'W_O²')), 0.2),
    ),
    claim('relative spread of the diagonal: W_O², below the two keys', (curves) => {
      const spread = (table: Table) => relativeSpread(diagonalOf(curves, table));
      return atMost(spread('W_O²'), Math.min(spread('W_K¹'), spread('W_K²')));
    }),
  ],
  findings: [
    ...NAMES.map((name) =>
      finding(`relative spread of the diagonal of ${name}`, (curves) => relativeSpread(diagonalOf(curves, name))),
    ),
    finding('scores of W_O² on the diagonal: rank correlation with the frequency of the token', (curves) =>
      byFrequency(curves, 'W_O²'),
    ),
  ],
  figure: (_, scale) => overSteps([{ ...recallPanel(RUN, earlyKeyAt(scale)), title: 'Memory recall' }]),
  pictures: (curves, { symbols }) =>
    NAMES.map((name) => {
      const scores = scoresIn(curveOf(curves, tableOf(RUN, name)));
      const names = name === 'W_K¹' ? scores.map((_, t) => String(t)) : [...symbols];
      const [rowTitle, columnTitle] = ASKED[name];
      const { title } = measures[`${TABLES[name]}_acc`];
      return {
        name: TABLES[name],
        matrix: {
          title: `Scores of ${title.replace('recall of ', '')}`,
          rows: name === 'W_K¹' ? scores.map((_, t) => String(t + 1)) : names,
          columns: names,
          rowTitle,
          columnTitle,
          scores: scores.flat(),
        },
      };
    }),
};
