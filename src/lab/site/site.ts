/** The page: what its labs train, and the free lab's state in the address. The labs themselves stand in index.html. */

import type { ConfigLayer } from '../../train/config.js';
import { SIMPLIFIED_FREEZE } from '../../train/config.js';
import { ONE_LAYER_FREEZE } from '../border/settings.js';
import type { LabElement } from '../lab.js';
import '../lab.js';
import './opening.js';
import { readLink, writeLink } from '../border/link.js';
import { OPENING } from './opening-run.js';

const KEYS_HELD: readonly string[] = [...SIMPLIFIED_FREEZE, 'layers.*.attention.wk.weight'];

/** Of the story's labs, by id; those that are not named here are the preset as it is. */
const CONFIGS: Readonly<Record<string, ConfigLayer>> = {
  'lab-fast': { training: { lossOn: 'all' }, model: { ffn: ['none', 'linear'] } },
  'lab-one': { model: { layers: 1 }, training: { freeze: ONE_LAYER_FREEZE } },
  'lab-output': { training: { freeze: KEYS_HELD } },
  'lab-data': {
    task: { outputs: 'bigram', testOutputs: 'uniform' },
    training: { lossOn: 'all' },
    model: { ffn: ['none', 'linear'] },
  },
};

/** While a run goes on the address follows it this often: browsers forbid more than a few changes a second. */
const EVERY = 1000;

for (const [id, config] of Object.entries(CONFIGS)) labOf(id).config = config;

const free = labOf('lab-free');
const says = document.getElementById('link-state')!;
const fault = document.getElementById('link-fault')!;
/** What this page has written into the address itself. */
let written = '';
let timer: ReturnType<typeof setTimeout> | undefined;

function labOf(id: string): LabElement {
  return document.getElementById(id) as LabElement;
}

/** The state behind #. A place in the page has a # too, and no = behind it. */
function readAddress(): void {
  const text = location.hash.slice(1);
  if (!text.includes('=') || text === written) return;
  try {
    const state = readLink(text);
    free.linkState = state;
    free.autoplay = state.step > 0;
    says.textContent = state.step > 0 ? `This link leads to step ${state.step}.` : 'This link leads to these settings.';
    fault.hidden = true;
    void showFree();
  } catch (error) {
    fault.textContent = `This link does not lead to a run. ${(error as Error).message}`;
    fault.hidden = false;
  }
}

/** Once the labs above have their height. */
async function showFree(): Promise<void> {
  await Promise.all(Array.from(document.querySelectorAll<LabElement>('ihead-lab'), (lab) => lab.updateComplete));
  document.getElementById('free')!.scrollIntoView();
}

function writeAddress(): void {
  clearTimeout(timer);
  timer = undefined;
  try {
    written = writeLink(free.linkState);
  } catch {
    return;
  }
  history.replaceState(null, '', `#${written}`);
}

function writeSoon(): void {
  timer ??= setTimeout(writeAddress, EVERY);
}

async function copyLink(): Promise<void> {
  writeAddress();
  const link = location.href;
  const { linkObstacle } = free;
  try {
    await navigator.clipboard.writeText(link);
    says.textContent = linkObstacle === null ? 'The link is copied.' : `The link is copied. ${linkObstacle}`;
  } catch {
    says.textContent = 'The link stands in the address of this page: copy it there.';
  }
}

/** A lab in the place of the opening, which trains what was shown there. */
function trainOpening(): void {
  const { preset, seed, steps, text } = OPENING;
  const own = document.createElement('ihead-lab');
  Object.assign(own, { preset, seed, steps, text, panels: 'controls reading memories curves', id: 'lab-opening' });
  document.getElementById('opening')!.replaceWith(own);
  own.tabIndex = -1;
  own.focus();
  own.start();
}

document.getElementById('opening')!.addEventListener('opening-train', trainOpening);
free.addEventListener('change', writeSoon);
free.addEventListener('record', writeSoon);
document.getElementById('copy-link')!.addEventListener('click', () => void copyLink());
addEventListener('hashchange', readAddress);
readAddress();
