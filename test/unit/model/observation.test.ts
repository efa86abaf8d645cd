/** One model, many sequences: what an observer tells, and what it refuses. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../src/errors.js';
import { openObserver } from '../../../src/model/observation.js';
import { randomCase } from '../twin/cases.js';

const laws = suite('observation');
const T = 11;

function given(seed: number) {
  const { model, parameters, tokens, targets } = randomCase({ model: {} }, seed, 1, T);
  const weights = new Map(Object.entries(parameters).map(([name, { values }]) => [name, Float32Array.from(values)]));
  return { model, weights, tokens: tokens[0]!, targets: targets[0]! };
}

laws('without targets only the losses are missing, in either form of the layers', () => {
  const { model, weights, tokens, targets } = given(2);
  for (const circuit of [true, false]) {
    const observer = openObserver(model, weights, { circuit });
    const { losses, ...seen } = observer.observe(tokens, targets);
    assert.is(losses.length, T);
    assert.equal(observer.observe(tokens), { ...seen, losses: new Float32Array(0) });
  }
});

laws('other weights, heads left out and longer sequences leave nothing behind', () => {
  const { model, weights, tokens, targets } = given(2);
  const observer = openObserver(model, given(3).weights);
  observer.observe(tokens, targets, { silenced: [[0, 0]] });
  observer.setWeights(weights);
  const short = [tokens.slice(0, 4), targets.slice(0, 4)] as const;
  assert.equal(observer.observe(...short), openObserver(model, weights).observe(...short));
});

laws('what the model cannot read is refused by name', () => {
  const { model, weights, tokens, targets } = given(2);
  const refused = (key: string, message: RegExp, act: () => unknown) => {
    assert.throws(
      act,
      (error: Error) => error instanceof ConfigError && error.key === key && message.test(error.message),
    );
  };
  for (const length of [0, 2.5, model.maxLength + 1]) {
    refused('length', /expected 1 to model.maxLength/, () => openObserver(model, weights, { length }));
  }
  const observer = openObserver(model, weights, { length: T });
  refused('tokens', /a sequence of 1 to 11 tokens, got 0/, () => observer.observe([]));
  refused('tokens', /got 12/, () => observer.observe([...tokens, 0]));
  refused('targets', /a sequence of 11 tokens, got 10/, () => observer.observe(tokens, targets.slice(1)));
  for (const bad of [model.vocabSize, -1, 0.5, Number.NaN]) {
    refused('tokens[1]', /a whole number of 0 to/, () => observer.observe([0, bad]));
    refused('targets[1]', /a whole number of 0 to/, () => observer.observe([0, 0], [0, bad]));
  }
});

laws.run();
