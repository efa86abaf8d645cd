/** `ihead compare`: runs side by side, over their seeds: medians with quartiles, the best, and how soon they learn. */
import type { Command } from 'commander';
import { ABSENT, isLoss } from '../analysis/record.js';
import { ConfigError } from '../errors.js';
import { writeAtomic } from '../files/bytes.js';
import { finite } from '../schema.js';
import { type ComparedRun, comparedRuns, grouped, type SettingGroup, settingNamed } from '../sweep/compared-runs.js';
import { type Settings, shortNames, valueText } from '../sweep/settings.js';
import { readOption } from './options.js';
import { note, write, writeJson } from './output.js';
import { columns } from './sweep-table.js';

interface CompareOptions {
  readonly metric: string;
  readonly by?: string;
  readonly threshold?: string;
  readonly csv?: string;
  readonly json?: true;
}

/** One setting over its seeds. Numbers are null where no run has the metric. */
interface Compared {
  readonly settings: Settings;
  readonly seeds: number;
  readonly median: number | null;
  readonly lowerQuartile: number | null;
  readonly upperQuartile: number | null;
  readonly best: number | null;
  /** Runs that reached the threshold, and the median step of the evaluations at which they first did. */
  readonly reached: number;
  readonly step: number | null;
}

const DEFAULT_THRESHOLD = '0.9';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('runs side by side: medians over seeds, the best, how soon')
    .description(
      'Groups finished runs by the settings in which they differ and says, for each group, the median and the quartiles ' +
        'of a metric over its seeds, the best, and the step at which it first reached a threshold.',
    )
    .argument('<paths...>', "runs' folders, the store of a sweep (its last one), or the rows of a sweep (.jsonl)")
    .option('--metric <key>', 'a key of metrics.jsonl', 'acc_end')
    .option('--by <setting>', 'group by this setting alone, like count or task.triggers.count')
    .option(
      '--threshold <value>',
      `of the metric: reached from below, of a loss from above (default: ${DEFAULT_THRESHOLD}; of a loss: none)`,
    )
    .option('--csv <file>', 'write the table as CSV too')
    .option('--json', 'print a line of JSON a group')
    .addHelpText('after', '\nExample:\n  ihead compare runs/store --by learningRate --csv rates.csv')
    .action(compare);
}

async function compare(paths: readonly string[], options: CompareOptions): Promise<void> {
  const { metric } = options;
  const runs = comparedRuns(paths);
  if (!runs.some(({ records }) => Object.hasOwn(records.at(-1)!, metric))) {
    throw new ConfigError(
      '--metric',
      metric,
      `a key of metrics.jsonl (${Object.keys(runs[0]!.records.at(-1)!).join(', ')})`,
    );
  }
  const varied = Object.keys(runs[0]!.settings);
  const by = options.by === undefined ? varied : [settingNamed(options.by, varied)];
  const given = options.threshold ?? (isLoss(metric) ? undefined : DEFAULT_THRESHOLD);
  const threshold =
    given === undefined
      ? null
      : readOption(
          '--threshold',
          finite('a number', () => true),
          given,
        );
  const rows = grouped(runs, by).map((group) => compared(group, metric, threshold));
  if (options.json) for (const row of rows) await writeJson({ metric, threshold, ...row });
  else await write(`${table(by, rows, metric, threshold).join('\n')}\n`);
  if (options.csv === undefined) return;
  writeAtomic(options.csv, csv(by, rows));
  note(`written: ${options.csv}`);
}

function compared({ settings, runs }: SettingGroup, metric: string, threshold: number | null): Compared {
  const loss = isLoss(metric);
  const values = runs.flatMap((run) => lastOf(run, metric) ?? []).sort((a, b) => a - b);
  const steps = threshold === null ? [] : runs.flatMap((run) => firstAt(run, metric, threshold, loss) ?? []);
  steps.sort((a, b) => a - b);
  return {
    settings,
    seeds: runs.length,
    median: quantile(values, 0.5),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
    best: (loss ? values[0] : values.at(-1)) ?? null,
    reached: steps.length,
    step: quantile(steps, 0.5),
  };
}

function lastOf({ records }: ComparedRun, metric: string): number | null {
  const value = records.at(-1)![metric];
  return value === undefined || value === ABSENT ? null : value;
}

function firstAt({ records }: ComparedRun, metric: string, threshold: number, loss: boolean): number | null {
  const at = records.find(({ [metric]: value }) => {
    if (value === null || value === undefined || value === ABSENT) return false;
    return loss ? value <= threshold : value >= threshold;
  });
  return at?.iter ?? null;
}

/** Between the two nearest of ascending values; null of none. */
function quantile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low);
}

function table(by: readonly string[], rows: readonly Compared[], metric: string, threshold: number | null): string[] {
  const reach = threshold === null ? [] : [`step at ${threshold}`];
  const head = [...shortNames(by), 'runs', metric, 'quartiles', 'best', ...reach];
  const lines = rows.map(({ settings, seeds, median, lowerQuartile, upperQuartile, best, reached, step }) => [
    ...by.map((path) => valueText(settings[path])),
    String(seeds),
    shown(median),
    `${shown(lowerQuartile)} to ${shown(upperQuartile)}`,
    shown(best),
    ...(threshold === null
      ? []
      : [step === null ? '–' : `${step}${reached < seeds ? ` (${reached} of ${seeds})` : ''}`]),
  ]);
  return columns([head, ...lines]);
}

function csv(by: readonly string[], rows: readonly Compared[]): string {
  const head = [...by, 'runs', 'median', 'lower_quartile', 'upper_quartile', 'best', 'reached', 'step'];
  const lines = rows.map(({ settings, seeds, median, lowerQuartile, upperQuartile, best, reached, step }) => [
    ...by.map((path) => valueText(settings[path])),
    ...[seeds, median, lowerQuartile, upperQuartile, best, reached, step].map((value) => String(value ?? '')),
  ]);
  return [head, ...lines].map((line) => `${line.map(quoted).join(',')}\n`).join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function shown(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}
