/** Where a lab's run stands, as its element and its controls know it. */
import type { HeadAddress } from '../../model/plan.js';
import type { Freezable, ManualFreeze, Milestone, Ready } from './messages.js';

/** idle: there is no run yet; paused: it stands at a step; failed: it cannot go on. */
export type Status = 'idle' | 'starting' | 'running' | 'paused' | 'done' | 'failed';

export interface LabState {
  readonly status: Status;
  /** Steps done, and of the whole run. */
  readonly step: number;
  readonly steps: number;
  readonly ready: Ready | null;
  readonly matrices: readonly Freezable[];
  readonly manualFreezes: readonly ManualFreeze[];
  readonly silenced: readonly HeadAddress[];
  /** What went wrong last, as text. */
  readonly error: string | null;
  readonly milestones: readonly Milestone[];
}

/** A figure to take away: its name, and an address in this page that is good until it is given back. */
export interface Picture {
  readonly name: string;
  readonly address: string;
}
