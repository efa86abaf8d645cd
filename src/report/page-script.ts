/**
 * What the report's page does by itself: it says what is under the pointer and saves figures. The function below is
 * written into the page as it is, so it may use nothing from outside of it.
 */

/** Panels and maps say in data-… what stands where; see panel-grid.ts and heatmaps.ts. */
function follow(): void {
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  document.body.append(tip);

  const numbers = (text: string) => text.match(/-?[\d.]+(?:e[-+]?\d+)?/g)?.map(Number) ?? [];

  /** The points of a line, in its panel's coordinates. */
  const pointsOf = (line: Element) => {
    const path = line.matches('path') ? line : line.querySelector('path');
    const all = numbers(path?.getAttribute('d') ?? '');
    return all.flatMap((x, n) => (n % 2 === 0 ? [{ x, y: all[n + 1]! }] : []));
  };

  const inPanel = (svg: Element, event: PointerEvent): string | null => {
    for (const panel of svg.querySelectorAll<SVGGElement>('[data-panel]')) {
      const [left = 0, width = 0, height = 0, first = 0, last = 0, low = 0, high = 0, logarithmic = 0] = numbers(
        panel.dataset.panel!,
      );
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(panel.getScreenCTM()!.inverse());
      if (at.x < left || at.x > left + width || at.y < 0 || at.y > height) continue;
      let nearest: number | null = null;
      const found = [...panel.querySelectorAll<SVGElement>('[data-line]')].flatMap((line) => {
        const [best] = pointsOf(line).sort((a, b) => Math.abs(a.x - at.x) - Math.abs(b.x - at.x));
        if (best === undefined) return [];
        if (nearest === null || Math.abs(best.x - at.x) < Math.abs(nearest - at.x)) nearest = best.x;
        return [{ name: line.dataset.line!, ...best }];
      });
      if (nearest === null) continue;
      const share = (nearest - left) / width;
      const step = logarithmic === 1 ? first * (last / first) ** share : first + share * (last - first);
      const lines = found
        .filter(({ x }) => Math.abs(x - nearest!) < 0.5)
        .map(({ name, y }) => `${name}: ${(low + (1 - y / height) * (high - low)).toFixed(3)}`);
      return [`step ${Math.round(step)}`, ...lines].join('\n');
    }
    return null;
  };

  const inMap = (target: Element, event: PointerEvent): string | null => {
    const map = target.closest<SVGGElement>('[data-rows]');
    const area = map?.querySelector('rect')?.getBoundingClientRect();
    if (map === null || area === undefined) return null;
    const pick = (names: string, share: number) => {
      const all = names.split(' ');
      return all[Math.max(0, Math.min(all.length - 1, Math.floor(share * all.length)))];
    };
    const row = pick(map.dataset.rows!, (event.clientY - area.top) / area.height);
    const column = pick(map.dataset.columns!, (event.clientX - area.left) / area.width);
    const value = document.elementsFromPoint(event.clientX, event.clientY).find((each) => each.matches('[data-value]'));
    return `\u2068${row}\u2069 → \u2068${column}\u2069: ${value?.getAttribute('data-value') ?? ''}\n${map.dataset.titles}`;
  };

  const tell = (event: PointerEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    const svg = target?.closest('figure svg') ?? null;
    const text = svg === null ? null : (inMap(target!, event) ?? inPanel(svg, event));
    tip.hidden = text === null;
    if (text === null) return;
    tip.textContent = text;
    const { offsetWidth, offsetHeight } = tip;
    const left = Math.min(event.clientX + 14, innerWidth - offsetWidth - 4);
    const above = event.clientY - offsetHeight - 14;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${above < 4 ? event.clientY + 18 : above}px`;
  };
  addEventListener('pointermove', tell);
  addEventListener('pointerdown', tell);
  addEventListener('scroll', () => {
    tip.hidden = true;
  });

  const save = (name: string, blob: Blob) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  /** With the reader's own fonts, which know more letters than any that could be sent along. */
  const rasterized = async (drawing: Blob): Promise<Blob> => {
    const image = new Image();
    image.src = URL.createObjectURL(drawing);
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = 2 * image.naturalWidth;
    canvas.height = 2 * image.naturalHeight;
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob === null ? reject(new Error('the picture is too large')) : resolve(blob)));
    });
  };
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-save]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      const name = button.dataset.save!;
      const drawings = [...button.closest('figure')!.querySelectorAll('svg')];
      const shown = drawings.find((svg) => svg.getBoundingClientRect().width > 0) ?? drawings[0]!;
      const drawing = new Blob([new XMLSerializer().serializeToString(shown)], { type: 'image/svg+xml' });
      save(name, name.endsWith('.png') ? await rasterized(drawing) : drawing);
    });
  }
}

export const SCRIPT = `(${follow.toString()})();`;
