/** Figures as PNG, by resvg in WebAssembly: the same pixels everywhere, with the fonts that it is given alone. */
import { initWasm, Resvg } from '@resvg/resvg-wasm';

export interface RasterAssets {
  /** index_bg.wasm of @resvg/resvg-wasm. */
  readonly wasm: BufferSource | WebAssembly.Module;
  /** TrueType, OpenType or WOFF2. Text in a family that is not among them is drawn with the first. */
  readonly fonts: readonly Uint8Array[];
}

/** Where the assets come from is up to the caller: files, a server, bytes in a page. Asked once, at the first figure */
export type LoadRasterAssets = () => Promise<RasterAssets>;

export interface Rasterizer {
  /** `width` in pixels; the height follows. */
  toPng(svg: string, width: number): Promise<Uint8Array>;
}

/** resvg can be set up once a process, with the first module it gets. */
let ready: Promise<void> | undefined;

export function createRasterizer(load: LoadRasterAssets): Rasterizer {
  let fonts: Promise<Uint8Array[]> | undefined;

  async function prepare(): Promise<Uint8Array[]> {
    const assets = await load();
    ready ??= initWasm(assets.wasm);
    await ready;
    return [...assets.fonts];
  }

  return {
    async toPng(svg, width) {
      fonts ??= prepare();
      const image = new Resvg(svg, { fitTo: { mode: 'width', value: width }, font: { fontBuffers: await fonts } });
      const rendered = image.render();
      const png = rendered.asPng();
      rendered.free();
      image.free();
      return png;
    },
  };
}

/** Width in pixels at which a figure is sharp on a fine screen and in print: twice its own. */
export function sharpWidth(svg: string): number {
  const width = /^<svg[^>]* width="(\d+)"/.exec(svg)?.[1];
  if (width === undefined) throw new TypeError('svg: expected a figure with a width of its own, got none');
  return 2 * Number(width);
}
