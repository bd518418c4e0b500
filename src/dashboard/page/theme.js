// Sets the chosen colours before the first paint, so that the page does not flash.
(() => {
  let theme = null;
  try { theme = localStorage.getItem("baseline-theme"); } catch { /* Storage is blocked: the system's colours. */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
