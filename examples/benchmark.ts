/** Time training steps where you are, and say on what. */
import { presets } from 'ihead';
import { runBench } from 'ihead/bench';

const { environment, steps } = await runBench({ quick: true, steps: [{ name: 'quick', layers: [presets.quick] }] });
console.log(`${environment.runtime}, ${environment.cores} × ${environment.processor}`);
for (const { name, threads, milliseconds } of steps) {
  console.log(`${name}, ${threads} threads: ${milliseconds.median} ms (${milliseconds.low} to ${milliseconds.high})`);
}
