/** What a page does: answers the question in its address, to where the address says. */
import { answer } from './tasks.js';

export async function answerAddress(library, readFused) {
  const asked = new URL(location.href).searchParams;
  const reply = await answer(library, JSON.parse(asked.get('ask')), readFused).then(
    (result) => ({ result }),
    (error) => ({ error: String(error) }),
  );
  // From another origin too, where a development server has its own: the reply is not read.
  await fetch(asked.get('to'), { method: 'POST', mode: 'no-cors', body: JSON.stringify(reply) });
  document.title = 'answered';
}
