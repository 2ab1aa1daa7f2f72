// Passes keys to the page, unless somebody is typing. Enter in a one-line field submits as well.
let handler = null;

export function listen(page) {
  stop();
  handler = event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (typing && event.key !== 'Enter') return;
    if (event.target instanceof HTMLButtonElement && (event.key === 'Enter' || event.key === ' ')) return;
    if (!/^([0-9a-zA-Z]|Enter|Arrow(Left|Right|Up|Down))$/.test(event.key)) return;
    if (event.key.startsWith('Arrow') || event.key === 'Enter') event.preventDefault();
    page.invokeMethodAsync('OnKey', event.key);
  };
  document.addEventListener('keydown', handler);
}

export function stop() {
  if (handler) document.removeEventListener('keydown', handler);
  handler = null;
}
