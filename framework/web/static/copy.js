// A button with data-copy="id" copies the text of an element; one with data-text, that text.
(() => {
  'use strict';
  const news = Object.assign(document.createElement('p'), {className: 'hidden', role: 'status'});
  const copy = async button => {
    const from = document.getElementById(button.dataset.copy) ?? button;
    const label = button.dataset.label ??= button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.text ?? from.textContent);
      button.textContent = 'Copied';
    } catch { // only a page of this machine, or of https, may write to the clipboard
      getSelection().selectAllChildren(from);
      button.textContent = 'Press Ctrl+C';
    }
    news.textContent = button.textContent;
    setTimeout(() => { button.textContent = label; }, 2000);
  };
  const show = root => root.querySelectorAll('[data-copy]').forEach(b => { b.hidden = false; });
  addEventListener('DOMContentLoaded', () => {
    show(document);
    document.body.append(news);
    document.addEventListener('click', e => {
      const button = e.target.closest('[data-copy]');
      if (button) copy(button);
    });
    document.addEventListener('pagechange', () => show(document)); // a part of the page was replaced
  });
})();
