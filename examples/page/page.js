/** The page's side: hands the settings to a worker that trains, and shows what it reports. */

const show = (id, text) => {
  document.getElementById(id).textContent = text;
};
const rounded = (value) => (value === null ? 'none' : value.toFixed(3));
const form = document.getElementById('settings');
const weights = document.getElementById('weights');
const link = document.createElement('a');
link.textContent = link.download = 'model.safetensors';
const progress = document.getElementById('progress');

for (const [name, value] of new URLSearchParams(location.search)) {
  if (form.elements[name] instanceof HTMLInputElement) form.elements[name].value = value;
}

/** What the worker says, by the kind of message. */
const reports = {
  started({ threads, steps }) {
    progress.max = steps;
    show('state', 'Training.');
    show('threads', String(threads));
  },
  step({ step, loss }) {
    progress.value = step + 1;
    show('step', String(step));
    show('loss', rounded(loss));
  },
  record({ record }) {
    show('accuracy', rounded(record.acc_end));
    show('bag', rounded(record.baseline_bag));
    show('bayes', rounded(record.baseline_bayes));
  },
  done({ file, sha256 }) {
    link.href = URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' }));
    link.title = `sha256 ${sha256}`;
    weights.replaceChildren(link);
    finish('Done.');
  },
  failed({ message }) {
    finish(`Stopped: ${message}`);
  },
};

function finish(state) {
  show('state', state);
  form.querySelector('button').disabled = false;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  form.querySelector('button').disabled = true;
  URL.revokeObjectURL(link.href);
  weights.replaceChildren();
  show('state', 'Starting.');
  const worker = new Worker(new URL('train.js', import.meta.url), { type: 'module' });
  const stopped = (message) => {
    worker.terminate();
    reports.failed({ message });
  };
  worker.onmessage = ({ data }) => {
    reports[data.type](data);
    if (data.type === 'done' || data.type === 'failed') worker.terminate();
  };
  worker.onerror = (event) => stopped(event.message || 'the worker could not be loaded');
  worker.postMessage(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, Number(value)])));
});
