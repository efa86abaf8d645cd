/** Loaded before the command (`node --import`): writes the most memory that the process held, in KiB, to COST_FILE. */
import { writeFileSync } from 'node:fs';
import process from 'node:process';

process.on('exit', () => {
  writeFileSync(process.env.COST_FILE!, String(process.resourceUsage().maxRSS));
});
