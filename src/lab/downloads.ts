/** Files that a reader takes away from a lab. */
import type { MetricsRecord } from '../analysis/record.js';
import type { Figure } from './panels/panel.js';

/** A figure with an address in this page, good until it is given back. */
export interface Picture {
  readonly name: string;
  readonly address: string;
}

/** Pixels of a PNG to one of its drawing. */
const SHARPNESS = 2;

export function download(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the address after this turn, not in it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** One line a record, as in metrics.jsonl. */
export function recordsBlob(records: readonly MetricsRecord[]): Blob {
  return new Blob(
    records.map((record) => `${JSON.stringify(record)}\n`),
    { type: 'application/jsonl' },
  );
}

/** Every figure, and beside each drawing its PNG. */
export async function picturesOf(figures: readonly Figure[]): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const { name, blob } of figures) {
    pictures.push({ name, address: URL.createObjectURL(blob) });
    if (!name.endsWith('.svg')) continue;
    const png = await rasterized(blob);
    pictures.push({ name: name.replace(/svg$/, 'png'), address: URL.createObjectURL(png) });
  }
  return pictures;
}

export function giveBack(pictures: readonly Picture[]): void {
  for (const { address } of pictures) URL.revokeObjectURL(address);
}

async function rasterized(drawing: Blob): Promise<Blob> {
  const address = URL.createObjectURL(drawing);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = SHARPNESS * image.naturalWidth;
    canvas.height = SHARPNESS * image.naturalHeight;
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob(
        (blob) => (blob === null ? reject(new Error('the picture is too large')) : resolve(blob)),
        'image/png',
      );
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
