/** Records and runs made up for the tests: every value is known, and none is alike. */
import type { MetricsRecord } from '../../../src/analysis/record.js';
import type { ReportRun } from '../../../src/report/page.js';

/** Everything that markup, XML, file systems or a reader's eye could stumble over. */
export const HOSTILE = [
  '<script>document.title="ran"</script>',
  '"><img src=x onerror=document.title="ran">',
  '</title></svg></style><b>',
  "]]>&amp;&'",
  '\u0000\u0007\u001f',
  '\ud800',
  '\uffff',
  '\u202e\u200b\u2028',
  '../../etc/passwd',
];

export function recordOf(iter: number, values: Partial<MetricsRecord> = {}): MetricsRecord {
  const share = (phase: number) => 0.5 + 0.4 * Math.sin(phase + iter / 30);
  const record: Record<string, number | null> = {
    iter,
    loss: 3 * share(0.1),
    loss_bigram: 3 * share(0.2),
    loss_head: 4 * share(0.3),
    acc_end: share(1),
    acc_end_test: share(1.1),
    acc_end_open: share(1.2),
    acc_tot: share(1.3),
    baseline_bag: 0.5,
    baseline_bayes: 0.99,
    wo1_acc: share(2),
    wk1_acc: share(2.5),
    wk0_acc: share(3),
    wk0_64_acc: share(3.5),
    wk0_early_acc: share(4),
    ff1_loss: -1,
    tokens_per_second: 1000 + iter,
    seconds: iter / 7,
  };
  return { ...record, ...values } as unknown as MetricsRecord;
}

export function recordsOf(count: number, values: Partial<MetricsRecord> = {}): MetricsRecord[] {
  return Array.from({ length: count }, (_, n) => recordOf(10 * n, values));
}

/** Attention on the position before, in each of `layers` layers with `heads` heads. */
export function sampleOf(symbols: readonly string[], layers = 2, heads = 1): ReportRun['samples'][number] {
  const T = symbols.length;
  const weights = new Float32Array(T * T);
  for (let t = 0; t < T; t++) weights[t * T + Math.max(0, t - 1)] = 1;
  const attention = Array.from({ length: layers }, () => Array.from({ length: heads }, () => weights));
  const targets = [...symbols.slice(1), symbols[0] ?? ''];
  const predictions = targets.map((target, t) => (t % 3 === 0 ? 'wrong' : target));
  return { title: 'by hand', symbols, targets, predictions, occurrences: symbols.map((_, t) => t % 4), attention };
}

export function memoryOf(symbols: readonly string[]): ReportRun['memories'][number] {
  const N = symbols.length;
  const scores = Float64Array.from({ length: N * N }, (_, n) => (n % (N + 1) === 0 ? 5 : Math.sin(n)));
  const facts = [{ fact: 'Loudest unwanted associations', value: 'a → b (+1)' }];
  return { ...matrixOf(symbols), title: 'W_O²', scores, ideal: scores.map((score) => 2 * score), facts };
}

function matrixOf(symbols: readonly string[]): ReportRun['circuits'][number] {
  const scores = Float64Array.from({ length: symbols.length ** 2 }, (_, n) => Math.cos(n));
  return { title: 'QK', rows: symbols, columns: symbols, rowTitle: 'asked', columnTitle: 'answered', scores };
}

export function runOf(name: string, values: Partial<ReportRun> = {}): ReportRun {
  const symbols = Array.from('the cat sat on the mat\n');
  return {
    name,
    config: { seed: 1, task: { seqLength: 23, triggers: { count: 5 } }, training: { freezeUntil: [] } },
    records: recordsOf(12),
    samples: [sampleOf(symbols)],
    memories: [memoryOf([...new Set(symbols)])],
    circuits: [matrixOf([...new Set(symbols)])],
    ...values,
  };
}
