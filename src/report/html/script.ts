/** What the page can do beyond being read: filter claims, copy commands, open and close, open what a link points into. */
export const script = `'use strict';
(() => {
  const claims = [...document.querySelectorAll('details.claim')];
  const tools = document.getElementById('tools');
  const make = (name, properties) => Object.assign(document.createElement(name), properties);
  const search = make('input', { type: 'search', placeholder: 'Find in claims and evidence', ariaLabel: 'Find in claims and evidence' });
  const choice = make('select', { ariaLabel: 'Which claims' });
  for (const [value, text] of [['', 'all claims'], ['open', 'not as expected'], ['expected', 'as expected'], ['skipped', 'skipped or not tested']]) choice.append(make('option', { value, textContent: text }));
  const wanted = { '': () => true, open: (o) => o === 'unexpected' || o === 'inconclusive', expected: (o) => o === 'expected', skipped: (o) => o === 'skipped' || o === 'not-tested' };
  const tally = make('span', { className: 'dim' });
  const filter = () => {
    const text = search.value.trim().toLowerCase();
    let shown = 0;
    for (const claim of claims) {
      claim.hidden = !(wanted[choice.value](claim.dataset.outcome) && (text === '' || claim.textContent.toLowerCase().includes(text)));
      if (!claim.hidden) shown += 1;
    }
    tally.textContent = shown === claims.length ? '' : shown + ' of ' + claims.length;
  };
  search.addEventListener('input', filter);
  choice.addEventListener('change', filter);
  const toggle = (text, open) => {
    const button = make('button', { type: 'button', textContent: text });
    button.addEventListener('click', () => { for (const claim of claims) claim.open = open; });
    return button;
  };
  if (claims.length > 0) {
    tools.append(search, choice, toggle('open all', true), toggle('close all', false), tally);
    tools.hidden = false;
  }
  for (const code of document.querySelectorAll('.copyable')) {
    const button = make('button', { type: 'button', className: 'copy', textContent: 'copy' });
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'copied';
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = 'selected';
      }
    });
    code.after(button);
  }
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target === null) return;
    for (let at = target; at !== null; at = at.parentElement) if (at.tagName === 'DETAILS') { at.open = true; at.hidden = false; }
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();
  let closed = [];
  addEventListener('beforeprint', () => { closed = [...document.querySelectorAll('details:not([open])')]; for (const at of closed) at.open = true; });
  addEventListener('afterprint', () => { for (const at of closed) at.open = false; });
})();
`
