/** Redis, and BullMQ over it: both are loaded where a queue is asked for, and only there. */
import type { Redis } from 'ioredis';
import { ConfigError, UnsupportedError } from '../../errors.js';

export interface Connection {
  readonly redis: Redis;
  readonly bullmq: typeof import('bullmq');
  /** The address without its password. */
  readonly address: string;
  /** Rejects with a ConfigError once the server has not answered for too long. */
  readonly lost: Promise<never>;
  close(): void;
}

/** Milliseconds: for the first answer, and for the next one after the server went away. */
const FIRST_PATIENCE = 5000;
const PATIENCE = 30_000;
const RETRY = 200;

/** Throws a ConfigError for an address that is none or does not answer, UnsupportedError without the two packages. */
export async function connect(url: string): Promise<Connection> {
  const address = addressOf(url);
  const { Redis, bullmq } = await load();
  let away = performance.now();
  let patience = FIRST_PATIENCE;
  let why = 'it does not answer';
  // A command waits for the server to come back; BullMQ wants no limit.
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: () => (performance.now() - away > patience ? null : RETRY),
  });
  let open = true;
  const refusal = () => new ConfigError('--queue', address, `a Redis that answers (${why})`);
  const lost = new Promise<never>((_, reject) => {
    redis.on('end', () => open && reject(refusal()));
  });
  lost.catch(() => {});
  redis.on('error', (error: Error & { readonly code?: string }) => {
    why = error.code ?? error.message;
  });
  redis.on('ready', () => {
    patience = PATIENCE;
  });
  redis.on('close', () => {
    if (patience === PATIENCE && redis.status !== 'reconnecting') away = performance.now();
  });
  await Promise.race([redis.connect().catch(() => lost), lost]);
  return {
    redis,
    bullmq,
    address,
    lost,
    close() {
      open = false;
      redis.disconnect();
    },
  };
}

/** `redis://host:6379/0`: neither name nor password are shown to anybody. */
export function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '') {
    // What is no address may hold a password all the same.
    throw new ConfigError('--queue', 'another one', 'an address like redis://host:6379/0, or rediss:// for TLS');
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

async function load(): Promise<{ Redis: typeof Redis; bullmq: typeof import('bullmq') }> {
  try {
    const [ioredis, bullmq] = await Promise.all([import('ioredis'), import('bullmq')]);
    return { Redis: ioredis.Redis, bullmq };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UnsupportedError('a queue needs two more packages: npm install bullmq ioredis');
  }
}
