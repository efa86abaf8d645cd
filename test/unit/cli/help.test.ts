/** What `--help` says of each command. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('help');

laws.before((context) => {
  context.place = workplace();
});
laws.after(({ place }) => place.remove());

function help(place: Workplace, ...command: readonly string[]): string {
  const { status, stdout, stderr } = place.ihead(...command, '--help');
  assert.equal([status, stderr], [0, '']);
  return stdout.replaceAll(/\s+/g, ' ');
}

laws('every default reads alike, without quotes, and an empty list is none', ({ place }) => {
  const commands = [...place.ihead('--help').stdout.matchAll(/^ {2}([a-z]+)(?: \[options\].*)$/gm)].map(
    ([, name]) => name!,
  );
  assert.ok(commands.length > 10);
  let defaults = 0;
  for (const command of commands) {
    for (const [told, value] of help(place, command).matchAll(/\(default: ([^)]*)\)/g)) {
      assert.not.match(value!, /^["[]|^$/, `${command} --help: ${told}`);
      defaults++;
    }
  }
  assert.ok(defaults > commands.length);
});

laws('what looks at saved weights does not promise the settings of a new run', ({ place }) => {
  for (const command of ['probe', 'inspect', 'show', 'evaluate', 'export']) {
    const text = help(place, command);
    assert.match(text, /--preset <name>[^(]*\(default: as the weights were made\)/, command);
    assert.not.match(text, /default: paper|2\^53 - 1 \(default: 1\)/, command);
  }
  assert.match(help(place, 'train'), /--preset <name>[^(]*\(default: paper\)/);
});

laws('export has no option that changes nothing in its file', ({ place }) => {
  assert.not.match(help(place, 'export'), /--(seed|threads|kernel)/);
});

laws.run();
