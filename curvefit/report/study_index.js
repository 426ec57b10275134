
// Puts the command together from what is ticked. Each tick holds its folder as a shell reads it: nothing is added here.
const ticks = [...document.querySelectorAll(".pick input")];
const shown = document.getElementById("compare");
const command = document.getElementById("command");
function update() {
  const words = ticks.filter((tick) => tick.checked).map((tick) => tick.value);
  shown.hidden = words.length < 2;
  command.textContent = words.length < 2 ? "" : ["curvefit", "compare", ...words].join(" ");
}
document.documentElement.classList.add("scripted");
ticks.forEach((tick) => tick.addEventListener("change", update));
update();
