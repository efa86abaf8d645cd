/**
 * What decides a lab's next run: its settings in layers (the author's preset and attributes, a weight file that was
 * loaded, what the reader changed since), the text to train on, and from a link what is to be done by hand and where to
 * stop.
 */
import { BUILT_IN } from '../../corpus/identity.js';
import type { ConfigLayer, OpenConfig } from '../../train/config.js';
import type { PresetName } from '../../train/presets.js';
import type { LabRun, ManualFreeze, OwnCorpus } from '../border/messages.js';
import { difference, labConfig } from '../border/settings.js';
import { fetchText, ownCorpus } from './uploads.js';

/** The author's part, as the element's properties have it. */
export interface Author {
  readonly preset: string;
  readonly seed: number | null;
  readonly steps: number | null;
  readonly corpus: string;
  readonly config: ConfigLayer;
  readonly corpusText: string | null;
}

export interface RunSettings {
  /** Throws a ConfigError. */
  settings(): OpenConfig;
  /** In what the settings differ from the preset's. Throws a ConfigError. */
  difference(): { readonly preset: PresetName; readonly layer: ConfigLayer };
  /** The run itself. Throws a ConfigError, or a FormatError for a text that cannot be had. */
  run(): Promise<LabRun>;
  /** The text to train on; null: the built-in one. Throws a FormatError for one that cannot be had. */
  text(): Promise<OwnCorpus | null>;
  /** As it is shown; null: the built-in one. */
  readonly textName: string | null;
  /** Why no link leads to the run, in a sentence; null: one does. */
  readonly linkObstacle: string | null;
  readonly manualFreezes: readonly ManualFreeze[];
  /** Where a link asks to stop; null: nowhere, or it has been there. */
  stopAt: number | null;
  /** The reader's wish over all else. Throws a ConfigError, and leaves everything as it was. */
  change(layer: ConfigLayer): void;
  /** The reader's own text; null: the author's. */
  read(text: OwnCorpus | null): void;
  /** Settings of a weight file, from which the run goes on, in place of what was changed before. */
  useLoaded(config: OpenConfig): void;
  /** The author's settings have changed: those of a weight file are over. */
  dropLoaded(): void;
  /** From step 0, to the end, with nothing done by hand. Settings stay. */
  reset(): void;
  /** Nothing but the author's part, and what a link holds. */
  followLink(manualFreezes: readonly ManualFreeze[], stopAt: number | null): void;
}

export function createRunSettings(author: Author): RunSettings {
  let loaded: ConfigLayer | null = null;
  let changes: ConfigLayer = {};
  let own: OwnCorpus | null = null;
  let manualFreezes: readonly ManualFreeze[] = [];
  let stopAt: number | null = null;
  /** Whether the run goes on from a weight file. */
  let continued = false;

  /** Everything under what the reader changed. */
  function given(): ConfigLayer[] {
    const seed = author.seed === null ? {} : { seed: author.seed };
    const steps = author.steps === null ? {} : { training: { steps: author.steps } };
    return [{ ...seed, ...steps }, author.config, ...(loaded === null ? [] : [loaded])];
  }

  const settings = () => labConfig(author.preset, [...given(), changes]);

  async function text(): Promise<OwnCorpus | null> {
    if (own !== null) return own;
    if (author.corpusText !== null) return ownCorpus('text', author.corpusText);
    return author.corpus === BUILT_IN ? null : fetchText(author.corpus);
  }

  function textName(): string | null {
    if (own !== null) return own.name;
    if (author.corpusText !== null) return 'a text of this page';
    return author.corpus === BUILT_IN ? null : author.corpus;
  }

  function reset(): void {
    manualFreezes = [];
    stopAt = null;
    continued = false;
  }

  return {
    settings,
    text,
    reset,
    difference: () => ({
      layer: difference(settings(), labConfig(author.preset, [])),
      // Settings were made of it.
      preset: author.preset as PresetName,
    }),
    async run() {
      settings();
      const corpus = await text();
      continued = false;
      // While the text was on its way they may have changed.
      const config = settings();
      const named =
        corpus === null || config.task.corpus === undefined
          ? config
          : { ...config, task: { ...config.task, corpus: corpus.name } };
      return { config: named, corpus, manualFreezes };
    },
    get textName() {
      return textName();
    },
    get linkObstacle() {
      if (textName() !== null) return 'The text is not part of a link: whoever opens it has to give the same text.';
      return continued ? 'The weights of the file are not part of a link.' : null;
    },
    get manualFreezes() {
      return manualFreezes;
    },
    get stopAt() {
      return stopAt;
    },
    set stopAt(step) {
      stopAt = step;
    },
    change(layer) {
      const config = labConfig(author.preset, [...given(), changes, layer]);
      changes = difference(config, labConfig(author.preset, given()));
      reset();
    },
    read(corpus) {
      own = corpus;
      reset();
    },
    useLoaded({ model: { vocabSize: _, ...model }, ...config }) {
      loaded = { ...config, model };
      changes = {};
      continued = true;
      if (config.task.corpus === BUILT_IN) own = null;
    },
    dropLoaded() {
      loaded = null;
    },
    followLink(done, until) {
      loaded = null;
      changes = {};
      own = null;
      continued = false;
      manualFreezes = done;
      stopAt = until;
    },
  };
}
