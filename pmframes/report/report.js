// Long tables can be sorted and searched. Without scripts they are tables like all others.
const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
// "<0.1%" is less than 0.1%, and ">99.9%" more than 99.9%.
const beside = (text) => (text.startsWith("<") ? -0.01 : text.startsWith(">") ? 0.01 : 0);
const number = (text) => Number(text.replace(/[,%<>]/g, "").replace("inf", "Infinity")) + beside(text);

function compare(one, other, numeric) {
  if (one === "" || other === "") return (one === "") - (other === "") || 0;
  if (!numeric) return order.compare(one, other);
  return Math.sign(number(one) - number(other)) || 0;
}

// A row's heading is text to the page, and may be a number all the same.
function isNumeric(head, cells, texts) {
  if (head.classList.contains("n")) return true;
  return cells[0].tagName === "TH" && texts.every((text) => text === "" || !Number.isNaN(number(text)));
}

// What was not sent is missing, whatever stands in its place.
const textOf = (cell) => (cell.querySelector("i") ? "" : cell.textContent.trim());

function sortBy(table, head, place) {
  const descending = head.getAttribute("aria-sort") === "ascending";
  for (const one of table.tHead.querySelectorAll("th")) one.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows];
  const cells = rows.map((row) => row.cells[place]);
  const texts = cells.map(textOf);
  const numeric = isNumeric(head, cells, texts);
  const keyed = rows.map((row, number) => [texts[number], row]);
  keyed.sort(([one], [other]) => {
    // What is missing comes last in either direction.
    const found = compare(one, other, numeric);
    return descending && one !== "" && other !== "" ? -found : found;
  });
  table.tBodies[0].append(...keyed.map(([, row]) => row));
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    if (!button.textContent.trim()) button.append("(no heading)");
    button.onclick = () => sortBy(table, head, place);
    head.append(button);
  });
}

function makeSearchable(table) {
  // Between the cells stands what nobody can type, so that nothing is found across them.
  const text = (row) => [...row.cells].map((cell) => cell.textContent).join("\n").toLowerCase();
  const rows = [...table.tBodies[0].rows].map((row) => [row, text(row)]);
  const label = document.createElement("label");
  const box = document.createElement("input");
  const said = document.createElement("span");
  box.type = "search";
  box.setAttribute("aria-label", `Search in this table: ${table.caption.querySelector("h2").textContent}`);
  said.setAttribute("role", "status");
  label.className = "search";
  label.append("Search in this table ", box, " ", said);
  box.oninput = () => {
    const wanted = box.value.toLowerCase();
    let found = 0;
    for (const [row, text] of rows) {
      row.hidden = !text.includes(wanted);
      found += !row.hidden;
    }
    said.textContent = wanted ? `${found.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows` : "";
  };
  table.caption.append(label);
}

for (const table of document.querySelectorAll("table[data-long]")) {
  makeSortable(table);
  makeSearchable(table);
}
