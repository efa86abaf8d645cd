/** `ihead show`: what a model thinks at the end of a text, drawn in the terminal. */
import process from 'node:process';
import type { Command } from 'commander';
import { exactMath } from '../../bindings/math.js';
import { softmax } from '../analysis/algebra/softmax.js';
import { inOrder, spokenSymbol, visibleSymbol } from '../corpus/symbol-names.js';
import { ConfigError } from '../errors.js';
import { integer } from '../schema.js';
import { taskKind } from '../task/kinds.js';
import { type Arc, drawArcs } from './arcs.js';
import { addFormatOption, chosenFormat, type FormatOptions } from './format.js';
import { cellsOf, visible } from './marked-sequence.js';
import { type ConfigOptions, readOption } from './options.js';
import { write, writeJson } from './output.js';
import { readText } from './report-samples.js';
import {
  addWeightsOptions,
  checkFinite,
  freshSequences,
  type LoadedWeights,
  loadWeights,
  observerOf,
} from './saved-weights.js';

interface ShowOptions extends ConfigOptions, FormatOptions {
  readonly text?: string;
  readonly top: string;
}

/** Symbols of a fresh sequence that are shown. */
const MOST_FRESH = 32;
const MOST_TOP = 50;
const INDENT = 2;
/** A symbol and the gap behind it. */
const CELL = 2;
const BAR_CELLS = 30;
/** Of its attention a head's arc has at least this. */
const LEAST_SHARE = 0.1;
const MOST_ARCS = 3;
const DEFAULT_COLUMNS = 80;

interface Next {
  readonly symbol: string;
  readonly token: number;
  readonly probability: number;
}

/** What a model makes of the end of a text. */
interface Thought {
  readonly tokens: readonly number[];
  readonly text: string;
  /** The likeliest symbols to come, the first first. */
  readonly next: readonly Next[];
  /** attention[layer][head][t][s] is what position t pays to position s ≤ t. */
  readonly attention: readonly (readonly (readonly (readonly number[])[])[])[];
}

export function addShow(program: Command): void {
  const command = program
    .command('show')
    .summary('draw what a model attends to and what it expects next')
    .description(
      'Reads a text and shows what comes next: a bar for each of the likeliest symbols, and arcs from the last symbol to ' +
        'those that each head attends to. Arcs of the last layer lie below the text, those of the layers before it above: ' +
        'at the place that the last layer reads, and at the end.',
    )
    .option('--text <text>', 'what the model reads (default: the beginning of a fresh sequence of its task)')
    .option('--top <n>', 'how many symbols that may come next', '5');
  addFormatOption(addWeightsOptions(command)).action(show);
}

async function show(path: string, options: ShowOptions): Promise<void> {
  const format = chosenFormat(options);
  const top = readOption('--top', integer(1, MOST_TOP), options.top);
  const loaded = loadWeights(path, options);
  const { maxLength } = loaded.config.model;
  const { symbols } = loaded.task;
  const tokens = options.text === undefined ? freshText(loaded) : readText(options.text, symbols);
  if (tokens.length < 1 || tokens.length > maxLength) {
    throw new ConfigError('--text', options.text, `1 to ${maxLength} symbols (given: ${tokens.length})`);
  }
  const thought = think(loaded, tokens, top);
  if (format === 'json') return writeJson(thought);
  const columns = process.stdout.columns || DEFAULT_COLUMNS;
  await write(`${drawn(thought, symbols, columns).join('\n')}\n`);
}

/** Up to the last position of the window whose next symbol the context tells. */
function freshText(loaded: LoadedWeights): readonly number[] {
  const [sequence] = freshSequences(loaded, 1);
  const { tokens, marks } = sequence!;
  const { asked } = taskKind(loaded.task.kind);
  const last = marks.slice(0, MOST_FRESH).findLastIndex((mark) => mark >= asked);
  return tokens.slice(0, last < 0 ? MOST_FRESH : last + 1);
}

function think(loaded: LoadedWeights, tokens: readonly number[], top: number): Thought {
  const { task, config, build, step } = loaded;
  const { attention, logits } = observerOf(loaded, tokens.length).observe(tokens);
  const N = config.model.vocabSize;
  const last = logits.subarray((tokens.length - 1) * N);
  const shares = Float64Array.from(last);
  checkFinite(step, { 'a logit': softmax(shares, 0, N, exactMath(build)) });
  const next = Array.from(shares, (probability, token): Next => ({ symbol: task.symbols[token]!, token, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
  const rowsOf = (weights: Float32Array) =>
    tokens.map((_, t) => Array.from(weights.subarray(t * tokens.length, t * tokens.length + t + 1)));
  return {
    tokens,
    text: tokens.map((token) => task.symbols[token]).join(''),
    next,
    attention: attention.map((heads) => heads.map(rowsOf)),
  };
}

function drawn(thought: Thought, symbols: readonly string[], columns: number): string[] {
  const { tokens, attention, next } = thought;
  const window = windowOf(tokens, symbols, columns);
  const end = tokens.length - 1;
  const below = attention.at(-1)!.flatMap((head) => strongest(head, end));
  const read = below.sort((a, b) => b.share - a.share)[0]?.to ?? end;
  const places = read === end ? [end] : [read, end];
  const above = attention
    .slice(0, -1)
    .flat()
    .flatMap((head) => places.flatMap((at) => strongest(head, at)));
  const row = tokens.slice(window.first).map((token) => {
    const symbol = visibleOf(symbols[token]!);
    return symbol.padEnd(symbol.length + CELL - cellsOf(symbol));
  });
  const cut = window.first > 0 ? [`the last ${tokens.length - window.first} of ${tokens.length} symbols`, ''] : [];
  const arcsOf = (links: readonly Link[]) => arcs(links, window);
  return [
    ...cut,
    ...drawArcs(arcsOf(above), 'above'),
    `${' '.repeat(INDENT)}${inOrder(row.join('').trimEnd())}`,
    ...drawArcs(arcsOf(below), 'below'),
    '',
    `${aboveOf(attention.length)}below: layer ${attention.length}, at the last symbol`,
    '',
    'what comes next',
    ...next.map(({ symbol, probability }) => {
      const bar = '█'.repeat(Math.round(probability * BAR_CELLS)).padEnd(BAR_CELLS);
      return `  ${visibleOf(symbol)} ${bar} ${percent(probability).padStart(6)}`;
    }),
    '',
    sentence(thought, symbols, below[0]),
  ];
}

function aboveOf(layers: number): string {
  if (layers === 1) return '';
  return layers === 2 ? 'above: layer 1; ' : `above: layers 1 to ${layers - 1}; `;
}

/** A position that a position attends to. */
interface Link {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** The other positions that a head attends to most from position `at`. */
function strongest(head: readonly (readonly number[])[], at: number): Link[] {
  return head[at]!.map((share, to): Link => ({ from: at, to, share }))
    .filter(({ to, share }) => to !== at && share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_ARCS);
}

interface Window {
  /** The first position that fits into the terminal. */
  readonly first: number;
  readonly columnOf: (position: number) => number;
}

function windowOf(tokens: readonly number[], symbols: readonly string[], columns: number): Window {
  const fits = Math.max(1, Math.floor((columns - INDENT) / CELL));
  const first = Math.max(0, tokens.length - fits);
  const wide = tokens.map((token) => Math.max(CELL, cellsOf(visibleOf(symbols[token]!))));
  const columnOf = (position: number) => {
    return wide.slice(first, position).reduce((sum, cells) => sum + cells, INDENT);
  };
  return { first, columnOf };
}

/** One arc for each pair of positions, whatever number of heads draws it. */
function arcs(links: readonly Link[], { first, columnOf }: Window): Arc[] {
  const pairs = new Map<string, Link>();
  for (const link of links) {
    const key = `${link.from} ${link.to}`;
    const known = pairs.get(key);
    if (link.to >= first && link.from >= first && link.share > (known?.share ?? 0)) pairs.set(key, link);
  }
  return [...pairs.values()].map(({ from, to, share }) => {
    return { from: columnOf(from), to: columnOf(to), label: percent(share) };
  });
}

function sentence({ tokens, next }: Thought, symbols: readonly string[], read: Link | undefined): string {
  const named = (position: number) => spokenSymbol(symbols[tokens[position]!]!);
  const [best] = next;
  const expects = `The model expects ${spokenSymbol(best!.symbol)} (${percent(best!.probability)})`;
  if (read === undefined) return `${expects}; no earlier symbol has much of the attention of its last layer.`;
  const before = read.to === 0 ? 'the first symbol' : `after ${named(read.to - 1)}`;
  return `${expects}; at ${named(tokens.length - 1)} its last layer reads ${named(read.to)}, ${before} (${percent(read.share)}).`;
}

function visibleOf(symbol: string): string {
  return symbol === ' ' ? visibleSymbol(symbol) : visible(symbol);
}

function percent(share: number): string {
  return share < 0.005 && share > 0 ? '< 1 %' : `${Math.round(100 * share)} %`;
}
