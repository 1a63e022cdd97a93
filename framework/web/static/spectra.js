// The viewer of spectra. It draws what the element #chosen names by data-source: the address of
// a JSON of a server, or #0, #1, … in the JSON of a report that is one file.
(() => {
  'use strict';
  const viewer = document.getElementById('viewer');
  const canvas = document.getElementById('plot');
  if (!viewer || !canvas) return;
  viewer.hidden = false;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const context = canvas.getContext('2d', { alpha: false }); // all of it is painted
  const embedded = (() => {
    const block = document.getElementById('spectra-data');
    return block && JSON.parse(block.textContent);
  })();

  // Rest wavelengths in vacuum [Å]: the line table of the SDSS spectroscopic pipeline
  // (classic.sdss.org, algorithms/linestable). The break and the G band are places, not lines.
  // Where names are crowded, the first in this list have theirs.
  const lines = [
    [6564.61, 'Hα'], [4862.68, 'Hβ'], [5008.24, '[O III]'], [3728.5, '[O II]'], [4000, '4000 Å break'], [5176.63, 'Mg b'],
    [5895.6, 'Na D'], [3934.78, 'Ca K'], [3969.59, 'Ca H'], [6718.29, '[S II]'], [6732.67, '[S II]'], [6585.27, '[N II]'],
    [6549.86, '[N II]'], [4305.61, 'G band'], [4341.68, 'Hγ'], [4102.89, 'Hδ'], [4960.3, '[O III]'], [6302.05, '[O I]'],
    [4364.44, '[O III]'], [3889.0, 'He I'],
  ];

  let data = null; // the spectrum, with typed arrays
  let view = [0, 1]; // the wavelengths that are shown [Å]
  let cursor = -1; // the flux that is read
  let box = null; // the range that is being dragged [pixels]
  let colours = {};
  let patterns = {};
  let asked = 0; // numbers the loads, of which only the last counts
  const area = { left: 62, right: 20, top: 12, bottom: 40, gap: 10 };

  // ---- data

  const floats = (list, n) => {
    if (!list) return null;
    const a = new Float32Array(n ?? list.length).fill(NaN);
    for (let i = 0; i < Math.min(a.length, list.length); i++) if (list[i] !== null) a[i] = list[i];
    return a;
  };
  const combine = (a, b, f) => a && b && Float32Array.from(a, (v, i) => f(v, b[i]));

  function prepare(raw) {
    const w = Float64Array.from(raw.wavelength ?? []);
    const n = w.length;
    const d = { ...raw, w, n, truth: floats(raw.truth, n), clean: floats(raw.clean, n), at: raw.measuredAt ? Float64Array.from(raw.measuredAt) : w };
    d.measured = floats(raw.measured, d.at.length);
    d.error = floats(raw.error, d.at.length);
    d.reference = d.truth ?? (d.at === w ? d.measured : null);
    d.curves = raw.curves.map((c) => {
      const flux = floats(c.flux, n), sigma = floats(c.sigma, n), low = floats(c.low, n), high = floats(c.high, n);
      return {
        name: c.name, flux, sigma,
        band68: low ? [low, high] : sigma && [combine(flux, sigma, (x, s) => x - s), combine(flux, sigma, (x, s) => x + s)],
        band95: sigma && [combine(flux, sigma, (x, s) => x - 1.96 * s), combine(flux, sigma, (x, s) => x + 1.96 * s)],
        residual: combine(flux, d.reference, (x, t) => x - t),
      };
    });
    return d;
  }

  // What fluxes without a measurement are called: hidden, or not measured.
  const word = (part) => $(`#parts input[value=${part}]`).dataset.word;
  const on = (part) => $(`#parts input[value=${part}]`)?.checked ?? false;
  const choices = () => $$('#curves input');
  const drawn = () => data.curves.map((c) => ({ ...c, input: choices().find((i) => i.value === c.name) })).filter((c) => c.input?.checked);

  // ---- the view

  const whole = () => data.n > 1 ? [Math.min(data.w[0], data.w[data.n - 1]), Math.max(data.w[0], data.w[data.n - 1])] : [0, 1];

  function look(from, to) {
    const [a, b] = whole();
    const least = Math.max((b - a) * 4 / Math.max(data.n, 8), 1e-6);
    const width = Math.min(Math.max(to - from, least), b - a);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - width / 2, a), b - width);
    view = [start, start + width];
    canvas.classList.toggle('moves', zoomed());
    redraw();
    settle();
  }
  const zoomed = () => view[1] - view[0] < (whole()[1] - whole()[0]) * 0.9999;
  const zoom = (factor, at = (view[0] + view[1]) / 2) => look(at - (at - view[0]) * factor, at + (view[1] - at) * factor);
  const move = (share) => { const by = (view[1] - view[0]) * share; look(view[0] + by, view[1] + by); };
  const reset = () => look(...whole());

  // The first index of w whose wavelength is not below x.
  function at(w, x) {
    let low = 0, high = w.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (w[middle] < x) low = middle + 1; else high = middle;
    }
    return low;
  }
  function nearest(x) {
    const i = Math.min(at(data.w, x), data.n - 1);
    return i > 0 && x - data.w[i - 1] < data.w[i] - x ? i - 1 : i;
  }

  // ---- drawing

  function theme() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ['ground', 'ink', 'faint', 'line', 'strong-line', 'focus', 'mark', 'curve-1', 'curve-2', 'curve-3', 'curve-4', 'curve-5', 'curve-6']) {
      colours[name] = style.getPropertyValue('--' + name).trim();
    }
    patterns = { hidden: hatch(false), infilled: hatch(true) };
    redraw();
  }

  // A pattern of stripes for hidden fluxes, of dots for infilled ones.
  function hatch(dots) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = 8;
    const c = tile.getContext('2d');
    c.strokeStyle = c.fillStyle = colours['strong-line'];
    if (dots) {
      c.fillRect(1, 1, 2, 2);
      c.fillRect(5, 5, 2, 2);
    } else {
      c.lineWidth = 1.4;
      c.beginPath();
      for (const x of [-8, 0, 8]) { c.moveTo(x, 8); c.lineTo(x + 8, 0); }
      c.stroke();
    }
    return context.createPattern(tile, 'repeat');
  }

  let pending = false;
  function redraw() {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => { pending = false; if (data) draw(); });
  }

  // The range of the values between two indices, a little wider.
  function extent(list, from, to) {
    let low = Infinity, high = -Infinity;
    for (const a of list) {
      for (let i = from; a && i < to; i++) {
        const v = a[i];
        if (v < low) low = v;
        if (v > high) high = v;
      }
    }
    if (low > high) return [0, 1];
    const pad = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
    return [low - pad, high + pad];
  }

  function draw() {
    const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const c = context;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = colours.ground;
    c.fillRect(0, 0, width, height);
    c.font = '12px system-ui, sans-serif';
    const curves = drawn(), from = Math.max(0, at(data.w, view[0]) - 1), to = Math.min(data.n, at(data.w, view[1]) + 1);
    const residuals = curves.filter((x) => x.residual);
    const inner = height - area.top - area.bottom - area.gap;
    const split = residuals.length ? 0.72 : 1;
    const x = (v) => area.left + (v - view[0]) / (view[1] - view[0]) * (width - area.left - area.right);
    const shown = [on('truth') && data.truth, on('clean') && data.clean, on('measured') && data.at === data.w && data.measured, ...curves.map((p) => p.flux)];
    if (on('band68')) for (const p of curves) shown.push(...(p.band68 ?? []));
    const top = panel(area.top, inner * split, extent(shown.filter(Boolean), from, to), width);
    shade(x, top, width);
    grid(x, top, width, data.unit);
    clip(top, width, () => {
      for (const p of curves) {
        if (on('band95') && p.band95) band(x, top, p.band95, from, to, colours[p.input.dataset.class], 0.12);
        if (on('band68') && p.band68) band(x, top, p.band68, from, to, colours[p.input.dataset.class], 0.22);
      }
      if (on('measured') && data.measured) points(x, top);
      if (on('truth') && data.truth) line(x, top, data.truth, from, to, colours.ink, 'none', 1);
      if (on('clean') && data.clean) line(x, top, data.clean, from, to, colours.ink, '1 3', 1.5);
      for (const p of curves) line(x, top, p.flux, from, to, colours[p.input.dataset.class], p.input.dataset.dash, 1.7);
      if (on('lines') && data.shift) names(x, top, width);
    });
    if (residuals.length) {
      const low = panel(area.top + inner * split + area.gap, inner * (1 - split), extent([...residuals.map((p) => p.residual)], from, to), width);
      grid(x, low, width, 'residual');
      clip(low, width, () => {
        line(x, low, new Float32Array(data.n), from, to, colours['strong-line'], 'none', 1);
        for (const p of residuals) line(x, low, p.residual, from, to, colours[p.input.dataset.class], p.input.dataset.dash, 1.3);
      });
    }
    bottom(x, width, height);
    if (cursor >= 0 && data.w[cursor] >= view[0] && data.w[cursor] <= view[1]) stroke([[x(data.w[cursor]), area.top], [x(data.w[cursor]), height - area.bottom]], colours.focus, [3, 2]);
    if (box) {
      c.globalAlpha = 0.2;
      c.fillStyle = colours.focus;
      c.fillRect(box[0], area.top, box[1] - box[0], height - area.bottom - area.top);
      c.globalAlpha = 1;
    }
    canvas.dataset.view = view.map((v) => v.toFixed(2)).join(' '); // for tests: what is drawn
    canvas.dataset.shown = data.source;
  }

  const panel = (top, height, [low, high]) => ({ top, height, low, high, y: (v) => top + height - (v - low) / (high - low) * height });

  function clip(p, width, inside) {
    context.save();
    context.beginPath();
    context.rect(area.left, p.top, width - area.left - area.right, p.height);
    context.clip();
    inside();
    context.restore();
  }

  function stroke(list, colour, dash = []) {
    const c = context;
    c.strokeStyle = colour;
    c.lineWidth = 1;
    c.setLineDash(dash);
    c.beginPath();
    list.forEach(([px, py], i) => i ? c.lineTo(px, py) : c.moveTo(px, py));
    c.stroke();
    c.setLineDash([]);
  }

  // A curve, broken where there is no value. Where fluxes are denser than pixels, each pixel
  // gets the least and the greatest of its fluxes.
  function line(x, p, values, from, to, colour, dash, width) {
    const c = context, { w } = data;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.setLineDash(dash === 'none' ? [] : dash.split(' ').map(Number));
    c.beginPath();
    let open = false;
    const dense = to - from > 3 * canvas.clientWidth;
    for (let i = from; i < to; i++) {
      let v = values[i];
      if (v !== v) { open = false; continue; }
      const px = x(w[i]);
      if (dense) {
        let low = v, high = v;
        for (const pixel = Math.floor(px); i + 1 < to && Math.floor(x(w[i + 1])) === pixel; i++) {
          v = values[i + 1];
          if (v < low) low = v;
          if (v > high) high = v;
        }
        if (!open) c.moveTo(px, p.y(low)); else c.lineTo(px, p.y(low));
        c.lineTo(px, p.y(high));
      } else if (open) c.lineTo(px, p.y(v)); else c.moveTo(px, p.y(v));
      open = true;
    }
    c.stroke();
    c.setLineDash([]);
  }

  function band(x, p, [low, high], from, to, colour, alpha) {
    const c = context, { w } = data;
    c.fillStyle = colour;
    c.globalAlpha = alpha;
    for (let i = from; i < to; i++) {
      if (low[i] !== low[i]) continue;
      const first = i;
      c.beginPath();
      for (; i < to && low[i] === low[i]; i++) c.lineTo(x(w[i]), p.y(high[i]));
      for (let k = i - 1; k >= first; k--) c.lineTo(x(w[k]), p.y(low[k]));
      c.fill();
    }
    c.globalAlpha = 1;
  }

  function points(x, p) {
    const c = context, w = data.at, from = at(w, view[0]), to = Math.min(w.length, at(w, view[1]) + 1);
    const size = Math.min(5, Math.max(2.4, canvas.clientWidth / Math.max(1, to - from) / 2));
    c.fillStyle = c.strokeStyle = colours['strong-line'];
    c.lineWidth = 1;
    for (let i = from; i < to; i++) {
      if (data.measured[i] !== data.measured[i]) continue;
      const px = x(w[i]), py = p.y(data.measured[i]);
      c.fillRect(px - size / 2, py - size / 2, size, size);
      if (size > 2 && data.error?.[i] > 0) stroke([[px, p.y(data.measured[i] - data.error[i])], [px, p.y(data.measured[i] + data.error[i])]], colours.faint);
    }
  }

  // Hidden and infilled ranges: a strip at the top, and their whole height where they are wide.
  function shade(x, p, width) {
    const c = context;
    const edge = (i) => i <= 0 ? data.w[0] : i >= data.n ? data.w[data.n - 1] : (data.w[i - 1] + data.w[i]) / 2;
    for (const kind of ['infilled', 'hidden'].filter(on)) {
      for (const [first, after] of data[kind] ?? []) {
        const a = Math.max(area.left, x(edge(first))), b = Math.min(width - area.right, x(edge(after)));
        if (b <= a) continue;
        c.fillStyle = colours['strong-line'];
        if (kind === 'hidden') c.fillRect(a, p.top, Math.max(0.5, b - a), 4); else c.fillRect(a, p.top + 6, Math.max(0.7, b - a), 1.5);
        if (b - a < 7) continue;
        c.fillStyle = patterns[kind];
        c.globalAlpha = 0.3;
        c.fillRect(a, p.top + 4, b - a, p.height - 4);
        c.globalAlpha = 1;
        if (b - a > 56) {
          c.fillStyle = colours.faint;
          c.textAlign = 'center';
          c.fillText(word(kind), (a + b) / 2, p.top + p.height - (kind === 'hidden' ? 8 : 22));
        }
      }
    }
  }

  function names(x, p, width) {
    const c = context;
    c.textAlign = 'right';
    const named = [];
    for (const [rest, name] of lines) {
      const px = x(rest * data.shift);
      if (px < area.left || px > width - area.right) continue;
      stroke([[px, p.top], [px, p.top + p.height]], colours['strong-line'], [2, 4]);
      if (named.some((other) => Math.abs(other - px) < 13)) continue; // zooming in makes room
      named.push(px);
      c.save();
      c.translate(px - 3, p.top + 12);
      c.rotate(-Math.PI / 2);
      const length = c.measureText(name).width;
      c.fillStyle = colours.ground;
      c.globalAlpha = 0.8;
      c.fillRect(-length - 2, -10, length + 4, 13);
      c.globalAlpha = 1;
      c.fillStyle = colours.ink;
      c.fillText(name, 0, 0);
      c.restore();
    }
  }

  // About count round numbers between two.
  function ticks(low, high, count) {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((m) => m * power >= rough);
    const list = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++) list.push(k * step);
    return [list, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))];
  }
  const digits = (v, n) => (Math.abs(v) >= 1e5 || v && Math.abs(v) < 1e-3 && n > 4 ? v.toExponential(1) : v.toFixed(Math.min(n, 8))).replace('-', '−');

  function grid(x, p, width, title) {
    const c = context;
    c.textAlign = 'right';
    c.textBaseline = 'middle';
    let [list, n] = ticks(p.low, p.high, p.height > 150 ? 5 : 3);
    for (let count = 4; list.length < 3 && count < 9; count++) [list, n] = ticks(p.low, p.high, count);
    for (const v of list) {
      stroke([[area.left, p.y(v)], [width - area.right, p.y(v)]], colours.line);
      c.fillStyle = colours.faint;
      c.fillText(digits(v, n), area.left - 6, p.y(v));
    }
    c.textBaseline = 'alphabetic';
    context.strokeStyle = colours['strong-line'];
    context.lineWidth = 1;
    context.strokeRect(area.left, p.top, width - area.left - area.right, p.height);
    c.save();
    c.translate(13, p.top + p.height / 2);
    c.rotate(-Math.PI / 2);
    c.textAlign = 'center';
    c.fillStyle = colours.ink;
    c.fillText(title, 0, 0, p.height);
    c.restore();
  }

  function bottom(x, width, height) {
    const c = context, [list, n] = ticks(view[0], view[1], Math.max(2, Math.floor(width / 110)));
    c.textAlign = 'center';
    for (const v of list) {
      stroke([[x(v), height - area.bottom], [x(v), height - area.bottom + 4]], colours['strong-line']);
      c.fillStyle = colours.faint;
      c.fillText(digits(v, n), x(v), height - area.bottom + 17);
    }
    c.fillStyle = colours.ink;
    c.fillText(data.frame + ' [Å]', (area.left + width - area.right) / 2, height - 7);
  }

  // ---- reading values

  const value = (v) => v === undefined || v !== v ? '–' : String(+v.toPrecision(4)).replace('-', '−');

  // What there is at a flux: names and values.
  function reading(i) {
    const list = [['λ', data.w[i].toFixed(1) + ' Å']];
    if (data.truth) list.push([original(), value(data.truth[i])]);
    if (data.clean) list.push(['noise-free', value(data.clean[i])]);
    if (data.measured && data.at === data.w) {
      const m = data.measured[i];
      list.push(['measured', m === m ? value(m) + (data.error ? ' ± ' + value(data.error[i]) : '') : 'not measured']);
    }
    for (const p of drawn()) list.push([p.name, value(p.flux[i]) + (p.sigma ? ' ± ' + value(p.sigma[i]) : p.band68 ? ` (${value(p.band68[0][i])} to ${value(p.band68[1][i])})` : '')]);
    if ((data.infilled ?? []).some(([a, b]) => i >= a && i < b)) list.push(['infilled', 'by the data set']);
    const line = data.shift > 0 && lines.find(([rest]) => Math.abs(rest * data.shift - data.w[i]) < Math.max(6, (view[1] - view[0]) / 200));
    if (line && on('lines')) list.push(['line', line[1]]);
    return list;
  }
  const original = () => $('[data-name=truth]')?.textContent ?? 'original';

  function read(i, aloud) {
    cursor = i;
    const list = reading(i);
    $('#values').replaceChildren(...list.map(([name, text]) => {
      const span = document.createElement('span'), bold = document.createElement('b');
      bold.textContent = text;
      span.append(name + ' ', bold);
      return span;
    }));
    if (aloud) say(list.map((pair) => pair.join(' ')).join(', '));
    redraw();
  }

  let sayLater = 0;
  function say(text) { // at most once in a while, so that a screen reader can follow
    clearTimeout(sayLater);
    sayLater = setTimeout(() => { $('#said').textContent = text; }, 250);
  }

  let settleLater = 0;
  function settle() {
    clearTimeout(settleLater);
    settleLater = setTimeout(() => {
      const range = `${Math.round(view[0])} to ${Math.round(view[1])} Å`;
      canvas.setAttribute('aria-label', `Plot of ${data.title}, ${range}`);
      if (embedded) return;
      const here = new URL(location);
      if (zoomed()) here.searchParams.set('x', view.map((v) => v.toFixed(1)).join('-')); else here.searchParams.delete('x');
      history.replaceState(history.state, '', here);
    }, 300);
  }

  // ---- mouse and touch

  const wavelengthAt = (px) => view[0] + (px - area.left) / (canvas.clientWidth - area.left - area.right) * (view[1] - view[0]);
  const place = (event) => event.clientX - canvas.getBoundingClientRect().left;
  const held = new Map(); // pointers that are down: where they are
  let began = null; // the view, and the place, where a drag began

  canvas.addEventListener('wheel', (event) => {
    if (!data) return;
    event.preventDefault();
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), wavelengthAt(place(event)));
  }, { passive: false });
  canvas.addEventListener('pointerdown', (event) => {
    if (!data || event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, place(event));
    began = { view: [...view], places: [...held.values()], boxes: held.size === 1 && (event.shiftKey || !zoomed()) };
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!data) return;
    const px = place(event);
    if (!held.has(event.pointerId)) { read(nearest(wavelengthAt(px))); return; }
    held.set(event.pointerId, px);
    const inner = canvas.clientWidth - area.left - area.right, width = began.view[1] - began.view[0];
    if (held.size === 2) { // a pinch keeps what is under both fingers there
      const [a, b] = [...held.values()], [a0, b0] = began.places;
      const scale = Math.abs(b0 - a0) / Math.max(10, Math.abs(b - a)) * width;
      const centre = began.view[0] + ((a0 + b0) / 2 - area.left) / inner * width;
      const start = centre - ((a + b) / 2 - area.left) / inner * scale;
      look(start, start + scale);
    } else if (began.boxes) {
      box = [Math.min(began.places[0], px), Math.max(began.places[0], px)];
      redraw();
    } else {
      const by = (began.places[0] - px) / inner * width;
      look(began.view[0] + by, began.view[1] + by);
    }
  });
  const release = (event) => {
    held.delete(event.pointerId);
    const range = box;
    box = null;
    if (range && range[1] - range[0] > 6) look(wavelengthAt(range[0]), wavelengthAt(range[1])); else redraw();
    if (held.size) began = { view: [...view], places: [...held.values()], boxes: false };
  };
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener('dblclick', () => data && reset());

  // ---- keys and buttons

  canvas.addEventListener('keydown', (event) => {
    if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (side && event.shiftKey) {
      const i = cursor < 0 ? nearest((view[0] + view[1]) / 2) : Math.min(data.n - 1, Math.max(0, cursor + side));
      if (data.w[i] < view[0] || data.w[i] > view[1]) move(side * 0.5);
      read(i, true);
    } else if (side) move(side * 0.15);
    else if (event.key === '+' || event.key === '=') zoom(1 / 1.5, cursor < 0 ? undefined : data.w[cursor]);
    else if (event.key === '-') zoom(1.5);
    else if (event.key === 'Home') reset();
    else return;
    event.preventDefault();
  });
  canvas.addEventListener('focus', () => data && read(cursor < 0 ? nearest((view[0] + view[1]) / 2) : cursor, true));
  addEventListener('keydown', (event) => {
    if (!$('#letters').checked) return;
    const typing = event.target.closest?.('input:not([type=checkbox]), select, textarea');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { n: 1, j: 1, p: -1, k: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
  });
  const letters = $('#letters'); // a person whose voice types can do without keys that are letters
  try { letters.checked = localStorage.getItem('letters') !== 'off'; } catch { /* then they are on */ }
  letters.addEventListener('change', () => {
    try { localStorage.setItem('letters', letters.checked ? 'on' : 'off'); } catch { /* it then lasts as long as the page */ }
  });
  const buttons = {
    in: () => zoom(1 / 1.5), out: () => zoom(1.5), left: () => move(-0.25), right: () => move(0.25), reset,
    csv: () => save(new Blob([table()], { type: 'text/csv' }), data.curves, 'csv'),
    png: () => canvas.toBlob((blob) => save(blob, drawn(), 'png')),
  };
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-do], button[data-step]');
    if (!button || !data) return;
    if (button.dataset.do) buttons[button.dataset.do](); else step(+button.dataset.step);
  });
  viewer.addEventListener('change', (event) => {
    if (event.target.name === 'prior') keepPriors();
    if (cursor >= 0) read(cursor);
    redraw();
  });

  // A download is named after the run, the signal and its condition, and the priors that it shows.
  const fileName = (priors) => [data.file, ...priors].join(' ').toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, '-').slice(0, 180);

  function save(blob, priors, ending) {
    const a = document.createElement('a');
    a.href = URL.createObjectURL(blob);
    a.download = fileName(priors.map((p) => p.name)) + '.' + ending;
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  }

  // The spectrum as CSV, all of it, with every prior.
  function table() {
    const has = (ranges, i) => (ranges ?? []).some(([a, b]) => i >= a && i < b);
    const columns = [['wavelength', data.w], ['original', data.truth], ['noise_free', data.clean]];
    if (data.at === data.w) columns.push(['measured', data.measured], ['measured_error', data.error]);
    for (const c of data.curves) columns.push([c.name, c.flux], [c.name + '_sigma', c.sigma], [c.name + '_low', c.sigma ? null : c.band68?.[0]], [c.name + '_high', c.sigma ? null : c.band68?.[1]]);
    const full = columns.filter(([, values]) => values);
    const field = (text) => (/^[=+@\t-]/.test(text) ? "'" : '') + (/[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
    const rows = [[...full.map(([name]) => field(name)), word('hidden').replaceAll(' ', '_'), 'infilled']];
    for (let i = 0; i < data.n; i++) {
      rows.push([...full.map(([, v]) => v[i] === v[i] ? +v[i].toPrecision(8) : ''), has(data.hidden, i), has(data.infilled, i)]);
    }
    return rows.map((row) => row.join(',')).join('\n') + '\n';
  }

  // ---- which spectrum

  const picks = () => $$('a.pick');
  const current = () => picks().findIndex((a) => a.getAttribute('aria-current'));

  async function step(by) {
    const list = picks(), next = list[current() + by];
    if (next) { await choose(next.href, true); return; }
    const page = $(`#list a[rel=${by > 0 ? 'next' : 'prev'}]`);
    if (!page) { say(by > 0 ? 'This is the last spectrum.' : 'This is the first spectrum.'); return; }
    await choose(page.href, true);
    if (by < 0 && picks().length) await choose(picks().at(-1).href, true);
  }

  // Shows the page at an address, without loading it as a whole.
  async function choose(href, push) {
    const mine = ++asked;
    let from;
    if (embedded) {
      from = document.getElementById(new URL(href).hash.slice(1))?.content;
    } else {
      try {
        const answer = await fetch(href);
        from = new DOMParser().parseFromString(await answer.text(), 'text/html');
      } catch {
        complain('The server does not answer. Is sedlab serve still running?');
        return;
      }
    }
    if (mine !== asked || !from) return;
    if (!$('#chosen', from)) { location.assign(href); return; } // an error, which is a page
    const focused = document.activeElement?.dataset?.step;
    for (const selector of ['#chosen', '#numbers', ...(embedded ? [] : ['#list > h2', '#whole', '#list > .scroll', '#list > nav'])]) {
      const old = $(selector), fresh = $(selector, from)?.cloneNode(true);
      if (selector === '#numbers' && fresh && $('details', old)?.open) $('details', fresh)?.setAttribute('open', '');
      if (selector === '#list > .scroll' && old && fresh) { // the list stays where it was scrolled to
        const down = old.scrollTop;
        old.replaceWith(fresh);
        fresh.scrollTop = down;
      } else if (old && fresh) old.replaceWith(fresh); else if (old) old.remove(); else if (fresh) $('#list').append(fresh);
    }
    const fresh = $('#choose', from);
    for (const field of fresh ? $$('select', form) : []) { // the list may be sorted by a link
      field.value = $(`[name=${field.name}]`, fresh)?.value ?? field.value;
    }
    document.dispatchEvent(new Event('pagechange'));
    if (embedded) {
      for (const a of picks()) { if (a.href === href) a.setAttribute('aria-current', 'true'); else a.removeAttribute('aria-current'); }
      for (const a of picks()) a.closest('tr').classList.toggle('here', a.href === href);
    } else {
      const to = new URL(href);
      for (const key of ['prior', 'x']) { // what a link of the list does not know
        const kept = new URL(location).searchParams.getAll(key);
        to.searchParams.delete(key);
        for (const v of kept) to.searchParams.append(key, v);
      }
      if (push) history.pushState(null, '', to);
    }
    ready();
    if (focused) $(`button[data-step="${focused}"]`)?.focus();
    $('#list tr.here')?.scrollIntoView({ block: 'nearest' });
    await load();
  }

  document.addEventListener('click', (event) => {
    if (event.target.closest('a[href="#plot"]')) { // which is no other spectrum
      event.preventDefault();
      canvas.focus();
      canvas.scrollIntoView({ block: 'nearest' });
      return;
    }
    const a = event.target.closest('a.pick, #list thead a, #list nav a');
    if (!a || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(a.href, true);
  });
  const form = $('#choose');
  form?.addEventListener('change', () => {
    const to = new URL(location);
    to.search = new URLSearchParams(new FormData(form)).toString();
    choose(to.href, true);
  });
  if (!embedded) addEventListener('popstate', () => choose(location.href, false));

  function keepPriors() {
    if (embedded) return;
    const here = new URL(location);
    here.searchParams.delete('prior');
    for (const i of choices()) if (i.checked) here.searchParams.append('prior', i.value);
    history.replaceState(history.state, '', here);
  }

  // Buttons that work only with this script.
  function ready() {
    for (const b of $$('button[data-step]')) b.hidden = picks().length === 0;
    for (const b of $$('button[data-plain]')) b.hidden = true;
    for (const a of $$('a[data-needed]')) a.hidden = false;
  }

  async function load() {
    const mine = asked, source = $('#chosen')?.dataset.source;
    if (!source) { viewer.hidden = true; return; }
    try {
      let raw;
      if (embedded) raw = embedded[+source.slice(1)];
      else {
        const answer = await fetch(source);
        if (!answer.ok) throw new Error(await answer.text());
        raw = await answer.json();
      }
      if (mine !== asked) return;
      const before = data && zoomed() ? view : null;
      data = { ...prepare(raw), source };
      viewer.hidden = false;
      const wanted = new URL(location).searchParams.get('x')?.match(/^([\d.]+)-([\d.]+)$/);
      look(...(before ?? (wanted ? [+wanted[1], +wanted[2]] : whole())));
      cursor = Math.min(cursor, data.n - 1);
      for (const part of ['truth', 'clean', 'measured', 'hidden', 'infilled', 'lines']) {
        const there = { hidden: data.hidden?.length > 0, infilled: data.infilled?.length > 0, lines: data.shift > 0 }[part] ?? data[part];
        const label = $(`#parts input[value=${part}]`)?.closest('label');
        if (label) label.hidden = !there;
      }
      for (const part of ['band68', 'band95']) $(`#parts input[value=${part}]`).closest('label').hidden = !data.curves.some((c) => c[part]);
      for (const i of choices()) i.closest('label').hidden = !data.curves.some((c) => c.name === i.value);
      $('#plot-notes').replaceChildren(...(data.notes ?? []).map((text) => Object.assign(document.createElement('li'), { textContent: text })));
      if (cursor >= 0) read(cursor);
      say(data.title + ', ' + ($('#chosen small')?.textContent ?? ''));
    } catch (error) {
      if (mine === asked) complain(error.message);
    }
  }

  function complain(text) {
    $('#plot-notes').replaceChildren(Object.assign(document.createElement('li'), { textContent: text, className: 'error' }));
    say(text);
  }

  addEventListener('themechange', theme);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', theme);
  new ResizeObserver(redraw).observe(canvas);
  theme();
  ready();
  load();
})();
