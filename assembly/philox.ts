/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four 32-bit words that
 * depend on a 64-bit key and a 128-bit counter alone. The counter holds (stream, step, sequence index, draw), so every
 * sequence and every weight can be drawn anywhere, in any order, by any worker.
 */

/** key (k0, k1), counter (c0, c1, c2, c3) → four words, word 0 in lane 0. Matches Random123's known answers. */
export function philox4x32(k0: u32, k1: u32, c0: u32, c1: u32, c2: u32, c3: u32): v128 {
  for (let round = 0; round < 10; ++round) {
    const p0: u64 = u64(c0) * 0xd2511f53;
    const p1: u64 = u64(c2) * 0xcd9e8d57;
    c0 = u32(p1 >> 32) ^ c1 ^ k0;
    c1 = u32(p1);
    c2 = u32(p0 >> 32) ^ c3 ^ k1;
    c3 = u32(p0);
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(c0), 1, c1), 2, c2), 3, c3);
}

/** out[4] (u32) = the four words. For the tests and for callers outside this module. */
export function philoxWords(out: usize, k0: u32, k1: u32, c0: u32, c1: u32, c2: u32, c3: u32): void {
  v128.store(out, philox4x32(k0, k1, c0, c1, c2, c3));
}
