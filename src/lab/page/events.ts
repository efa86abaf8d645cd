/** What a page hears of a lab: its events, as they follow from what the worker says. */
import type { FromLab } from '../border/messages.js';

export interface LabEvent {
  readonly type: 'record' | 'milestone' | 'done' | 'change' | 'fail';
  readonly detail: unknown;
}

/** In the order in which they are sent. */
export function eventsOf(message: FromLab): LabEvent[] {
  switch (message.type) {
    case 'record':
      return [{ type: 'record', detail: message.record }];
    case 'milestone':
      return [{ type: 'milestone', detail: { id: message.id, step: message.step, text: message.text } }];
    case 'done':
      return [{ type: 'done', detail: { step: message.step } }];
    case 'fail':
      return [{ type: 'fail', detail: { name: message.name, message: message.message } }];
    case 'progress':
      return message.running ? [] : [{ type: 'change', detail: null }];
    case 'ready':
    case 'matrices':
      return [{ type: 'change', detail: null }];
    default:
      return [];
  }
}
