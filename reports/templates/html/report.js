
// The filter. Everything else on the page works without it.
(() => {
  "use strict";
  const bar = document.getElementById(":filter");
  const cases = [...document.querySelectorAll(".case")];
  if (!bar || cases.length === 0) return;
  const sections = [...document.querySelectorAll("section.cases")];
  const boxes = [...bar.querySelectorAll("input[type=checkbox]")];
  const words = bar.querySelector("input[type=search]");
  const status = bar.querySelector("[role=status]");
  const texts = new Map();
  let waiting = 0;

  // The texts are large; nobody needs them before the first search.
  const textOf = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };

  const apply = () => {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const terms = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const node of cases) {
      node.hidden = !wanted.has(node.dataset.verdict) || !terms.every((term) => textOf(node).includes(term));
      if (!node.hidden) shown += 1;
    }
    for (const section of sections) section.hidden = !section.querySelector(".case:not([hidden])");
    status.textContent = `${shown} of ${cases.length} shown`;
  };

  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  };

  // A link to a testcase opens it, even if the filter has hidden it.
  const open = () => {
    let name = "";
    try { name = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const node = document.getElementById(name);
    if (!(node instanceof HTMLDetailsElement)) return;
    if (node.hidden) {
      for (const box of boxes) box.checked = true;
      words.value = "";
      apply();
    }
    node.open = true;
    node.scrollIntoView();
  };

  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.addEventListener("input", (event) => (event.target === words ? later() : apply()));
  for (const button of bar.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      for (const node of cases) if (!node.hidden) node.open = button.value === "open";
    });
  }
  window.addEventListener("hashchange", open);

  // What is folded on the screen must not be missing on paper.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const node of folded) node.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const node of folded) node.open = false;
  });

  bar.hidden = false;
  apply();
  open();
})();
