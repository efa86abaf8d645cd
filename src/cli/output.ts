/**
 * What goes where: results to standard output, everything else to standard error. A reader of standard output that has
 * had enough (`| head`) ends the program without a word where that output is all of its work; where there are files to
 * be written, it goes on.
 */
import process from 'node:process';

const FAILED = 1;
const BAD_OUTPUT = 2;

let outlives = false;
let lost: NodeJS.ErrnoException | null = null;

/** Call once, before anything is written. */
export function watchStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (lost === null && error.code !== 'EPIPE') note(`cannot write to standard output: ${error.message}`);
    lost ??= error;
    if (!outlives) process.exit(error.code === 'EPIPE' ? 0 : FAILED);
  });
  process.stderr.on('error', () => {});
  process.on('exit', () => {
    if (lost !== null && lost.code !== 'EPIPE') process.exitCode ||= BAD_OUTPUT;
  });
}

/** From now on nothing that happens to standard output ends the program; what cannot be written is left out. */
export function outliveReader(): void {
  outlives = true;
}

/** Writes to standard output; resolves once it has been taken, so that a slow or gone reader is noticed. */
export function write(text: string): Promise<void> {
  if (lost !== null) return Promise.resolve();
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

/** One value as one line of JSON. */
export function writeJson(value: unknown): Promise<void> {
  return write(`${JSON.stringify(value)}\n`);
}

/** One line on standard error. */
export function note(message: string): void {
  process.stderr.write(`ihead: ${oneLine(message)}\n`);
}

/** Names of files and values may hold line breaks and commands to the terminal; a message holds neither. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
