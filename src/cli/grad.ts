/** `ihead grad`: a golden case through the engine. */
import type { Command } from 'commander';
import { ConfigError, FormatError } from '../errors.js';
import { readJson } from '../files/bytes.js';
import { encodeResult, readCase } from '../files/format/case.js';
import { type GoldenCase, runCase } from '../train/golden-case.js';
import { caseMemoryParts } from '../train/memory-bytes.js';
import { resolveConfig } from '../train/resolve.js';
import { chooseBuild } from './builds.js';
import { checkMemory, type MemoryOption, readMemory } from './memory.js';
import { addMachineOptions, askedLayers, machineLayer } from './options.js';
import { note, writeJson } from './output.js';

interface GradOptions extends MemoryOption {
  readonly case: string;
  readonly kernel?: string;
  readonly threads?: string;
}

const MOST_BYTES = 2 ** 29;

export function addGrad(program: Command): void {
  const command = program
    .command('grad')
    .summary('loss, gradients and three steps of a golden case, as JSON')
    .description(
      'Runs the model and the batch of a golden case through the engine and prints one JSON object: loss, logits, ' +
        'attention, gradients, lossesOverThreeSteps, parametersAfterThreeSteps. A tensor is { shape, f32 }, where f32 is ' +
        'base64 of little-endian values.',
    )
    .requiredOption(
      '--case <file>',
      'JSON file: model, freeze, optimizer, lossOn, tokens, targets, occurrences, parameters',
    );
  addMachineOptions(command).action(grad);
}

async function grad(options: GradOptions): Promise<void> {
  const { threads, kernel } = resolveConfig([machineLayer(), askedLayers(options).flags]);
  const limit = readMemory(options);
  const golden = load(options.case, limit);
  checkMemory(limit, caseMemoryParts(golden, threads));
  const result = await runCase(golden, { build: chooseBuild(kernel), threads, warn: note });
  await writeJson(encodeResult(result));
}

function load(path: string, limit: number): GoldenCase {
  const json = readJson(path, Math.min(limit, MOST_BYTES));
  try {
    return readCase(json, (message) => note(`warning: ${path}: ${message}`));
  } catch (error) {
    if (error instanceof ConfigError || error instanceof FormatError) {
      throw new FormatError(`${path}: ${error.message}`);
    }
    throw error;
  }
}
