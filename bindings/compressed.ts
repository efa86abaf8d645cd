/** The strict build as the bundles carry it, a third of its base64. */
import { decodeBase64 } from './base64.js';
import { DEFLATED_BASE64, SIZE } from './builds/compressed.js';
import { inflate } from './inflate.js';

export function carriedBytes(): Uint8Array {
  return inflate(decodeBase64(DEFLATED_BASE64), SIZE);
}
