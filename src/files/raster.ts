/** What drawing a PNG needs, from the installed packages: resvg's module and DejaVu Sans, plain and bold. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

const WASM = '@resvg/resvg-wasm/index_bg.wasm';
/** One font with Latin, Greek, Cyrillic, Hebrew and Arabic letters, and the pictures of blanks (␣ ↵ ⇥). */
const FONTS = ['dejavu-fonts-ttf/ttf/DejaVuSans.ttf', 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'];

export async function loadRasterAssets(): Promise<{ wasm: Uint8Array<ArrayBuffer>; fonts: Uint8Array[] }> {
  const [wasm, ...fonts] = await Promise.all([WASM, ...FONTS].map(readAsset));
  return { wasm: wasm!, fonts };
}

async function readAsset(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(resolve(path)));
}
