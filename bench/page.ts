/**
 * The suite in a page: `?quick`, `?profile`, `?json` as on the command line. What it prints stands in the page's only
 * <pre>, and goes to the address in `?to`, where there is one. `?machine` is what the page cannot know of its machine,
 * as JSON.
 */
import { loadBuild } from '../bindings/build.js';
import type { Build } from '../bindings/instance.js';
import { UnsupportedError } from '../bindings/support.js';
import { benchCommand } from './command.js';
import type { Machine } from './environment.js';

async function fused(): Promise<Build[]> {
  const response = await fetch(new URL('./fused.wasm', import.meta.url));
  if (!response.ok) return [];
  try {
    return [loadBuild('fused', new Uint8Array(await response.arrayBuffer()))];
  } catch (error) {
    if (error instanceof UnsupportedError) return [];
    throw error;
  }
}

const output = document.querySelector('pre')!;
const asked = new URLSearchParams(location.search);
const [to, machine] = [asked.get('to'), asked.get('machine')];
const post = async (body: string) => void (to !== null && (await fetch(to, { method: 'POST', body })));
try {
  await benchCommand({
    json: asked.has('json'),
    profile: asked.has('profile'),
    quick: asked.has('quick'),
    ...(machine === null ? {} : { machine: JSON.parse(machine) as Machine }),
    builds: [loadBuild(), ...(await fused())],
    write: (text) => {
      output.textContent = text;
    },
    progress: (message) => {
      output.textContent = `measuring ${message} …`;
    },
  });
  document.title = 'ihead bench: done';
  await post(output.textContent ?? '');
} catch (error) {
  output.textContent = String(error);
  document.title = 'ihead bench: failed';
  await post(JSON.stringify({ error: String(error) }));
}
