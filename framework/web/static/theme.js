// The theme is that of the system until a person chooses another, which the browser keeps.
(() => {
  'use strict';
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const kept = (() => { try { return localStorage.getItem('theme'); } catch { return null; } })();
  if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;
  addEventListener('DOMContentLoaded', () => {
    document.getElementById('theme')?.addEventListener('click', () => {
      const now = root.dataset.theme ?? (dark.matches ? 'dark' : 'light');
      root.dataset.theme = now === 'dark' ? 'light' : 'dark';
      try { localStorage.setItem('theme', root.dataset.theme); } catch { /* it then lasts as long as the page */ }
      dispatchEvent(new Event('themechange')); // for what is drawn on a canvas
    });
  });
})();
