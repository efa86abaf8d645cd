/**
 * Times ihead and its peers in turn, round after round, each in a process of its own, and prints a Markdown table.
 *
 *   node compare.mjs [--rounds 3] [--steps 3] [--threads 2] [--dim 128] [--only REGEXP] [--json]
 *
 * PYTHON names a Python that has torch (default: python3); without one PyTorch is left out, and said to be.
 */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { createTask, presets, resolveConfig, sequences, sonnets } from '../../dist/src/index.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    dim: { type: 'string', default: '128' },
    only: { type: 'string', default: '.' },
    json: { type: 'boolean', default: false },
  },
});
const BATCH = 512;
const LOSSES = ['in-context', 'all'];
const python = process.env.PYTHON ?? 'python3';
const { threads, steps, dim } = options;

/**
 * JavaScript peers are too slow for the whole batch: a few sequences are timed, and their time is scaled up linearly.
 */
const peers = [
  ...[
    ['ihead', []],
    ['ihead, wide vectors', ['--wide-vectors']],
    ['ihead, wide vectors, fused', ['--wide-vectors', '--kernel', 'fused']],
  ].map(([label, options]) => ({
    label,
    run: [process.execPath, 'ihead.mjs', '--threads', threads, ...options],
    batch: BATCH,
  })),
  ...[
    ['plain', 0],
    ['plain', 16],
    ['plain', 32],
    ['plain', 64],
    ['fused', 16],
    ['fused', 32],
    ['fused', 64],
  ].map(([form, pieces]) => ({
    label: `PyTorch, ${form}, ${pieces ? `pieces of ${pieces}` : 'one piece'}`,
    run: [python, 'torch_step.py', '--form', form, '--pieces', `${pieces}`, '--threads', threads],
    batch: BATCH,
  })),
  { label: 'jax-js, wasm', run: [process.execPath, 'jax.mjs'], batch: 8 },
  { label: 'TensorFlow.js, wasm', run: [process.execPath, 'tfjs.mjs', '--backend', 'wasm'], batch: 8 },
  { label: 'TensorFlow.js, cpu', run: [process.execPath, 'tfjs.mjs', '--backend', 'cpu'], batch: 4 },
  { label: 'plain TypeScript', run: [process.execPath, 'plain.mjs'], batch: 4 },
].filter(({ label }) => label.startsWith('ihead') || new RegExp(options.only).test(label));

/** Of positions in the loss, so that peers compute on as many rows as ihead's own task has. */
function inContextShare() {
  const { task: config } = resolveConfig([presets.fixed]);
  let inContext = 0;
  for (const { occurrences } of sequences(createTask(config, sonnets()), { seed: 1, count: BATCH })) {
    for (const occurrence of occurrences) if (occurrence >= 2) inContext++;
  }
  return inContext / (BATCH * config.seqLength);
}

function time({ label, run: [command, ...args], batch }, loss, share) {
  const given = { loss, share, dim, batch, steps, vocab: sonnets().symbols.length };
  const flags = Object.entries(given).flatMap(([key, value]) => [`--${key}`, `${value}`]);
  const { status, stdout, stderr, error } = spawnSync(command, [...args, ...flags], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(`${label}: left out: ${(error?.message ?? stderr).trim().split('\n').at(-1)}\n`);
    return null;
  }
  const result = JSON.parse(stdout.trim().split('\n').at(-1));
  return { ...result, seconds: (result.median * BATCH) / batch };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const share = inContextShare();
const load = [];
/** label → loss → results by round. */
const found = new Map(peers.map(({ label }) => [label, new Map(LOSSES.map((loss) => [loss, []]))]));
for (let round = 0; round < Number(options.rounds); round++) {
  for (const loss of LOSSES) {
    for (const peer of peers) {
      const results = found.get(peer.label)?.get(loss);
      if (results === undefined) continue;
      load.push(loadavg()[0]);
      const result = time(peer, loss, share);
      if (result === null) found.delete(peer.label);
      else results.push(result);
      if (result !== null)
        process.stderr.write(`round ${round + 1}, ${loss}, ${peer.label}: ${result.seconds.toFixed(3)} s\n`);
    }
  }
}

const own = found.get('ihead');
const summary = peers.flatMap(({ label, batch }) => {
  const byLoss = found.get(label);
  if (byLoss === undefined) return [];
  const losses = LOSSES.map((loss) => {
    const seconds = byLoss.get(loss).map((result) => result.seconds);
    const ratios = seconds.map((value, round) => value / own.get(loss)[round].seconds);
    return { loss, seconds: median(seconds), ratio: median(ratios), rounds: seconds };
  });
  return [{ label, batch, versions: byLoss.get(LOSSES[0])[0].versions, losses }];
});

if (options.json)
  console.log(JSON.stringify({ share, load, threads: Number(threads), dim: Number(dim), summary }, null, 2));
else {
  const cells = ({ seconds, ratio }) => `${seconds.toPrecision(3)} s | ${ratio.toPrecision(3)} ×`;
  const named = new Map(summary.flatMap(({ versions }) => Object.entries(versions)));
  const [processor] = cpus();
  console.log(
    [
      '| one training step | in-context loss | to ihead | loss on all | to ihead |',
      '| --- | --: | --: | --: | --: |',
      ...summary.map(({ label, batch, losses }) => {
        const scaled = batch === BATCH ? '' : `, from ${batch} sequences`;
        return `| ${label}${scaled} | ${losses.map(cells).join(' | ')} |`;
      }),
      '',
      `${BATCH} sequences of 256 tokens, d = ${dim}; ${(100 * share).toFixed(0)} % of positions are in context. ` +
        `${cpus().length} × ${processor?.model.trim()}, ${type()} ${release()}; ${[...named].map((pair) => pair.join(' ')).join(', ')}. ` +
        `ihead and PyTorch with ${threads} threads; medians over ${options.rounds} rounds of ${steps} steps each, all peers in turn; ` +
        `ratios are medians of each round's. Load average ${Math.min(...load).toFixed(1)}–${Math.max(...load).toFixed(1)}.`,
    ].join('\n'),
  );
}
