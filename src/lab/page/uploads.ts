/** Texts and weight files of the reader's own: their size is checked before they are read. */
import { decodeUtf8 } from '../../corpus/text.js';
import { FormatError } from '../../errors.js';
import { checkText, MOST } from '../border/limits.js';
import type { OwnCorpus } from '../border/messages.js';
import type { ControlRequest } from '../panels/controls.js';

/** A dropped or chosen file. Throws a FormatError for one that is too large, not UTF-8, or no corpus. */
async function readTextFile(file: File): Promise<OwnCorpus> {
  checkSize(file.name, file.size);
  return ownCorpus(file.name, decodeUtf8(file.name, new Uint8Array(await file.arrayBuffer())));
}

/** A text by its address. Throws a FormatError where it cannot be had, and as above. */
export async function fetchText(address: string): Promise<OwnCorpus> {
  const bytes = await fetchBytes(address, 'text', checkSize);
  return ownCorpus(nameOf(address), decodeUtf8(address, bytes));
}

/** A weight file by its address. Throws a FormatError where it cannot be had or is too large. */
export function fetchWeights(address: string): Promise<Uint8Array> {
  return fetchBytes(address, 'weight file', checkWeights);
}

async function fetchBytes(
  address: string,
  what: string,
  check: (name: string, bytes: number) => void,
): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch {
    throw new FormatError(`${address}: expected a ${what} that can be loaded, got no answer`);
  }
  if (!response.ok || response.body === null)
    throw new FormatError(`${address}: expected a ${what}, got the status ${response.status}`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    try {
      check(address, size);
    } catch (error) {
      void reader.cancel();
      throw error;
    }
    pieces.push(part.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Text that was pasted or set by a script. */
export function ownCorpus(name: string, text: string): OwnCorpus {
  checkText(name, text);
  return { name, text };
}

/** A weight file. Throws a FormatError for one that is too large. */
export async function readWeightsFile(file: File): Promise<Uint8Array> {
  checkWeights(file.name, file.size);
  return new Uint8Array(await file.arrayBuffer());
}

/** The text that was asked for; null: the built-in one. Throws a FormatError as above. */
export async function corpusOf(
  request: Extract<ControlRequest, { wants: 'text' | 'file' | 'sonnets' }>,
): Promise<OwnCorpus | null> {
  if (request.wants === 'sonnets') return null;
  return request.wants === 'text' ? ownCorpus('pasted text', request.text) : readTextFile(request.file);
}

/** What is dropped on a lab asks for the same as what is chosen: weights, a text file, or text itself. */
export function createDrops(ask: (request: ControlRequest) => void) {
  return {
    over: (event: DragEvent) => event.preventDefault(),
    drop(event: DragEvent) {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      const text = event.dataTransfer?.getData('text') ?? '';
      if (file !== undefined) ask({ wants: file.name.endsWith('.safetensors') ? 'load' : 'file', file });
      else if (text !== '') ask({ wants: 'text', text });
    },
  };
}

function nameOf(address: string): string {
  return address.split(/[/?#]/).findLast((part) => part !== '') ?? 'text';
}

function checkWeights(name: string, bytes: number): void {
  if (bytes > MOST.weightsBytes) {
    throw new FormatError(`${name}: expected at most ${MOST.weightsBytes} bytes, got ${bytes}`);
  }
}

function checkSize(name: string, bytes: number): void {
  if (bytes > MOST.textBytes) {
    throw new FormatError(`${name}: expected at most ${MOST.textBytes} bytes, got ${bytes}`);
  }
}
