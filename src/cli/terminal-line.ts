/** One line that is drawn again and again at the foot of a terminal; on a stream that is none it is never drawn. */
import type { WriteStream } from 'node:tty';

export interface TerminalLine {
  readonly live: boolean;
  /** Columns that a text may take: one stays free, since a full line makes some terminals begin a new one. */
  width(): number;
  draw(text: string): void;
  clear(): void;
}

const CLEAR = '\r\x1b[K';
const NARROWEST = 20;

export function createTerminalLine(stream: WriteStream): TerminalLine {
  const live = stream.isTTY === true;
  const width = () => Math.max(NARROWEST, (stream.columns || 80) - 1);
  let drawn = false;
  return {
    live,
    width,
    draw(text) {
      if (live) stream.write(`${CLEAR}${text.slice(0, width())}`);
      drawn = live;
    },
    clear() {
      if (drawn) stream.write(CLEAR);
      drawn = false;
    },
  };
}
