/** What `ihead bench` does, given the builds and somewhere to write. */
import type { Build } from '../bindings/instance.js';
import { runProfile } from './profile.js';
import { runScaling } from './scaling.js';
import { STEP_CASES } from './steps.js';
import { type BenchOptions, runBench } from './suite.js';
import { benchTable, profileTable, scalingTable } from './table.js';

export interface BenchCommandOptions
  extends Pick<BenchOptions, 'version' | 'quick' | 'wideVectors' | 'threads' | 'warn' | 'machine'> {
  /** The strict build, and the fused one where the runtime fuses. */
  readonly builds: readonly [Build, ...Build[]];
  /** One JSON object: a BenchReport, or `{ profiles: ProfileReport[] }`. Otherwise tables. */
  readonly json?: boolean;
  /** Where the time of a step goes instead of the suite: paper size with both losses, and the strict build. */
  readonly profile?: boolean;
  /** How the time of a step grows with each size instead, on the first build. */
  readonly scaling?: boolean;
  readonly write: (text: string) => void;
  readonly progress?: (message: string) => void;
}

const PROFILED = STEP_CASES.slice(0, 2);
const PROFILE_STEPS = { thorough: 12, quick: 3 };

export async function benchCommand(options: BenchCommandOptions): Promise<void> {
  const { json = false, profile = false, quick = false, builds, version, write, progress = () => {} } = options;
  const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const given = version === undefined ? {} : { version };
  if (options.scaling) {
    const { threads } = options;
    const report = await runScaling({
      build: builds[0],
      ...given,
      ...(threads === undefined ? {} : { threads }),
      ...(quick ? { rounds: 2 } : {}),
      progress,
    });
    write(json ? asJson(report) : scalingTable(report));
    return;
  }
  if (!profile) {
    const report = await runBench(options);
    write(json ? asJson(report) : benchTable(report));
    return;
  }
  const steps = quick ? PROFILE_STEPS.quick : PROFILE_STEPS.thorough;
  const profiles = [];
  for (const stepCase of PROFILED) {
    progress(`profile: ${stepCase.name}`);
    profiles.push(await runProfile({ build: builds[0], stepCase, steps, ...given }));
  }
  write(json ? asJson({ profiles }) : profiles.map(profileTable).join('\n'));
}
