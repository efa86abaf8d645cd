/** `ihead inspect`: what saved weights do with a few fresh sequences, position by position. */
import { type Command, Option } from 'commander';
import { exactMath } from '../../bindings/math.js';
import { STREAMS } from '../../bindings/streams.js';
import { type Observation, openObserver } from '../model/observation.js';
import { integer } from '../schema.js';
import { sequences } from '../task/sequences.js';
import { chooseBuild } from './builds.js';
import { addConfigOptions, type ConfigOptions, readOption } from './options.js';
import { write } from './output.js';
import { checkFinite, loadWeights } from './saved-weights.js';

interface InspectOptions extends ConfigOptions {
  readonly count: string;
}

/** Shares are printed to a millionth, rather than with all the digits of a float32. */
const UNIT = 1e6;

export function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .summary('attention and predictions of saved weights, as JSON lines')
    .description(
      'Prints what saved weights do with fresh sequences, one JSON object a line: { tokens, targets, occurrences, triggers, ' +
        'outputs, text, predictions, probabilities, attention }. probabilities are those of the targets; ' +
        'attention[layer][head][t][s] is what position t pays to position s.',
    )
    .argument('<path>', "a run's folder, or a safetensors file; one without our metadata needs --config")
    .addOption(new Option('--count <n>', 'how many sequences').default('1', '1'));
  addConfigOptions(command).action(inspect);
}

async function inspect(path: string, options: InspectOptions): Promise<void> {
  const count = readOption('--count', integer(1, 2 ** 32 - 1), options.count);
  const { config, task, weights, step } = loadWeights(path, options);
  const build = chooseBuild(config.kernel);
  const { exp } = exactMath(build);
  const length = config.task.seqLength;
  const { circuit } = config.training;
  const observer = openObserver(config.model, weights, { build, length, circuit });
  for (const sequence of sequences(task, { seed: config.seed, count, stream: STREAMS.fresh, build })) {
    const seen = observer.observe(sequence.tokens, sequence.targets);
    checkFinite(step, { loss: seen.losses.reduce((sum, loss) => sum + loss, 0) });
    const probabilities = Array.from(seen.losses, (loss) => rounded(exp(-loss)));
    const head = JSON.stringify({ ...sequence, predictions: [...seen.predictions], probabilities });
    await write(`${head.slice(0, -1)},"attention":`);
    for (const piece of attentionJson(seen.attention, length)) await write(piece);
    await write('}\n');
  }
}

/** Row by row: the attention of long sequences does not fit into one string. */
function* attentionJson(attention: Observation['attention'], length: number): Generator<string> {
  for (const [layer, heads] of attention.entries()) {
    for (const [head, weights] of heads.entries()) {
      yield head > 0 ? ',[' : layer > 0 ? ',[[' : '[[[';
      for (let t = 0; t < length; t++) {
        const row = Array.from(weights.subarray(t * length, (t + 1) * length), rounded);
        yield `${t > 0 ? ',' : ''}${JSON.stringify(row)}`;
      }
      yield ']';
    }
    yield ']';
  }
  yield ']';
}

function rounded(share: number): number {
  return Math.round(share * UNIT) / UNIT;
}
