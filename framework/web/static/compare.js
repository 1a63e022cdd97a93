// The scatter of two runs' errors. Points are links to spectra; the table below has the most
// important ones.
(() => {
  'use strict';
  const data = document.getElementById('pairs');
  if (!data) return;
  const { paths, priors, same, conditions, points } = JSON.parse(data.textContent);
  const figure = document.getElementById('scatter'), svg = figure.querySelector('svg'), readout = document.getElementById('readout'), opens = document.getElementById('opens');
  const all = points.map(([prior, condition, signal, cellA, cellB, a, b]) => ({ prior, condition, signal, cells: [cellA, cellB], a, b })).filter(p => p.a > 0 && p.b > 0).sort((p, q) => p.a - q.a);
  if (all.length === 0) return;
  const left = 70, right = 620, top = 15, bottom = 505, r = 4;
  // Priors with the same results in both runs are hidden at first, unless all are.
  const visible = priors.map((_, i) => !same[i] || !same.includes(false));
  const shown = p => visible[p.prior];
  let low = 0, high = 1; // of the axes, as logarithms
  const at = v => (Math.log10(v) - low) / (high - low);
  const x = v => left + (right - left) * at(v), y = v => bottom - (bottom - top) * at(v);
  const number = v => v.toPrecision(4).replace('-', '−');

  const add = (parent, name, attributes, text) => {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (text !== undefined) e.textContent = text;
    parent.append(e);
    return e;
  };

  // A prior has a colour and a shape. Points that cannot be opened are hollow.
  const shapes = [
    `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`, `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`, `M0 ${-r - 1}l${r + 1} ${2 * r}h${-2 * r - 2}z`,
    `M0 ${-r - 1}l${r + 1} ${r + 1}l${-r - 1} ${r + 1}l${-r - 1} ${-r - 1}z`, `M0 ${r + 1}l${r + 1} ${-2 * r}h${-2 * r - 2}z`, `M${-r / 3} ${-r}v${r * 2 / 3}h${-r * 2 / 3}v${r * 2 / 3}h${r * 2 / 3}v${r * 2 / 3}h${r * 2 / 3}v${-r * 2 / 3}h${r * 2 / 3}v${-r * 2 / 3}h${-r * 2 / 3}v${-r * 2 / 3}z`,
  ];
  const classOf = prior => `c${prior % 6 + 1}`;
  const opened = p => p.cells.some(cell => cell);

  const axes = () => {
    const values = all.filter(shown).flatMap(p => [p.a, p.b]);
    if (values.length) { // otherwise the axes stay as they are
      low = Math.log10(values.reduce((m, v) => Math.min(m, v))) - 0.05;
      high = Math.log10(values.reduce((m, v) => Math.max(m, v))) + 0.05;
    }
    add(svg, 'rect', { class: 'frame', x: left, y: top, width: right - left, height: bottom - top });
    const steps = high - low > 1.5 ? [1] : [1, 2, 5];
    for (let k = Math.floor(low); k <= high; k++) {
      for (const s of steps) {
        const v = Number((s * 10 ** k).toPrecision(1));
        if (at(v) < 0 || at(v) > 1) continue;
        add(svg, 'line', { class: 'grid', x1: left, x2: right, y1: y(v), y2: y(v) });
        add(svg, 'line', { class: 'grid', x1: x(v), x2: x(v), y1: top, y2: bottom });
        add(svg, 'text', { x: left - 6, y: y(v) + 4, 'text-anchor': 'end' }, v);
        add(svg, 'text', { x: x(v), y: bottom + 18, 'text-anchor': 'middle' }, v);
      }
    }
    add(svg, 'line', { class: 'diagonal', x1: left, y1: bottom, x2: right, y2: top });
    add(svg, 'text', { x: (left + right) / 2, y: bottom + 40, 'text-anchor': 'middle' }, 'error in A');
    add(svg, 'text', { transform: `translate(16 ${(top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, 'error in B');
    add(svg, 'text', { class: 'side', x: right - 8, y: bottom - 10, 'text-anchor': 'end' }, 'better in B');
    add(svg, 'text', { class: 'side', x: left + 8, y: top + 20 }, 'better in A');
  };
  const draw = () => {
    svg.replaceChildren();
    axes();
    const groups = priors.map((_, i) => add(svg, 'g', { class: classOf(i) }));
    for (const p of all.filter(shown)) {
      add(groups[p.prior], 'path', { d: shapes[p.prior % 6], class: opened(p) ? '' : 'hollow', transform: `translate(${x(p.a).toFixed(1)} ${y(p.b).toFixed(1)})` });
    }
    svg.append(link);
    choose(chosen && shown(chosen) ? chosen : null);
  };
  const link = add(svg, 'a', { class: 'ring', tabindex: '-1', visibility: 'hidden', 'aria-label': 'the spectrum of the point' });
  const ring = add(link, 'circle', { r: 9 });

  const address = (p, run) => `${paths[run]}?${new URLSearchParams({ signal: p.signal, cell: p.cells[run], prior: priors[p.prior] })}`;
  const first = p => address(p, p.cells[1] ? 1 : 0); // the spectrum in B, if B kept it
  let chosen = null;
  const choose = p => {
    chosen = p;
    link.setAttribute('visibility', p ? 'visible' : 'hidden');
    opens.textContent = readout.textContent = '\u00a0';
    if (!p) return;
    ring.setAttribute('cx', x(p.a));
    ring.setAttribute('cy', y(p.b));
    if (opened(p)) link.setAttribute('href', first(p));
    else link.removeAttribute('href');
    opens.replaceChildren(opened(p) ? 'Spectrum ' : 'Its reconstruction was not kept.', ...p.cells.flatMap((cell, run) => {
      if (!cell) return [];
      const a = document.createElement('a');
      a.href = address(p, run);
      a.textContent = run ? 'in B' : 'in A';
      return [a, ' '];
    }));
    readout.textContent = `signal ${p.signal}, ${priors[p.prior]}, ${conditions[p.condition]}: ${number(p.a)} in A, ${number(p.b)} in B, B / A ${number(p.b / p.a)}`;
  };

  const near = e => {
    const box = svg.getBoundingClientRect(), scale = 640 / box.width;
    const px = (e.clientX - box.left) * scale, py = (e.clientY - box.top) * scale;
    let best = null, least = 16 ** 2;
    for (const p of all) {
      const d = (x(p.a) - px) ** 2 + (y(p.b) - py) ** 2;
      if (d < least && shown(p)) [best, least] = [p, d];
    }
    return best;
  };
  svg.addEventListener('pointermove', e => {
    const p = near(e);
    if (p && p !== chosen) choose(p);
  });
  svg.addEventListener('click', e => {
    if (e.target.closest('a')) return; // the browser follows it
    const p = near(e);
    if (p && opened(p)) location.assign(first(p));
  });
  svg.addEventListener('keydown', e => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 10, ArrowDown: -10 }[e.key];
    const list = all.filter(shown);
    if (step && list.length) {
      const i = list.indexOf(chosen);
      choose(list[i < 0 ? 0 : Math.min(list.length - 1, Math.max(0, i + step))]);
      e.preventDefault();
    } else if (e.key === 'Enter' && chosen && opened(chosen)) {
      location.assign(first(chosen));
    }
  });

  // The key shows and hides priors.
  figure.querySelector('.key').append(...priors.map((prior, i) => {
    const item = document.createElement('li'), label = document.createElement('label'), box = document.createElement('input');
    Object.assign(box, { type: 'checkbox', checked: visible[i] });
    box.addEventListener('change', () => {
      visible[i] = box.checked;
      draw();
    });
    const mark = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    mark.setAttribute('viewBox', '-6 -6 12 12');
    mark.setAttribute('aria-hidden', 'true');
    mark.setAttribute('class', classOf(i));
    add(mark, 'path', { d: shapes[i % 6] });
    label.className = 'check';
    label.append(box, mark, same[i] ? `${prior} (identical)` : prior);
    item.append(label);
    return item;
  }));
  if (all.length < points.length) {
    const left = document.createElement('p');
    left.textContent = `Not drawn: ${points.length - all.length} with an error of 0, which has no logarithm.`;
    figure.append(left);
  }
  draw();
  figure.hidden = false;
})();
