/** Entry of `lab.js`: one module that a page loads, and <ihead-lab> is there. */
import { LabElement } from './element.js';

if (customElements.get('ihead-lab') === undefined) customElements.define('ihead-lab', LabElement);

export type { LabState, Status } from './conversation.js';
export type { ByHand, Milestone } from './messages.js';
export type { LabView, Moment } from './view.js';
export { LabElement };
