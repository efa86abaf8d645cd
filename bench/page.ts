/** The suite in a page: `?quick`, `?profile`, `?json` as on the command line. What it prints stands in the page's only <pre>. */
import { loadBuild } from '../bindings/build.js';
import type { Build } from '../bindings/instance.js';
import { benchCommand } from './command.js';

async function relaxed(): Promise<Build[]> {
  const response = await fetch(new URL('./relaxed.wasm', import.meta.url));
  if (!response.ok) return [];
  const bytes = new Uint8Array(await response.arrayBuffer());
  return WebAssembly.validate(bytes) ? [loadBuild('relaxed', bytes)] : [];
}

const output = document.querySelector('pre')!;
const asked = new URLSearchParams(location.search);
try {
  await benchCommand({
    json: asked.has('json'),
    profile: asked.has('profile'),
    quick: asked.has('quick'),
    builds: [loadBuild(), ...(await relaxed())],
    write: (text) => {
      output.textContent = text;
    },
    progress: (message) => {
      output.textContent = `measuring ${message} …`;
    },
  });
  document.title = 'ihead bench: done';
} catch (error) {
  output.textContent = String(error);
  document.title = 'ihead bench: failed';
}
