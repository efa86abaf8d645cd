/**
 * What goes where: results to standard output, everything else to standard error. A reader of standard output that has
 * had enough (`| head`) ends the program without a word.
 */
import process from 'node:process';

/** Call once, before anything is written. */
export function watchStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') note(`cannot write to standard output: ${error.message}`);
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  process.stderr.on('error', () => {});
}

/** Writes to standard output; resolves once it has been taken, so that a slow or gone reader is noticed. */
export function write(text: string): Promise<void> {
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
