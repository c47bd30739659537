// The filters of the overview. Without this script all rows are shown, and no filters.
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const rows = [...document.querySelectorAll("[data-state]")];
  const selects = [...form.querySelectorAll("select")];
  const shown = document.getElementById("shown");

  const apply = () => {
    const wanted = selects.filter((select) => select.value);
    for (const row of rows) {
      row.hidden = wanted.some((select) => row.dataset[select.name] !== select.value);
    }
    for (const section of document.querySelectorAll("main section")) {
      section.hidden = !section.querySelector("[data-state]:not([hidden])");
    }
    const number = rows.filter((row) => !row.hidden).length;
    shown.textContent = `${number} ${shown.dataset.of} ${rows.length}`;
    const query = new URLSearchParams(wanted.map((select) => [select.name, select.value])).toString();
    history.replaceState(null, "", location.pathname + (query ? `?${query}` : "") + location.hash);
  };

  const asked = new URLSearchParams(location.search);
  for (const select of selects) {
    const value = asked.get(select.name);
    if ([...select.options].some((option) => option.value === value)) select.value = value;
  }
  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
