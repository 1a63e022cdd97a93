// Draws the settings of a search as parallel coordinates, whose axes filter them, and as a map
// over two settings. The table has the same numbers.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data')?.textContent ?? 'null');
  if (!data?.axes.length) return;
  const id = name => document.getElementById(name);
  const make = (name, attributes = {}, text) => {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const html = (name, properties = {}, ...children) => {
    const e = Object.assign(document.createElement(name), properties);
    e.append(...children);
    return e;
  };
  const number = v => v === null ? 'failed' : String(Number(v.toPrecision(3))).replace('-', '−');
  const finite = data.scores.filter(v => v !== null);
  const positive = finite.length > 0 && Math.min(...finite) > 0;
  const score = {name: data.score, values: data.scores, log: positive && Math.max(...finite) > 5 * Math.min(...finite), score: true};
  const axes = [...data.axes, score];

  // Each axis maps its values to 0 … 1; a failed setting has no place on that of the score.
  for (const a of axes) {
    const at = v => a.log ? Math.log10(v) : v;
    const known = a.values.filter(v => v !== null).map(at);
    const low = a.words ? -0.5 : Math.min(...known), high = a.words ? a.words.length - 0.5 : Math.max(...known);
    a.place = v => v === null ? null : high > low ? (at(v) - low) / (high - low) : 0.5;
    a.value = f => { const v = low + f * (high - low); return a.log ? 10 ** v : v; };
    a.text = f => a.words ? a.words[Math.min(a.words.length - 1, Math.max(0, Math.round(a.value(f))))] : number(a.value(f));
    a.low = 0; a.high = 1;
  }
  // The colour goes from that of the best score to that of the worst.
  const colour = v => v === null ? 'var(--line)' : `color-mix(in oklab, var(--curve-2) ${Math.round(100 * score.place(v))}%, var(--curve-1))`;

  const height = 300, top = 54, bottom = 30, gap = Math.max(110, Math.min(340, (id('charts').parentElement.clientWidth - 210) / Math.max(1, axes.length - 1))), side = 70;
  const width = 2 * side + gap * (axes.length - 1);
  const x = i => side + i * gap, y = f => top + (1 - f) * height;
  const svg = make('svg', {width, height: top + height + bottom, viewBox: `0 0 ${width} ${top + height + bottom}`, role: 'img',
    'aria-label': `Parallel coordinates of ${data.scores.length} settings; the table below has the same numbers`});
  const lines = data.scores.map((v, k) => {
    const points = axes.map((a, i) => [x(i), a.place(a.values[k])]).filter(p => p[1] !== null).map(p => `${p[0]},${y(p[1]).toFixed(1)}`);
    const line = make('polyline', {points: points.join(' '), class: k === 0 && data.best ? 'line first' : 'line'});
    line.style.stroke = colour(v);
    return line;
  });
  svg.append(...lines.slice().reverse()); // the best on top

  // values returns those at the ticks of an axis: its own if they are few, whole numbers if it has no others.
  const values = a => {
    const own = [...new Set(a.values.filter(v => v !== null))].sort((p, q) => p - q);
    if (!a.score && own.length <= 8) return own;
    const even = [0, 0.25, 0.5, 0.75, 1].map(a.value);
    return own.every(Number.isInteger) ? [...new Set(even.map(Math.round))] : even;
  };
  const ticks = a => a.words ? a.words.map((w, i) => [a.place(i), w.length > 16 ? w.slice(0, 15) + '…' : w])
    : values(a).map(v => [a.place(v), number(v)]);
  axes.forEach((a, i) => {
    const g = make('g', {class: 'axis'});
    g.append(make('line', {x1: x(i), x2: x(i), y1: y(0), y2: y(1)}));
    const name = make('text', {x: x(i), y: i % 2 && gap < 150 ? 14 : 32, 'text-anchor': 'middle', class: 'name'}, a.name + (a.log ? ' (log)' : ''));
    g.append(name);
    for (const [f, text] of ticks(a)) {
      g.append(make('line', {x1: x(i) - 4, x2: x(i), y1: y(f), y2: y(f)}));
      g.append(make('text', {x: x(i) + 7, y: y(f) + 4, class: 'tick'}, text));
    }
    a.brush = make('rect', {x: x(i) - 9, width: 18, class: 'brush'});
    const catcher = make('rect', {x: x(i) - 18, width: 36, y: top - 6, height: height + 12, class: 'catch'});
    catcher.addEventListener('pointerdown', e => {
      catcher.setPointerCapture(e.pointerId);
      const place = e => {
        const box = svg.getBoundingClientRect();
        return Math.min(1, Math.max(0, 1 - ((e.clientY - box.top) * (top + height + bottom) / box.height - top) / height));
      };
      const from = place(e);
      const drag = e => { a.low = Math.min(from, place(e)); a.high = Math.max(from, place(e)); show(); };
      const drop = e => {
        catcher.removeEventListener('pointermove', drag);
        if (Math.abs(place(e) - from) < 0.01) { a.low = 0; a.high = 1; show(); } // a click
      };
      catcher.addEventListener('pointermove', drag);
      catcher.addEventListener('pointerup', drop, {once: true});
      catcher.addEventListener('pointercancel', drop, {once: true});
    });
    g.append(a.brush, catcher);
    svg.append(g);
  });
  id('parallel').append(svg);

  const rows = [...id('settings').tBodies[0].rows];
  const inside = (a, k) => {
    if (a.low === 0 && a.high === 1) return true;
    const f = a.place(a.values[k]);
    return f !== null && f >= a.low - 1e-9 && f <= a.high + 1e-9;
  };
  let timer;
  const show = () => {
    let count = 0;
    lines.forEach((line, k) => {
      const in_ = axes.every(a => inside(a, k));
      count += in_;
      line.classList.toggle('out', !in_);
      rows[k].hidden = !in_;
    });
    axes.forEach(a => {
      const all = a.low === 0 && a.high === 1;
      a.brush.setAttribute('y', y(a.high)); a.brush.setAttribute('height', all ? 0 : Math.max(2, (a.high - a.low) * height));
      for (const end of ['low', 'high']) {
        a.sliders[end].value = a[end];
        a.sliders[end].setAttribute('aria-valuetext', a.text(a[end]));
        a.sliders[end].nextElementSibling.textContent = a.text(a[end]);
      }
    });
    clearTimeout(timer); // so that a screen reader hears the end of a drag alone
    timer = setTimeout(() => { id('shown').textContent = `${count} of ${lines.length} settings shown`; }, 200);
  };
  for (const a of axes) {
    a.sliders = {};
    const group = html('fieldset', {}, html('legend', {textContent: a.name}));
    for (const end of ['low', 'high']) {
      const slider = html('input', {type: 'range', min: 0, max: 1, step: 0.01});
      slider.setAttribute('aria-label', `${a.name}, ${end === 'low' ? 'at least' : 'at most'}`);
      slider.addEventListener('input', () => {
        a[end] = Number(slider.value);
        if (a.low > a.high) a[end === 'low' ? 'high' : 'low'] = a[end];
        show();
      });
      a.sliders[end] = slider;
      group.append(html('div', {className: 'slider'}, html('span', {textContent: end === 'low' ? 'from' : 'to'}), slider, html('output')));
    }
    id('sliders').append(group);
  }
  id('clear').addEventListener('click', () => { for (const a of axes) { a.low = 0; a.high = 1; } show(); });
  rows.forEach((row, k) => {
    row.addEventListener('mouseenter', () => lines[k].classList.add('over'));
    row.addEventListener('mouseleave', () => lines[k].classList.remove('over'));
  });
  id('charts').hidden = false;
  show();

  // The map: a cell for two values or, where an axis has many numbers, two ranges.
  if (data.axes.length < 2) return;
  const most = 9, median = list => { const s = list.toSorted((a, b) => a - b), m = s.length >> 1; return s.length % 2 ? s[m] : (s[m - 1] + s[m]) / 2; };
  const bins = a => {
    const distinct = [...new Set(a.values)].sort((p, q) => p - q);
    if (a.words || distinct.length <= most) return {of: v => distinct.indexOf(v), names: distinct.map(v => a.words ? a.words[v] : number(v))};
    const n = 6;
    return {of: v => Math.min(n - 1, Math.floor(n * a.place(v))), names: Array.from({length: n}, (_, i) => `${a.text(i / n)} … ${a.text((i + 1) / n)}`)};
  };
  const grid = () => {
    const ax = data.axes[id('grid-x').value], ay = data.axes[id('grid-y').value], bx = bins(ax), by = bins(ay);
    const cells = by.names.map(() => bx.names.map(() => []));
    data.scores.forEach((v, k) => { if (v !== null) cells[by.of(ay.values[k])][bx.of(ax.values[k])].push(v); });
    const values = cells.map(row => row.map(c => c.length === 0 ? null : id('grid-of').value === 'min' ? Math.min(...c) : median(c)));
    const best = Math.min(...values.flat().filter(v => v !== null));
    const table = html('table', {className: 'map'});
    table.setAttribute('aria-labelledby', 'grid-title');
    const head = html('tr', {}, html('th', {scope: 'col', textContent: `${ay.name} ↓  ${ax.name} →`}));
    head.append(...bx.names.map(n => html('th', {scope: 'col', className: 'num', textContent: n})));
    const body = html('tbody');
    by.names.forEach((name, j) => {
      const row = html('tr', {}, html('th', {scope: 'row', textContent: name}));
      values[j].forEach((v, i) => {
        const cell = html('td', {className: 'num', textContent: v === null ? '–' : number(v), title: `${cells[j][i].length} ${cells[j][i].length === 1 ? 'setting' : 'settings'}`});
        if (v !== null) cell.style.background = `color-mix(in oklab, color-mix(in oklab, var(--curve-2) ${Math.round(100 * score.place(v))}%, var(--curve-1)) 30%, var(--ground))`;
        if (v === best && data.best) { cell.classList.add('best-cell'); cell.append(html('span', {className: 'hidden', textContent: ', the best'})); }
        row.append(cell);
      });
      body.append(row);
    });
    table.append(html('thead', {}, head), body);
    id('grid').replaceChildren(table);
  };
  ['grid-x', 'grid-y'].forEach((name, which) => {
    id(name).append(...data.axes.map((a, i) => html('option', {value: i, textContent: a.name, selected: i === which})));
  });
  for (const name of ['grid-x', 'grid-y', 'grid-of']) id(name).addEventListener('change', grid);
  id('grid-part').hidden = false;
  grid();
})();
