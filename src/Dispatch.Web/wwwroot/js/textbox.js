// A box of much text. It tells the page of a change in the first pause after it: on every key the whole text would cross into .NET and be rendered. The first key of a
// series is told at once, so that buttons follow; whoever never pauses is told every two seconds.
const PAUSE_MS = 250;
const LONGEST_MS = 2000;

export function attach(box, text, page) {
  let told = text;
  let timer = 0;
  let toldAt = -Infinity;
  box.value = text;
  const tell = () => {
    clearTimeout(timer);
    timer = 0;
    toldAt = performance.now();
    if (box.value === told) return;
    told = box.value;
    page.invokeMethodAsync('OnText', told);
  };
  const changed = () => {
    const since = performance.now() - toldAt;
    if (timer === 0 && since > PAUSE_MS || since > LONGEST_MS) tell();
    else {
      clearTimeout(timer);
      timer = setTimeout(tell, PAUSE_MS);
    }
  };
  box.addEventListener('input', changed);
  return {
    // What is in the box now; the page needs no further word of it.
    flush() {
      clearTimeout(timer);
      timer = 0;
      return told = box.value;
    },
    set(value) {
      box.value = value;
      clearTimeout(timer);
      timer = 0;
      told = value;
    },
    end() {
      clearTimeout(timer);
      box.removeEventListener('input', changed);
    },
  };
}
