// A form is sent once, however often its button is pressed while the answer is on its way.
"use strict";
(() => {
  const PATIENCE_MS = 5000;
  const sent = new WeakSet();
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") {
      return;
    }
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    // Whoever has stopped waiting may send it again.
    setTimeout(() => sent.delete(form), PATIENCE_MS);
  });
})();
