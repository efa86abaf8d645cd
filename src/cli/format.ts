/** Results as tables for a person, or as JSON for a program: what standard output is decides, unless it is told. */
import process from 'node:process';
import { type Command, Option } from 'commander';
import { oneOf } from '../schema.js';
import { readOption } from './options.js';

const FORMATS = ['table', 'json'] as const;

export type Format = (typeof FORMATS)[number];

export interface FormatOptions {
  readonly format?: string;
}

export function addFormatOption(command: Command): Command {
  return command.addOption(
    new Option('--format <name>', `${FORMATS.join(' or ')} (default: table on a terminal, json elsewhere)`),
  );
}

export function chosenFormat({ format }: FormatOptions): Format {
  if (format !== undefined) return readOption('--format', oneOf(...FORMATS), format);
  return process.stdout.isTTY ? 'table' : 'json';
}
