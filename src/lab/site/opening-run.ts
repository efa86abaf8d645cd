/** What the opening shows: a run that anyone can repeat, and the text that its model reads. */
import type { PresetName } from '../../train/presets.js';

interface OpeningRun {
  readonly preset: PresetName;
  readonly seed: number;
  readonly text: string;
  /** What a reader of the context puts behind it. */
  readonly answer: string;
  readonly steps: number;
  /** Steps from one frame to the next. */
  readonly every: number;
}

export const OPENING: OpeningRun = {
  preset: 'quick',
  seed: 1,
  text: 'Mr Fox saw Mr Fo',
  answer: 'x',
  steps: 300,
  every: 5,
};
