// What is selected inside an element, as offsets in UTF-16 code units of its text; null when nothing of it is. The browser's own selection is then cleared:
// the page shows it in its own colour.
export function within(element) {
  const selection = getSelection();
  if (selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!element.contains(range.startContainer) || !element.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(element);
  before.setEnd(range.startContainer, range.startOffset);
  const start = before.toString().length;
  const end = start + range.toString().length;
  selection.removeAllRanges();
  return { start, end };
}

// Brings the word at the cursor into sight, with a little of what follows (see scroll-margin in app.css). Called after the page has drawn it.
export function reveal(element) {
  requestAnimationFrame(() => element.querySelector('.cursor')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
}
