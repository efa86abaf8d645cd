/** A run's matrices as a report shows them: memories beside their ideals, and the circuits of its heads. */
import type { Matrix64 } from '../analysis/algebra/matrix64.js';
import { heldMemories, type MemoryReport, memoryNames, reportMemory } from '../analysis/memory/held.js';
import { MEMORIES } from '../analysis/memory/memories.js';
import {
  type HeadOf,
  positionAttention,
  relayedAttention,
  tokenAttention,
  tokenOutput,
} from '../analysis/model/circuits.js';
import { visibleSymbol } from '../corpus/symbol-names.js';
import type { ModelConfig } from '../model/config.js';
import type { AssociationMatrix } from '../report/heatmaps.js';
import type { MemoryFact, ReportMemory } from '../report/page.js';
import { shownNumber } from '../report/text.js';
import { DEFAULT_KIND } from '../task/kinds.js';
import { type LoadedWeights, memoryInput } from './saved-weights.js';

/** Positions that a map between positions is drawn over. */
const MOST_POSITIONS = 64;
const MOST_UNWANTED = 5;
/** Heads whose circuits are drawn; a model with more would make a page of many megabytes. */
const MOST_HEADS = 8;

/** A memory has its scores, its ideal and what both are compared by; a head up to three circuits; each is drawn. */
const TABLES = { memory: 6, head: 4 };

/** How many tables of scores `memoriesOf` and `circuitsOf` make at most. */
export function shownTables({ layers, heads }: ModelConfig): number {
  const memories = layers < 2 ? 0 : TABLES.memory * MEMORIES.length;
  return memories + TABLES.head * Math.min(layers * heads, MOST_HEADS);
}

/** The memories of an induction head, for a model of two layers or more that was trained on what needs one. */
export function memoriesOf(loaded: LoadedWeights): ReportMemory[] {
  if (loaded.task.kind !== DEFAULT_KIND) return [];
  const input = memoryInput(loaded);
  return heldMemories(input).map((memory) => {
    const { kind, scores, ideal } = memory;
    const { inputs, outputs } = memoryNames(memory, loaded.task.symbols);
    const size = kind.rows === 'positions' ? Math.min(scores.rows, MOST_POSITIONS) : scores.rows;
    return {
      title: memory.title,
      rowTitle: memory.asked,
      columnTitle: memory.answer,
      rows: inputs.slice(0, size),
      columns: outputs.slice(0, size),
      scores: corner(scores, size),
      ideal: corner(ideal, size),
      facts: factsOf(reportMemory(memory, input.parameter, MOST_UNWANTED), inputs, outputs),
    };
  });
}

function factsOf(report: MemoryReport, inputs: readonly string[], outputs: readonly string[]): MemoryFact[] {
  const { alignment, leakage, singularValues, unwanted } = report;
  const facts: MemoryFact[] = [];
  if (alignment !== null) {
    facts.push({ fact: 'Cosine of the matrix and the ideal memory', value: shownNumber(alignment) });
  }
  if (singularValues !== null) {
    const chosen = [0, 9, singularValues.length >> 1].map((n) => shownNumber(singularValues[n] ?? 0));
    facts.push({ fact: 'Singular values: the first, the tenth, the middle one', value: chosen.join(', ') });
  }
  if (leakage !== null) {
    facts.push({
      fact: 'Noise beside signal: unwanted scores over wanted ones, root mean squares',
      value: shownNumber(leakage),
    });
    const named = unwanted.map(({ input, output, excess }) => {
      return `${visibleSymbol(inputs[input]!)} → ${visibleSymbol(outputs[output]!)} (+${shownNumber(excess)})`;
    });
    facts.push({ fact: 'Loudest unwanted associations', value: named.length === 0 ? 'none' : named.join(', ') });
  }
  return facts;
}

/** Of the first heads: attention between tokens, between positions, and what attending to a token puts out. */
export function circuitsOf({ config, task, weights }: LoadedWeights): AssociationMatrix[] {
  const { model } = config;
  const parameter = (name: string) => weights.get(name)!;
  const { symbols } = task;
  const heads: HeadOf[] = Array.from({ length: model.layers * model.heads }, (_, n) => {
    return { layer: Math.floor(n / model.heads), head: n % model.heads };
  });
  // Of two layers with one head each some circuits are the memories, which the page has already.
  const plain = model.layers === 2 && model.heads === 1;
  return heads.slice(0, MOST_HEADS).flatMap((at) => {
    const where = `layer ${at.layer + 1}${model.heads > 1 ? `, head ${at.head! + 1}` : ''}`;
    const between = { rows: symbols, columns: symbols };
    const circuits: AssociationMatrix[] = [
      {
        ...between,
        title: `Query-key circuit between tokens, ${where}`,
        rowTitle: 'present token',
        columnTitle: 'token looked at',
        scores: tokenAttention(model, parameter, at).data,
      },
    ];
    if (at.layer === 0 || !plain) {
      circuits.push({
        ...between,
        title: `Output-value circuit, ${where}`,
        rowTitle: 'attended token',
        columnTitle: 'token put out',
        scores: tokenOutput(model, parameter, at).data,
      });
    }
    if (at.layer > 0 && !plain) {
      circuits.push({
        ...between,
        title: `Query-key circuit between tokens and what layer 1 writes for them, ${where}`,
        rowTitle: 'present token',
        columnTitle: 'token that layer 1 has written',
        scores: relayedAttention(model, parameter, at).data,
      });
    }
    const places = positionAttention(model, parameter, at);
    if (places === null || (at.layer === 0 && plain)) return circuits;
    const size = Math.min(places.rows, MOST_POSITIONS);
    const names = Array.from({ length: size }, (_, t) => String(t));
    circuits.splice(1, 0, {
      rows: names,
      columns: names,
      title: `Query-key circuit between positions, ${where}`,
      rowTitle: 'position',
      columnTitle: 'position looked at',
      scores: corner(places, size),
    });
    return circuits;
  });
}

/** The first rows and columns. */
function corner({ columns, data }: Matrix64, size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, i) => data[Math.floor(i / size) * columns + (i % size)]!);
}
