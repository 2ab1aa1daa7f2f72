// Passes keys to the page, unless somebody is typing. Enter in a one-line field submits as well; in a box of several lines Ctrl+Enter does. Escape leaves a field.
let handler = null;

export function listen(page) {
  stop();
  handler = event => {
    if (event.isComposing) return;
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (typing && event.key === 'Escape') event.target.blur();
    const submits = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
    if (!submits && (event.ctrlKey || event.metaKey || event.altKey)) return;
    if (typing && event.key !== 'Enter') return;
    if (event.target instanceof HTMLTextAreaElement && !submits) return;
    if (event.target instanceof Element && event.target.closest('button, summary, a') && (event.key === 'Enter' || event.key === ' ')) return;
    if (!/^([0-9a-zA-Z ]|Enter|Backspace|Delete|Arrow(Left|Right|Up|Down))$/.test(event.key)) return;

    // Nothing else may come of it: arrows would scroll, and a key that moves into a field would be typed there.
    event.preventDefault();
    page.invokeMethodAsync('OnKey', event.key.startsWith('Arrow') && event.shiftKey ? 'Shift+' + event.key : event.key);
  };
  document.addEventListener('keydown', handler);
}

export function stop() {
  if (handler) document.removeEventListener('keydown', handler);
  handler = null;
}
