// What the browser tells of the tab: that the line is gone or back, and that the page is about to be left. Leaving is told while the page can still write.
let page = null;

const line = () => page?.invokeMethodAsync('OnLine', navigator.onLine);
const leaving = () => page?.invokeMethod('OnLeave');
const hidden = () => document.visibilityState === 'hidden' && leaving();

export function listen(listener) {
  stop();
  page = listener;
  addEventListener('online', line);
  addEventListener('offline', line);
  addEventListener('pagehide', leaving);
  document.addEventListener('visibilitychange', hidden);
  if (!navigator.onLine) line();
}

export function stop() {
  removeEventListener('online', line);
  removeEventListener('offline', line);
  removeEventListener('pagehide', leaving);
  document.removeEventListener('visibilitychange', hidden);
  page = null;
}
