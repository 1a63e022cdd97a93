// The list of runs follows the filter while it is typed and the runs while they work. All of it
// comes from the same pages that the server makes without JavaScript.
(() => {
  'use strict';
  const list = document.getElementById('list');
  const filter = document.getElementById('filter');
  const problem = document.getElementById('filter-error');
  const count = document.getElementById('count');
  const compare = document.getElementById('compare');
  const selected = new Set(); // ids, also of runs that are on other pages
  let here = location.href; // what the list shows
  let request = null; // the one that the list waits for

  const say = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  // fetched returns the document of a page.
  async function fetched(url, options) {
    const answer = await fetch(url, options);
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, 'text/html');
    if (!page.getElementById('list')) throw new Error(page.querySelector('.error')?.textContent ?? text.trim());
    return page;
  }

  // load shows what a page lists. kind says why: filter, move, back or look.
  async function load(url, kind) {
    if (kind === 'look' && request) return;
    request?.abort();
    const mine = request = new AbortController();
    try {
      const page = await fetched(url, { signal: mine.signal });
      const wrong = page.getElementById('filter-error').textContent;
      if (kind !== 'look') {
        say(problem, wrong);
        filter.elements.q.setAttribute('aria-invalid', String(wrong !== ''));
      }
      if (wrong) {
        list.classList.add('unfiltered');
        say(count, 'The filter is not applied. The runs are those of before.');
        return;
      }
      if (kind === 'filter') history.replaceState(null, '', url);
      if (kind === 'move') history.pushState(null, '', url);
      here = url;
      show(page);
    } catch (e) {
      if (e.name !== 'AbortError') {
        say(count, 'The list is not up to date: ' + (e instanceof TypeError ? 'the server does not answer. Is sedlab serve still running?' : e.message));
      }
    } finally {
      if (request === mine) request = null;
    }
  }

  // show makes the list that of a page. Rows that are on both stay, with their selection, the
  // focus, and what is being edited.
  function show(page) {
    const fresh = page.getElementById('list');
    for (const form of ['#filter', '#columns']) {
      document.querySelector(form + ' .keep').replaceWith(page.querySelector(form + ' .keep'));
    }
    for (const mark of ['data-live', 'data-old']) list.toggleAttribute(mark, fresh.hasAttribute(mark));
    list.classList.remove('unfiltered');
    say(count, page.getElementById('count').textContent);
    const [body, next] = [list, fresh].map((l) => l.querySelector('tbody'));
    if (body && next) {
      part('thead', fresh);
      rows(body, next);
      part('.pages', fresh);
    } else {
      list.replaceChildren(...fresh.childNodes);
    }
    select();
  }

  // part replaces a part of the list other than the rows, if it has changed, and keeps the
  // focus in it.
  function part(selector, fresh) {
    const [old, now] = [list, fresh].map((l) => l.querySelector(selector));
    if (!now || !old) {
      old?.remove();
      if (now) list.append(now);
      return;
    }
    if (old.innerHTML === now.innerHTML) return;
    const at = old.contains(document.activeElement) && document.activeElement;
    old.innerHTML = now.innerHTML;
    if (!at) return;
    const same = at.dataset.sort ? `[data-sort="${CSS.escape(at.dataset.sort)}"]` : `[rel="${at.rel}"]`;
    (old.querySelector(same) ?? old.querySelector('a'))?.focus();
  }

  function rows(body, next) {
    const known = new Map([...body.rows].map((row) => [row.dataset.run, row]));
    let place = body.firstElementChild;
    for (const row of [...next.rows]) {
      const old = known.get(row.dataset.run);
      known.delete(row.dataset.run);
      if (!old || old.cells.length !== row.cells.length) {
        old?.remove();
        body.insertBefore(row, place?.isConnected ? place : null);
        continue;
      }
      [...old.cells].forEach((cell, i) => {
        const busy = cell.contains(document.activeElement) || cell.querySelector('details[open]');
        if (i > 0 && !busy && cell.innerHTML !== row.cells[i].innerHTML) cell.innerHTML = row.cells[i].innerHTML;
      });
      if (old === place) place = place.nextElementSibling;
      else body.insertBefore(old, place);
    }
    known.forEach((row) => row.remove());
  }

  // The filter.
  const address = () => {
    const q = new URLSearchParams(new FormData(filter));
    if (!q.get('q')) q.delete('q');
    if (q.get('rows') === '50') q.delete('rows');
    return '/runs' + (q.size ? '?' + q : '');
  };
  let typing = 0;
  const soon = (delay) => {
    clearTimeout(typing);
    typing = setTimeout(() => load(address(), 'filter'), delay);
  };
  filter.addEventListener('input', (e) => { if (!e.isComposing) soon(150); });
  filter.addEventListener('submit', (e) => { e.preventDefault(); soon(0); });

  // Sorting and turning pages.
  list.addEventListener('click', (e) => {
    const link = e.target.closest('thead a, .pages a');
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    load(link.href, 'move');
  });
  addEventListener('popstate', () => {
    filter.elements.q.value = new URL(location.href).searchParams.get('q') ?? '';
    load(location.href, 'back');
  });

  // The selection.
  const button = compare.querySelector('button');
  function select() {
    list.querySelectorAll('.pick input').forEach((box) => { box.checked = selected.has(box.value); });
    button.disabled = selected.size < 2;
    say(button, selected.size < 2 ? 'Select two runs or more to compare' : `Compare ${selected.size} runs`);
  }
  list.addEventListener('change', (e) => {
    if (!e.target.matches('.pick input')) return;
    if (e.target.checked) selected.add(e.target.value);
    else selected.delete(e.target.value);
    select();
  });
  compare.addEventListener('submit', (e) => {
    e.preventDefault();
    location.assign('/compare?' + new URLSearchParams([...selected].map((id) => ['run', id])));
  });
  list.querySelectorAll('.pick input:checked').forEach((box) => selected.add(box.value)); // that the browser remembered
  select();

  // Tags and notes.
  const cellOf = (run, field) => list.querySelector(`tr[data-run="${CSS.escape(run)}"] td[data-field="${field}"]`);
  // place puts a form over its cell, above the table, which would be too narrow for it.
  function place(form) {
    const at = form.closest('td').getBoundingClientRect();
    form.style.left = '0';
    form.style.top = `${at.top + scrollY}px`;
    form.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - form.offsetWidth - 8)) + scrollX}px`;
  }
  addEventListener('resize', () => list.querySelectorAll('.edit[open] form').forEach(place));
  list.addEventListener('toggle', (e) => {
    const edit = e.target;
    if (!edit.matches('.edit') || !edit.open) return;
    const form = edit.querySelector('form');
    form.popover = 'manual';
    form.showPopover();
    place(form);
    const text = edit.querySelector('input:not([type=hidden]), textarea');
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }, true);
  list.addEventListener('keydown', (e) => {
    const form = e.target.closest('.edit[open] form');
    if (!form) return;
    const stops = [...form.querySelectorAll('input:not([type=hidden]), textarea, button')];
    if (e.key === 'Escape') form.reset();
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      form.requestSubmit();
    }
    if (e.key === 'Tab' && e.target === (e.shiftKey ? stops[0] : stops.at(-1))) { // stay in the form
      e.preventDefault();
      (e.shiftKey ? stops.at(-1) : stops[0]).focus();
    }
  });
  list.addEventListener('reset', (e) => {
    const edit = e.target.closest('.edit');
    edit.querySelector('.error').textContent = '';
    edit.open = false;
    edit.querySelector('summary').focus();
  });
  list.addEventListener('submit', async (e) => {
    e.preventDefault();
    const [edit, run, field] = [e.target.closest('.edit'), e.target.closest('tr').dataset.run, e.target.closest('td').dataset.field];
    const wrong = edit.querySelector('.error');
    try {
      const page = await fetched(e.target.action, { method: 'POST', body: new URLSearchParams(new FormData(e.target)) });
      const open = page.querySelector('.edit[open] .error');
      if (open) throw new Error(open.textContent);
      edit.open = false;
      document.activeElement.blur(); // so that the cell is replaced
      request?.abort();
      show(page);
      (cellOf(run, field)?.querySelector('summary') ?? filter.elements.q).focus();
    } catch (problem) {
      wrong.textContent = problem.message;
      edit.querySelector('input:not([type=hidden]), textarea').focus();
    }
  });

  // Runs in progress, and new ones.
  let looked = Date.now();
  setInterval(() => {
    const pause = list.hasAttribute('data-old') ? 1000 : list.hasAttribute('data-live') ? 3000 : 8000;
    if (document.hidden || problem.textContent || Date.now() - looked < pause) return;
    looked = Date.now();
    load(here, 'look');
  }, 500);
})();
