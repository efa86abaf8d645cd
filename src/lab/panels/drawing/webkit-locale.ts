/**
 * To be loaded before uPlot, which makes a number format in the browser's language as soon as it is loaded. WebKit in a
 * session without a locale calls its language C: Intl refuses that, and with it every module behind uPlot would be
 * lost.
 */
if (typeof navigator !== 'undefined') {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  }
}
