/** `ihead sweep`: many runs that differ in what is varied and in their seeds; none of them is trained twice. */
import process from 'node:process';
import type { Command } from 'commander';
import { loadBuild } from '../../bindings/build.js';
import { exactMath } from '../../bindings/math.js';
import type { Row } from '../analysis/record.js';
import { ConfigError } from '../errors.js';
import { integer } from '../schema.js';
import { expectedSeconds, measurePace, type Pace, TIMING } from '../sweep/pace.js';
import { type Plan, type PlannedRun, planRuns } from '../sweep/plan.js';
import { type PlanFile, readPlanFile } from '../sweep/plan-file.js';
import { type Ending, type RunPool, trainLocally } from '../sweep/pool.js';
import { connect } from '../sweep/queue/connection.js';
import { trainOnQueue } from '../sweep/queue/coordinator.js';
import { rowsPath, type SweepRow, writeRows } from '../sweep/rows.js';
import { grid, parseVary } from '../sweep/settings.js';
import { curveOf, DEFAULT_STORE, makeStore, type Outcome, outcomeOf, runFolder, runsIn } from '../sweep/store.js';
import type { Config, ConfigLayer } from '../train/config.js';
import { presetNamed } from '../train/presets.js';
import { mergeLayers } from '../train/resolve.js';
import { addSpeedOptions, chooseBuild, type SpeedOptions, tuned } from './builds.js';
import { listenForEndings, statusOf } from './endings.js';
import {
  addConfigOptions,
  askedLayers,
  type ConfigOptions,
  DEFAULT_PRESET,
  machineLayer,
  readOption,
} from './options.js';
import { note, outliveReader, write, writeJson } from './output.js';
import { surroundings } from './surroundings.js';
import { createSweepTable, runTable, type SweepTable, silentTable, timeText } from './sweep-table.js';

interface SweepOptions extends ConfigOptions, SpeedOptions {
  readonly vary: readonly string[];
  readonly seeds?: string;
  readonly steps?: string;
  readonly evalEvery?: string;
  readonly out: string;
  readonly queue?: string;
  readonly shard?: string;
  readonly dryRun?: true;
  readonly json?: true;
  readonly quiet?: true;
}

const MOST_SEEDS = 10_000;
const SOME_FAILED = 1;
const NO_FILE: PlanFile = { layers: [], hasPreset: false, combinations: [{}], seeds: undefined };

export function addSweep(program: Command): void {
  const command = program
    .command('sweep')
    .summary('train many runs that differ in some settings and in their seeds')
    .description(
      'Trains every combination of the varied settings, each over several seeds, several runs at a time. A run lies in ' +
        'the store under the hash of all that decides it: one that is there is not trained again, one that was begun ' +
        'goes on from its checkpoint. Ctrl-C finishes the steps that are under way and saves.',
    );
  addSpeedOptions(
    addConfigOptions(command.argument('[plan]', 'a file of JSON: grids, lists, random draws (docs/sweeps.md)')),
  )
    .option(
      '--vary <key=values>',
      'a setting and its values, like training.optimizer.learningRate=.05,.1; repeatable',
      (given: string, before: readonly string[]) => [...before, given],
      [],
    )
    .option('--seeds <n>', 'seeds of each combination, counted up from --seed (default: 1)')
    .option('--steps <n>', 'training steps (training.steps)')
    .option('--eval-every <n>', 'evaluate every so many steps, and at the last (training.evalEvery)')
    .option('--out <folder>', 'the store that runs are looked for and kept in', DEFAULT_STORE)
    .option('--queue <url>', 'train on the workers of a Redis (redis://host:6379/0; ihead worker)')
    .option('--shard <i/n>', 'train every n-th run alone, for n machines with one folder; i counts from 0 or from 1')
    .option('--dry-run', 'list the runs, which of them stand already, and the minutes that are left')
    .option('--json', 'print a line of JSON a run; everything else goes to standard error')
    .option('--quiet', 'print nothing but errors (with --json: and the runs)')
    .addHelpText(
      'after',
      [
        '\nExamples:',
        '  ihead sweep --preset quick --vary task.triggers.count=1,3,5 --seeds 3 --dry-run',
        '  ihead sweep --preset quick --vary task.triggers.count=1,3,5 --vary training.optimizer.learningRate=.05,.1,.2 --seeds 3',
      ].join('\n'),
    )
    .action(sweep);
}

async function sweep(path: string | undefined, options: SweepOptions): Promise<void> {
  const file = path === undefined ? NO_FILE : readPlanFile(path, exactMath(loadBuild()));
  const { layers, kernel } = layersOf(options, file);
  const build = tuned(chooseBuild(kernel), options, note);
  const about = surroundings(build);
  const asked = options.seeds === undefined ? undefined : readOption('--seeds', integer(1, MOST_SEEDS), options.seeds);
  const seeds = asked ?? file.seeds ?? 1;
  const more = grid(options.vary.map(parseVary));
  const combinations = file.combinations.flatMap((settings) => more.map((varied) => ({ ...settings, ...varied })));
  const maker = { build: build.sha256, version: about.versions.ihead! };
  const plan = planRuns(layers, combinations, seeds, maker);
  const store = options.out;
  if (store === '') throw new ConfigError('--out', store, 'the name of a folder');
  const threads = mergeLayers([machineLayer(), ...layers]).threads!;
  if (options.dryRun)
    return foresee(plan, store, options, (missing) => measurePace(missing, build, threads, TIMING.estimate));

  makeStore(store);
  outliveReader();
  const own = shardOf(options.shard, plan.runs);
  const connection = options.queue === undefined ? null : await connect(options.queue);
  const sweepOf = openSweep(plan, store, options);
  let pool: RunPool | null = null;
  const endings = listenForEndings(() => {
    const left =
      connection === null ? 'stopping after the steps that are under way' : 'leaving the runs to the workers';
    sweepOf.table.note(`${left}; Ctrl-C again quits at once`);
    pool?.stop();
  });
  try {
    const missing = (await sweepOf.standing()).filter(own);
    if (missing.length > 0 && connection !== null) {
      sweepOf.begin(missing, `waiting for workers of ${connection.address}`, null);
      pool = trainOnQueue(missing, connection, { store, maker }, sweepOf.watcher);
      await pool.done;
    } else if (missing.length > 0) {
      const pace = await measurePace(missing, build, threads, TIMING.sweep);
      sweepOf.begin(missing, paceText(pace), expectedSeconds(missing, pace));
      if (endings.asked === null) {
        const settings = { store, build, shares: pace.shares, surroundings: about };
        pool = trainLocally(missing, settings, sweepOf.watcher);
        await pool.done;
      }
    }
  } finally {
    sweepOf.table.clear();
    endings.release();
    await sweepOf.close();
    connection?.close();
  }
  if (endings.asked !== null) process.exitCode = statusOf(endings.asked);
}

/** Whether a run is one of this machine's: every n-th, from the i-th on. */
function shardOf(given: string | undefined, runs: readonly PlannedRun[]): (run: PlannedRun) => boolean {
  if (given === undefined) return () => true;
  const [, i, n] = /^([0-9]{1,6})\/([0-9]{1,6})$/.exec(given)?.map(Number) ?? [];
  if (i === undefined || n === undefined || n === 0 || i > n) {
    throw new ConfigError('--shard', given, 'i/n, like 0/4, with i from 0 to n - 1, or from 1 to n');
  }
  const own = new Set(runs.filter((_, at) => at % n === i % n).map(({ id }) => id));
  return ({ id }) => own.has(id);
}

/** What all runs share, lowest first. */
function layersOf(
  options: SweepOptions,
  plan: PlanFile,
): { readonly layers: readonly ConfigLayer[]; readonly kernel: Config['kernel'] } {
  const { preset, file, set, flags } = askedLayers(options, [
    ['--steps', 'training.steps', options.steps],
    ['--eval-every', 'training.evalEvery', options.evalEvery],
  ]);
  if (preset !== undefined && plan.hasPreset)
    throw new ConfigError('--preset', options.preset, 'none: the plan has one');
  const lowest = preset ?? (plan.hasPreset ? {} : presetNamed(DEFAULT_PRESET));
  const layers = [lowest, ...plan.layers, file ?? {}, set, flags];
  return { layers, kernel: mergeLayers(layers).kernel ?? 'auto' };
}

/** `--dry-run`: nothing is written. */
async function foresee(
  plan: Plan,
  store: string,
  options: SweepOptions,
  measure: (missing: readonly PlannedRun[]) => Promise<Pace>,
): Promise<void> {
  const known = runsIn(store);
  const missing = plan.runs.filter(({ id }) => known.get(id) !== 'ended');
  const lines = plan.runs.map(({ id, settings, seed }): SweepRow => {
    const status = known.get(id) === 'ended' ? 'finished' : known.has(id) ? 'begun' : 'missing';
    return { id, settings, seed, directory: runFolder(store, id), status, final: null };
  });
  if (options.json) await write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  else await write(`${runTable(plan, lines).join('\n')}\n`);
  if (options.quiet) return;
  const counted = `${plan.runs.length} runs: ${plan.runs.length - missing.length} stand in ${store}`;
  const begun = lines.filter(({ status }) => status === 'begun').length;
  const went = begun > 0 ? `, ${begun} were begun` : '';
  if (missing.length === 0) return note(`${counted}${went}; nothing is left to train`);
  const pace = await measure(missing);
  note(
    `${counted}${went}, ${missing.length} are to be trained: ${timeText(expectedSeconds(missing, pace))}, ${paceText(pace)}`,
  );
}

/** The speeds that were measured, and what follows from them. */
function paceText({ shares, tokensPerSecond: { several, one } }: Pace): string {
  const speed = (perSecond: number) => `${Math.round(perSecond / 1000)}k tokens/s`;
  const at = shares.length > 1 ? `${shares.length} runs at a time` : 'one run at a time';
  if (several === null || one === null) return `${at} (measured here: ${speed(several ?? one!)})`;
  return `${at} (measured here: ${speed(several)} side by side, ${speed(one)} one after the other)`;
}

/** A sweep that is under way: what is said of it, and its rows. */
function openSweep(plan: Plan, store: string, options: SweepOptions) {
  const rows = new Map<string, SweepRow>();
  const errors = new Map<string, string>();
  let trained = 0;
  const table: SweepTable = options.quiet ? silentTable : createSweepTable(process.stderr, plan);

  function ended(run: PlannedRun, outcome: Outcome): SweepRow {
    const curve: readonly Row[] = curveOf(store, run.id);
    if (outcome.error !== null) errors.set(run.id, outcome.error);
    return rowOf(run, outcome.status, curve.at(-1) ?? null);
  }

  function rowOf({ id, settings, seed }: PlannedRun, status: SweepRow['status'], final: Row | null): SweepRow {
    const row = { id, settings, seed, directory: runFolder(store, id), status, final };
    rows.set(id, row);
    return row;
  }

  async function tell(row: SweepRow): Promise<void> {
    if (options.json) await writeJson(row);
  }

  return {
    table,
    /** Takes what stands; gives back what does not. */
    async standing(): Promise<readonly PlannedRun[]> {
      const known = runsIn(store);
      const missing: PlannedRun[] = [];
      for (const run of plan.runs) {
        const outcome = known.get(run.id) === 'ended' ? outcomeOf(store, run.id) : null;
        if (outcome === null) missing.push(run);
        else {
          const row = ended(run, outcome);
          table.stood(row);
          await tell(row);
        }
      }
      return missing;
    },
    begin(missing: readonly PlannedRun[], how: string, seconds: number | null): void {
      const stood = rows.size === 0 ? '' : `, ${rows.size} stand already`;
      table.note(`${plan.runs.length} runs in ${store}${stood}; ${how}`);
      table.begin(missing, seconds);
    },
    watcher: {
      step: table.step,
      warn: (message: string) => table.note(message),
      end(run: PlannedRun, ending: Ending): void {
        let row: SweepRow;
        if (ending.kind === 'ended') {
          if (ending.trained) trained++;
          row = ended(run, ending.outcome);
        } else if (ending.kind === 'failed') {
          errors.set(run.id, ending.error);
          row = rowOf(run, 'failed', null);
        } else row = rowOf(run, 'begun', null);
        table.end(run, row, errors.get(run.id) ?? null);
        void tell(row);
      },
    },
    /** Rows go into their file; what there is to say at the end is said. */
    async close(): Promise<void> {
      const all = plan.runs.map((run) => rows.get(run.id) ?? rowOf(run, 'missing', null));
      const path = rowsPath(
        store,
        all.map(({ id }) => id),
      );
      writeRows(store, path, plan.varied, all);
      for (const row of all.filter(({ status }) => status === 'missing')) await tell(row);
      const failed = all.filter(({ status }) => status === 'failed' || status === 'diverged');
      if (failed.length > 0) process.exitCode = SOME_FAILED;
      if (options.quiet) return;
      if (!options.json) await write(`${runTable(plan, all).join('\n')}\n`);
      for (const { id, status } of failed) note(`${id} ${status}: ${errors.get(id)}`);
      const open = all.filter(({ status }) => status === 'missing' || status === 'begun').length;
      const left = open > 0 ? `, ${open} are left: the same command goes on` : '';
      const stood = all.length - trained - open - failed.filter(({ status }) => status === 'failed').length;
      note(`${trained} trained, ${stood} stood already, ${failed.length} failed${left}; rows: ${path}`);
    },
  };
}
