// Studies in the order of the page, or by date.
document.querySelectorAll("table.rows").forEach((table) => {
  const rows = [...table.tBodies[0].rows];
  const newest = [...rows].sort((a, b) => b.dataset.date.localeCompare(a.dataset.date));
  if (rows.length < 2) return;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.autocomplete = "off";
  box.addEventListener("change", () => table.tBodies[0].append(...(box.checked ? newest : rows)));
  const label = document.createElement("label");
  label.className = "axis";
  label.append(box, "Newest first");
  table.before(label);
});
