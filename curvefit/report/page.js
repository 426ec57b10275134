"use strict";
// Comfort alone: without it everything on the page can still be read.
document.querySelectorAll("pre[data-copy]").forEach((block) => {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => navigator.clipboard.writeText(block.textContent).then(() => {
    button.textContent = "Copied";
  }));
  block.after(button);
});
// A picture that is drawn on two axes: which one is seen.
document.querySelectorAll("figure").forEach((figure) => {
  const drawings = [...figure.querySelectorAll(".drawing")];
  if (drawings.length < 2) return;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = true;
  box.addEventListener("change", () => drawings.forEach((drawing) => {
    drawing.hidden = (drawing.dataset.axis === "linear") === box.checked;
  }));
  const label = document.createElement("label");
  label.className = "axis";
  label.append(box, "Logarithmic axis");
  figure.append(label);
});
// A link into a folded part unfolds it.
const unfold = () => {
  const at = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (at && at.tagName === "DETAILS") at.open = true;
};
addEventListener("hashchange", unfold);
unfold();
// Studies that are ticked, as the command that compares them. Each tick holds its folder as a shell reads it.
document.querySelectorAll("#compare").forEach((shown) => {
  const ticks = [...document.querySelectorAll(".pick input")];
  const update = () => {
    const words = ticks.filter((tick) => tick.checked).map((tick) => tick.value);
    shown.hidden = words.length < 2;
    shown.querySelector("pre").textContent = words.length < 2 ? "" : ["curvefit", "compare", ...words].join(" ");
  };
  document.querySelectorAll(".pick").forEach((cell) => { cell.hidden = false; });
  ticks.forEach((tick) => tick.addEventListener("change", update));
  update();
});
// Errors by words, kind, label, field and candidate.
document.querySelectorAll("form.filters").forEach((form) => {
  const rows = [...form.parentElement.querySelectorAll(".miss")];
  const said = form.querySelector("output");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const words = form.elements.words.value.toLowerCase();
    const wanted = [...form.querySelectorAll("select")].filter((choice) => choice.value !== "");
    let shown = 0;
    rows.forEach((row, i) => {
      const there = texts[i].includes(words) && wanted.every((choice) =>
        row.dataset[choice.name].split(" ").includes(choice.value));
      row.hidden = !there;
      shown += there;
    });
    said.textContent = `${shown} of ${rows.length} shown`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
});
