/** Files that a reader takes away from a lab. */
import type { MetricsRecord } from '../../analysis/record.js';
import { packRun } from '../../files/format/archive.js';
import type { Config } from '../../train/config.js';
import type { Picture } from '../border/lab-state.js';
import type { OwnCorpus } from '../border/messages.js';
import type { Figure } from '../panels/panel.js';

/** Pixels of a PNG to one of its drawing. */
const SHARPNESS = 2;

/** A run as it stands. */
export interface SavedRun {
  readonly config: Config;
  readonly records: readonly MetricsRecord[];
  readonly weights: Uint8Array;
  /** null: the built-in one. */
  readonly text: OwnCorpus | null;
}

const OWN_TEXT = 'corpus.txt';

/** What a reader can take away. */
export interface Downloads {
  /** Ready to be taken, beside what is downloaded at once. */
  readonly pictures: readonly Picture[];
  weights(bytes: Uint8Array): void;
  records(records: readonly MetricsRecord[]): void;
  /** One .zip that `ihead report`, `probe` and `--init` take. */
  run(run: SavedRun): void;
  /** Draws what the panels show, in place of the pictures before. */
  draw(panels: Iterable<{ figures?(): Promise<readonly Figure[]> }>): Promise<void>;
}

export function createDownloads(): Downloads {
  let pictures: readonly Picture[] = [];
  return {
    get pictures() {
      return pictures;
    },
    weights(bytes) {
      download('model.safetensors', new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }));
    },
    records: (records) => download('metrics.jsonl', new Blob([recordLines(records)], { type: 'application/jsonl' })),
    run(run) {
      const bytes = zipOf(run) as Uint8Array<ArrayBuffer>;
      download('run.zip', new Blob([bytes], { type: 'application/zip' }));
    },
    async draw(panels) {
      const figures = await Promise.all(Array.from(panels, (panel) => panel.figures?.() ?? []));
      for (const { address } of pictures) URL.revokeObjectURL(address);
      pictures = await picturesOf(figures.flat());
    },
  };
}

function download(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the address after this turn, not in it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** One line a record, as in metrics.jsonl. */
function recordLines(records: readonly MetricsRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** A text of one's own lies beside the settings, which name it so. */
function zipOf({ config, records, weights, text }: SavedRun): Uint8Array {
  const encode = (content: string) => new TextEncoder().encode(content);
  const task = text === null ? config.task : { ...config.task, corpus: OWN_TEXT };
  return packRun({
    'params.json': encode(`${JSON.stringify({ ...config, task }, null, 2)}\n`),
    'metrics.jsonl': encode(recordLines(records)),
    'model.safetensors': weights,
    ...(text === null ? {} : { [OWN_TEXT]: encode(text.text) }),
  });
}

/** Every figure, and beside each drawing its PNG. */
async function picturesOf(figures: readonly Figure[]): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const { name, blob } of figures) {
    pictures.push({ name, address: URL.createObjectURL(blob) });
    if (!name.endsWith('.svg')) continue;
    const png = await rasterized(blob);
    pictures.push({ name: name.replace(/svg$/, 'png'), address: URL.createObjectURL(png) });
  }
  return pictures;
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
