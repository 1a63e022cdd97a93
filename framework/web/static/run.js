// The page of a run in progress: what it does, live.
(() => {
  'use strict';

  // say makes a screen reader read a text at once.
  const news = Object.assign(document.createElement('p'), { className: 'hidden', role: 'status' });
  document.body.append(news);
  const say = text => { news.textContent = text; };

  const live = document.getElementById('live');
  if (!live) return;
  const part = id => document.getElementById(id);
  let trainings = []; // with all points that were sent
  let ends = 0; // when the step ends [ms]; 0 if unknown
  let doing = '';

  // span writes seconds as the server does: 9.5s, 2m5s, 1h23m.
  const span = seconds => {
    if (seconds < 10) return `${Math.max(0, Math.round(10 * seconds) / 10)}s`;
    const s = Math.round(seconds), m = Math.round(s / 60);
    if (s >= 600) return m < 60 ? `${m}m` : `${Math.floor(m / 60)}h${m % 60}m`;
    return s < 60 ? `${s}s` : `${Math.floor(s / 60)}m${s % 60}s`;
  };
  const countDown = () => {
    const left = part('left');
    if (left) left.textContent = ends ? span(Math.round((ends - Date.now()) / 1000)) : '–';
  };
  setInterval(countDown, 1000);

  const merge = update => {
    if (update.all) trainings = [];
    for (const t of update.trainings ?? []) {
      const known = trainings.find(k => k.id === t.id);
      if (known) known.points.push(...t.points);
      else trainings.push(t);
    }
    trainings = trainings.slice(-50);
  };

  const show = update => {
    merge(update);
    part('doing').textContent = update.doing;
    const step = part('step');
    step.max = update.of || 1;
    if (update.of) step.value = update.done;
    else step.removeAttribute('value');
    part('then').textContent = update.then ? `Then: ${update.then}` : '';
    part('step-text').textContent = update.of ? `${update.done} of ${update.of} ${update.unit}` : '';
    part('rate').textContent = !update.rate ? '' : update.rate >= 1 ? `, ${update.rate.toPrecision(3)} a second` : `, ${span(1 / update.rate)} each`;
    part('cells').max = update.cells || 1;
    part('cells').value = update.cellsDone;
    part('cells-text').textContent = `${update.cellsDone} of ${update.cells}`;
    ends = update.left ? Date.now() + 1000 * update.left : 0;
    part('until').textContent = update.left > 60 ? `until about ${new Date(ends).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}` : '';
    countDown();
    who(update.work);
    part('messages').textContent = (update.log ?? []).join('\n') || 'Waiting for the first message';
    const now = update.doing.split(/[ ,]/, 1)[0];
    if (doing && now !== doing) say(update.doing); // not at each of many trainings
    doing = now;
    draw();
  };

  // who says who works on a submitted run.
  const who = work => {
    part('time').hidden = Boolean(work);
    part('work').hidden = !work;
    if (!work) return;
    part('work-failed').textContent = work.failed;
    part('work-problem').hidden = !work.problem;
    part('work-problem').querySelector('span').textContent = work.problem;
    part('work-more').textContent = work.more;
    const done = part('trainings-done');
    if (done) done.textContent = work.trainings;
    const row = texts => {
      const line = document.createElement('tr');
      line.append(...texts.map(text => Object.assign(document.createElement('td'), { textContent: text })));
      return line;
    };
    const rows = (work.held ?? []).map(row);
    if (!rows.length) {
      rows.push(row(['nobody on anything']));
      Object.assign(rows[0].firstChild, { colSpan: 5, className: 'faint' });
    }
    part('held').tBodies[0].replaceChildren(...rows);
  };

  // draw draws the loss of each training by epoch, with a logarithmic scale.
  const draw = () => {
    const figure = part('curve');
    const curves = trainings.map(t => ({ ...t, points: t.points.filter(p => p.loss > 0) })).filter(t => t.points.length > 1);
    figure.hidden = curves.length === 0;
    if (figure.hidden) return;
    const all = curves.flatMap(t => t.points);
    const low = Math.min(...all.map(p => p.loss)), high = Math.max(...all.map(p => p.loss));
    const last = Math.max(...all.map(p => p.epoch));
    const bottom = Math.log10(low) - 0.05, top = Math.max(Math.log10(high) + 0.05, bottom + 0.2);
    const x = epoch => 60 + 680 * epoch / last;
    const y = loss => 220 - 205 * (Math.log10(loss) - bottom) / (top - bottom);
    const svg = figure.querySelector('svg');
    const add = (name, attributes, text) => {
      const e = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
      if (text !== undefined) e.textContent = text;
      svg.append(e);
    };
    svg.replaceChildren();
    for (const v of ticks(low, high, bottom, top)) {
      add('line', { class: 'grid', x1: 60, x2: 740, y1: y(v), y2: y(v) });
      add('text', { x: 54, y: y(v) + 4, 'text-anchor': 'end' }, String(v));
    }
    for (const v of [0, Math.round(last / 2), last]) add('text', { x: x(v), y: 238, 'text-anchor': v === last ? 'end' : v ? 'middle' : 'start' }, v);
    add('text', { x: 400, y: 256, 'text-anchor': 'middle' }, 'epoch');
    const priors = [...new Set(curves.map(t => t.prior))];
    for (const t of curves) {
      const newest = curves.findLast(o => o.prior === t.prior) === t;
      const points = t.points.map(p => `${x(p.epoch).toFixed(1)},${y(p.loss).toFixed(1)}`).join(' ');
      add('polyline', { class: `curve c${priors.indexOf(t.prior) % 6 + 1}${newest ? '' : ' old'}`, points });
    }
    figure.querySelector('.key').replaceChildren(...priors.map((prior, i) => {
      const item = document.createElement('li');
      const t = curves.findLast(o => o.prior === prior), p = t.points.at(-1);
      item.className = `c${i % 6 + 1}`;
      item.textContent = `${prior}: ${p.loss.toPrecision(4)} in epoch ${p.epoch} of ${t.of}`;
      return item;
    }));
    part('curve-text').textContent = `Training loss (MSE per flux) by epoch, on a logarithmic scale; ${curves.length === 1 ? 'one training' : `${curves.length} trainings`} so far.`;
  };

  // ticks returns round numbers between two: powers of ten, with 2 and 5 times these if they are few.
  const ticks = (low, high, bottom, top) => {
    const list = [];
    for (const steps of [[1], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]]) {
      list.length = 0;
      for (let k = Math.floor(bottom); k <= top; k++) {
        for (const s of steps) {
          const v = Number((s * 10 ** k).toPrecision(2));
          if (Math.log10(v) >= bottom && Math.log10(v) <= top) list.push(v);
        }
      }
      if (list.length >= 3) return list;
    }
    return list.length ? list : [Number(low.toPrecision(3)), Number(high.toPrecision(3))];
  };

  // finish shows the page anew, with the results, and keeps the focus where it was.
  const finish = async status => {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) {
      say(`The run is ${status}. Reload the page to see its results.`);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const main = document.getElementById('main'), focus = document.activeElement;
    const id = focus?.id, href = focus?.getAttribute('href');
    main.replaceChildren(...page.getElementById('main').childNodes);
    const again = id ? part(id) : href ? main.querySelector(`a[href="${CSS.escape(href)}"]`) : null;
    if (document.activeElement === document.body && focus !== document.body) (again ?? main).focus({ preventScroll: true });
    document.dispatchEvent(new Event('pagechange'));
    say(`The run is ${status}.`);
  };

  // A browser opens only a few connections to a server, so only a page that one sees has one.
  let source = null, again = 0;
  const hush = () => {
    clearTimeout(again);
    source?.close();
    source = null;
  };
  const refused = async () => {
    again = setTimeout(listen, 10000);
    const stop = new AbortController();
    const answer = await fetch(live.dataset.events, { signal: stop.signal }).catch(() => null);
    stop.abort();
    if (answer?.status !== 503) return;
    part('full').hidden = false;
    say(part('full').textContent);
  };
  const listen = () => {
    hush();
    if (document.hidden || !live.isConnected) return;
    const mine = source = new EventSource(live.dataset.events);
    mine.addEventListener('state', e => {
      part('full').hidden = true;
      show(JSON.parse(e.data));
    });
    mine.addEventListener('end', e => {
      hush();
      finish(JSON.parse(e.data).status);
    });
    mine.addEventListener('error', () => {
      if (mine === source && mine.readyState === EventSource.CLOSED) refused();
    });
  };
  document.addEventListener('visibilitychange', listen);
  listen();
})();
