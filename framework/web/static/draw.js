// Draws the figure again whenever the form changes.
(() => {
  'use strict';
  const form = document.getElementById('ask');
  const drawn = document.getElementById('drawn');
  const status = document.getElementById('status');
  let going, timer;

  // address returns that of the page with what the form asks for.
  const address = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== '') query.set(name, value);
    return `${location.pathname}?${query}`;
  };

  // take copies what changed from a page that the server made. The fields stay, unless the
  // kind of figure has others, so that a person can go on typing.
  const take = page => {
    const keys = page.getElementById('keys'), old = document.getElementById('keys');
    const names = root => [...root.querySelectorAll('[name]')].map(e => e.name).join();
    if (names(keys) !== names(old)) old.replaceWith(keys);
    else for (const field of old.querySelectorAll('[name]')) {
      const other = page.getElementById(field.id), error = document.getElementById(`e-${field.name}`);
      error.textContent = page.getElementById(error.id).textContent;
      field.toggleAttribute('aria-invalid', false);
      if (other.hasAttribute('aria-invalid')) field.setAttribute('aria-invalid', 'true');
    }
    for (const id of ['doc', 'drawn']) document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    const own = page.querySelector('.own');
    if (own) document.querySelector('.own').replaceChildren(...own.childNodes);
  };

  const draw = async () => {
    going?.abort();
    going = new AbortController();
    const signal = going.signal, url = address();
    drawn.setAttribute('aria-busy', 'true');
    try {
      const response = await fetch(url, {signal});
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      if (!page.getElementById('drawn')) throw new Error(page.querySelector('.error')?.textContent ?? response.statusText);
      take(page);
      history.replaceState(null, '', url);
      const heading = drawn.querySelector('h2')?.textContent;
      status.textContent = heading ? `Drawn: ${heading}` : `Not drawn: ${document.getElementById('problem')?.textContent ?? ''}`;
      document.dispatchEvent(new Event('pagechange'));
    } catch (e) {
      if (signal.aborted) return;
      status.textContent = `Not drawn: ${e.message}`;
    }
    drawn.removeAttribute('aria-busy');
  };
  const soon = wait => { clearTimeout(timer); timer = setTimeout(draw, wait); };

  form.addEventListener('input', e => soon(e.target.tagName === 'SELECT' ? 50 : 400));
  form.addEventListener('submit', e => { e.preventDefault(); soon(0); });
})();
