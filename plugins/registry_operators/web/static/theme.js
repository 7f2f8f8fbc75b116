// Light or dark as Airflow's own UI is: it keeps the choice in localStorage, and tells other
// frames of a change. Without a choice the operating system's decides, which pages.css asks for.
"use strict";
(() => {
  const apply = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // Storage is switched off in this browser.
    }
    const root = document.documentElement;
    if (chosen === "light" || chosen === "dark") {
      root.dataset.theme = chosen;
    } else {
      delete root.dataset.theme;
    }
  };
  apply();
  addEventListener("storage", apply);
})();
