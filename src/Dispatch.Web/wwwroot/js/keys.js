// The one way from a key to the page. A key goes to the page only when the form on the screen has a use for it (`use`), nobody is typing, nothing lies over the page, and the
// control that has the focus has no use for it itself. So arrows scroll where a form does not want them, Enter and Space press what has the focus, and no letter typed into a
// note is ever a decision. Each key carries the item that was on the screen when it was pressed: the page drops a key that was meant for the item before.
const CONTROLS = 'button, summary, a[href], select, input, [role=button], [role=radio], [role=checkbox], [role=tab], [role=menuitem], [role=option], [role=combobox], [data-choose]';
const OVERLAYS = '.mud-dialog, .mud-popover-open';
const CHOICES = '[data-choose], [data-keys]';
const LINES = /^(text|search|email|url|tel|password|number|date|time|)$/;

let page = null;
let wanted = new Set();
let item = '';
let settle = 0;
let shownAt = 0;

export function listen(listener) {
  stop();
  page = listener;
  document.addEventListener('keydown', pressed);
  document.addEventListener('click', guard, true);
  document.addEventListener('dblclick', guardSelection, true);
  document.addEventListener('click', clicked);
}

export function stop() {
  document.removeEventListener('keydown', pressed);
  document.removeEventListener('click', guard, true);
  document.removeEventListener('dblclick', guardSelection, true);
  document.removeEventListener('click', clicked);
  page = null;
}

// What is on the screen now, the keys it has a use for, and for how many milliseconds after it came a key is not meant for it: nobody decides what they have not seen.
export function use(shown, keys, settleMs) {
  if (shown !== item) shownAt = performance.now();
  item = shown;
  wanted = new Set(keys);
  settle = settleMs;
}

// The focus goes along to what has just come, unless somebody is in the middle of something else.
export function arrive(selector) {
  const heading = document.querySelector(selector);
  const at = document.activeElement;
  if (!heading || document.querySelector(OVERLAYS)) return;
  if (at && at !== document.body && !at.closest('.task, .idle, .submitbar')) return;
  scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

function isLine(element) {
  return element instanceof HTMLInputElement && LINES.test(element.type);
}

function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.shiftKey && (key.startsWith('Arrow') || key === ' ') ? 'Shift+' + key : key;
}

function pressed(event) {
  if (!page || event.isComposing || event.defaultPrevented || document.querySelector(OVERLAYS)) return;
  const at = event.target instanceof Element ? event.target : document.body;
  const isText = at instanceof HTMLTextAreaElement || isLine(at) || at.isContentEditable;
  if (event.key === 'Escape') {
    if (isText) at.blur();
    return;
  }

  const submits = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
  if (!submits && (event.ctrlKey || event.metaKey || event.altKey)) return;
  if (isText && !(event.key === 'Enter' && (submits || isLine(at)))) return;

  // A key that is held down is one key: it must not press, decide or submit again what came meanwhile.
  if (event.repeat && !event.key.startsWith('Arrow')) {
    event.preventDefault();
    return;
  }

  const name = nameOf(event);
  const own = at.closest('[data-keys]')?.getAttribute('data-keys').split(',') ?? [];
  if (!isText && !submits && (event.key === 'Enter' || event.key === ' ') && !own.includes(name)) {
    const control = at.closest(CONTROLS);
    if (control) {
      // Browsers press their own controls; what only looks like one is pressed here.
      if (control.matches('button, summary, a[href], select, input')) return;
      event.preventDefault();
      control.click();
      return;
    }
  }

  if (at.closest('select, [role=menu], [role=listbox]')) return;
  const key = event.key === 'Enter' ? (own.includes('Enter') && !submits ? 'Enter' : 'Submit') : name;
  if (!wanted.has(key) && !own.includes(key)) return;

  // Nothing else may come of it: a key that moves into a field would be typed there.
  event.preventDefault();
  if (event.timeStamp - shownAt < settle) return;
  page.invokeMethodAsync('OnKey', key, item);
}

// Whoever selects text of a response reads or copies it; whoever follows a link in it goes elsewhere. Neither is a choice.
function guard(event) {
  const choice = event.target instanceof Element ? event.target.closest('[data-choose]') : null;
  if (!choice || event.detail === 0) return;
  const link = event.target.closest('a[href]');
  if ((link && choice.contains(link)) || selects(choice)) event.stopPropagation();
}

function guardSelection(event) {
  const choice = event.target instanceof Element ? event.target.closest('[data-choose]') : null;
  if (choice && !selects(choice)) event.stopPropagation();
}

function selects(element) {
  const selection = getSelection();
  return !!selection && !selection.isCollapsed && selection.toString().trim() !== '' && (element.contains(selection.anchorNode) || element.contains(selection.focusNode));
}

// What was pressed by mouse or finger does not keep the focus: Enter then submits, and digits go on.
function clicked(event) {
  if (event.detail === 0) return;
  const at = document.activeElement;
  if (at instanceof HTMLElement && !(at instanceof HTMLTextAreaElement) && !isLine(at) && at.closest(CHOICES)) at.blur();
}
