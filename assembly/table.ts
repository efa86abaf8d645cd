/**
 * Scores of a first layer that reads E[z] + P[t]: every score is a sum of four entries of one table
 * G = [E; P] QK [E; P]ᵀ, so a sequence needs no dot product for them.
 *
 *                 keys:  token j < N   | position s < T
 *     query token i    |    EE[i, j]   |    EP[i, s]        token rows and columns come first, padded to `first`
 *     query position t |    PE[t, j]   |    PP[t, s]        (a multiple of 16); positions follow
 *
 *     score[t, s] = (EE[z_t, z_s] + PE[t, z_s]) + (EP[z_t, s] + PP[t, s])
 */

/** One row of G, in bytes from its start. */
// @ts-ignore: decorator
@inline
function rowOf(table: usize, stride: i32, row: i32): usize {
  return table + ((usize(row) * usize(stride)) << 2);
}

/** scores[T, scoreStride] at s ≤ t alone, from table G[first + T, tableStride]. tokens: i32[T]. scratch: f32[vocab]. */
export function tableScores(
  scores: usize,
  scoreStride: i32,
  table: usize,
  tableStride: i32,
  first: i32,
  tokens: usize,
  length: i32,
  vocab: i32,
  scratch: usize,
): void {
  for (let t = 0; t < length; ++t) {
    const token = rowOf(table, tableStride, load<i32>(tokens + (usize(t) << 2)));
    const place = rowOf(table, tableStride, first + t);
    let j = 0;
    for (; j + 4 <= vocab; j += 4) {
      const at = usize(j) << 2;
      v128.store(scratch + at, f32x4.add(v128.load(token + at), v128.load(place + at)));
    }
    for (; j < vocab; ++j) {
      const at = usize(j) << 2;
      store<f32>(scratch + at, load<f32>(token + at) + load<f32>(place + at));
    }
    const row = scores + ((usize(t) * usize(scoreStride)) << 2);
    const tokenKeys = token + (usize(first) << 2);
    const placeKeys = place + (usize(first) << 2);
    let s = 0;
    for (; s + 4 <= t + 1; s += 4) {
      const at = usize(s) << 2;
      const z = tokens + at;
      let g = v128.load32_zero(scratch + (usize(load<i32>(z)) << 2));
      g = v128.load_lane<f32>(scratch + (usize(load<i32>(z, 4)) << 2), g, 1);
      g = v128.load_lane<f32>(scratch + (usize(load<i32>(z, 8)) << 2), g, 2);
      g = v128.load_lane<f32>(scratch + (usize(load<i32>(z, 12)) << 2), g, 3);
      v128.store(row + at, f32x4.add(g, f32x4.add(v128.load(tokenKeys + at), v128.load(placeKeys + at))));
    }
    for (; s <= t; ++s) {
      const at = usize(s) << 2;
      const g = load<f32>(scratch + (usize(load<i32>(tokens + at)) << 2));
      store<f32>(row + at, g + (load<f32>(tokenKeys + at) + load<f32>(placeKeys + at)));
    }
  }
}

/**
 * dtable += the scores' gradient dscores[T, scoreStride] (s ≤ t), each entry into its four places, t ascending and, for
 * the sums over keys of one token, s ascending.
 */
export function tableScoresBackward(
  dtable: usize,
  tableStride: i32,
  first: i32,
  dscores: usize,
  scoreStride: i32,
  tokens: usize,
  length: i32,
  vocab: i32,
  scratch: usize,
): void {
  for (let t = 0; t < length; ++t) {
    const token = rowOf(dtable, tableStride, load<i32>(tokens + (usize(t) << 2)));
    const place = rowOf(dtable, tableStride, first + t);
    const row = dscores + ((usize(t) * usize(scoreStride)) << 2);
    const tokenKeys = token + (usize(first) << 2);
    const placeKeys = place + (usize(first) << 2);
    memory.fill(scratch, 0, usize(vocab) << 2);
    let s = 0;
    for (; s + 4 <= t + 1; s += 4) {
      const at = usize(s) << 2;
      const g = v128.load(row + at);
      v128.store(tokenKeys + at, f32x4.add(v128.load(tokenKeys + at), g));
      v128.store(placeKeys + at, f32x4.add(v128.load(placeKeys + at), g));
      const z = tokens + at;
      addTo(scratch + (usize(load<i32>(z)) << 2), f32x4.extract_lane(g, 0));
      addTo(scratch + (usize(load<i32>(z, 4)) << 2), f32x4.extract_lane(g, 1));
      addTo(scratch + (usize(load<i32>(z, 8)) << 2), f32x4.extract_lane(g, 2));
      addTo(scratch + (usize(load<i32>(z, 12)) << 2), f32x4.extract_lane(g, 3));
    }
    for (; s <= t; ++s) {
      const at = usize(s) << 2;
      const g = load<f32>(row + at);
      addTo(tokenKeys + at, g);
      addTo(placeKeys + at, g);
      addTo(scratch + (usize(load<i32>(tokens + at)) << 2), g);
    }
    let j = 0;
    for (; j + 4 <= vocab; j += 4) {
      const at = usize(j) << 2;
      const h = v128.load(scratch + at);
      v128.store(token + at, f32x4.add(v128.load(token + at), h));
      v128.store(place + at, f32x4.add(v128.load(place + at), h));
    }
    for (; j < vocab; ++j) {
      const at = usize(j) << 2;
      const h = load<f32>(scratch + at);
      addTo(token + at, h);
      addTo(place + at, h);
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, x: f32): void {
  store<f32>(at, load<f32>(at) + x);
}
