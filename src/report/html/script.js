"use strict";
// Searches, filters and sorts the table of findings. All of it stands in the page; nothing is loaded.
(() => {
  const table = document.getElementById("all");
  if (!table) return;
  const controls = document.getElementById("controls");
  const field = (name) => document.getElementById(name);
  const [search, level, environment, kind] = ["search", "level", "environment", "kind"].map(field);
  const heads = [...table.tHead.rows[0].cells];
  const column = (name) => heads.findIndex((head) => head.textContent === name);
  const columns = { level: column("Level"), environment: column("Environment"), kind: column("Kind") };
  const levels = ["note", "warning", "error"];
  const body = table.tBodies[0];
  const text = (row, at) => row.cells[at].textContent;
  const rows = [...body.rows].map((row, place) => ({
    row,
    place,
    all: row.textContent.toLowerCase(),
    level: text(row, columns.level),
    environment: text(row, columns.environment),
    kind: text(row, columns.kind),
    end: row.dataset.end ? Number(row.dataset.end) : Infinity,
  }));

  // So many rows are shown at once, as the style has it for those that nothing was chosen of.
  let most = 500;
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = words.length > 0 || level.value || environment.value || kind.value;
    table.classList.toggle("first", !chosen && most < rows.length);
    let count = 0;
    for (const it of rows) {
      const fits =
        (!level.value || it.level === level.value) &&
        (!environment.value || it.environment === environment.value) &&
        (!kind.value || it.kind === kind.value) &&
        words.every((word) => it.all.includes(word));
      count += fits ? 1 : 0;
      const hidden = Boolean(chosen) && (!fits || count > most);
      if (it.row.hidden !== hidden) it.row.hidden = hidden;
    }
    const seen = Math.min(count, most);
    field("shown").textContent = seen < count ? `${seen} of ${count} shown` : `${count} of ${rows.length} shown`;
    field("more").hidden = seen === count;
  };
  field("more").addEventListener("click", () => {
    most = Infinity;
    show();
  });

  let waiting = 0;
  controls.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, rows.length > 1000 ? 120 : 0);
  });
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(show));

  const order = {
    level: (a, b) => levels.indexOf(b.level) - levels.indexOf(a.level),
    environment: (a, b) => a.environment.localeCompare(b.environment),
    end: (a, b) => (a.end === b.end ? 0 : a.end < b.end ? -1 : 1),
  };
  const sort = (head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const compare = order[head.dataset.sort] ?? ((a, b) => text(a.row, head.cellIndex).localeCompare(text(b.row, head.cellIndex)));
    rows.sort((a, b) => (down ? compare(b, a) : compare(a, b)) || a.place - b.place);
    body.append(...rows.map((it) => it.row));
  };
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head));
    head.replaceChildren(button);
  }

  // A number in the matrix shows what it counts.
  for (const cell of document.querySelectorAll(".matrix td[data-kind]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    button.setAttribute("aria-label", `${cell.textContent}: ${cell.dataset.kind}, ${cell.dataset.environment}; show them`);
    button.addEventListener("click", () => {
      search.value = level.value = "";
      environment.value = cell.dataset.environment;
      kind.value = cell.dataset.kind;
      show();
      field("findings").scrollIntoView();
    });
    cell.replaceChildren(button);
  }

  controls.hidden = false;
  show();
})();
