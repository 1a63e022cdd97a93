// Asks the server again whenever the form #ask changes, and takes what changed from its page:
// the parts marked by data-part, and the errors beside the fields. The fields stay, unless the
// page has others, so that a person can go on typing.
(() => {
  'use strict';
  const form = document.getElementById('ask');
  const status = document.getElementById('status');
  if (!form) return;
  let going, timer;

  // address returns that of the page with what the form asks for.
  const address = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== '') query.set(name, value);
    return query.size ? `${location.pathname}?${query}` : location.pathname;
  };

  const take = page => {
    const keys = page.getElementById('keys'), old = document.getElementById('keys');
    const names = root => [...root.querySelectorAll('[name]')].map(e => e.name).join();
    if (names(keys) !== names(old)) {
      const was = document.activeElement, at = was?.selectionStart;
      for (const field of keys.querySelectorAll('input')) { // a person may have typed on
        const typed = document.getElementById(field.id);
        if (typed) field.value = typed.value;
      }
      old.replaceWith(keys);
      const now = was?.id && document.getElementById(was.id);
      if (now && now !== was) {
        now.focus();
        if (Number.isInteger(at)) now.setSelectionRange(at, at);
      }
    } else for (const field of old.querySelectorAll('[name]')) {
      const other = page.getElementById(field.id), error = document.getElementById(`e-${field.name}`);
      error.textContent = page.getElementById(error.id).textContent;
      if (other.hasAttribute('aria-invalid')) field.setAttribute('aria-invalid', 'true');
      else field.removeAttribute('aria-invalid');
    }
    for (const part of document.querySelectorAll('[data-part]')) part.replaceChildren(...page.getElementById(part.id).childNodes);
    status.textContent = page.getElementById('status').dataset.say;
    document.dispatchEvent(new Event('pagechange'));
  };

  const ask = async () => {
    going?.abort();
    going = new AbortController();
    const signal = going.signal, url = address();
    const parts = document.querySelectorAll('[data-part]');
    for (const p of parts) p.setAttribute('aria-busy', 'true');
    try {
      const response = await fetch(url, {signal});
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      if (!page.getElementById('ask')) throw new Error(page.querySelector('.error')?.textContent ?? response.statusText);
      take(page);
      history.replaceState(null, '', url);
      status.className = 'hidden';
      for (const p of parts) delete p.dataset.stale;
    } catch (e) {
      if (signal.aborted) return; // another is on its way
      status.textContent = e.message;
      status.className = 'error'; // the parts stay those of an older form
    }
    for (const p of parts) p.removeAttribute('aria-busy');
  };
  const soon = wait => {
    for (const p of document.querySelectorAll('[data-part]')) p.dataset.stale = '';
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  };

  // A figure of another kind or along another key does not show the rows of the last one alone.
  const unfilter = field => {
    const only = field.name === 'figure' ? 'where.' : ['x', 'rows', 'group'].includes(field.name) && `where.${field.value}`;
    if (!only) return;
    for (const f of form.elements) if (f.name === only || field.name === 'figure' && f.name.startsWith(only)) f.value = '';
  };
  form.addEventListener('input', e => unfilter(e.target));
  form.addEventListener('input', e => soon(e.target.tagName === 'SELECT' ? 50 : 400));
  form.addEventListener('submit', e => { e.preventDefault(); soon(0); });
})();
