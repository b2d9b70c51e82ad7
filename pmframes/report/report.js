// Long tables can be sorted and searched, and the list of contents says where one is. Without scripts the page is plain.
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
// "<0.1%" is less than 0.1%, and ">99.9%" more than 99.9%.
const nudge = (text) => (text.startsWith("<") ? -0.01 : text.startsWith(">") ? 0.01 : 0);
const parseNumber = (text) => Number(text.replace(/[,%<>]/g, "").replace("inf", "Infinity")) + nudge(text);

function compare(left, right, numeric) {
  if (left === "" || right === "") return (left === "") - (right === "") || 0;
  if (!numeric) return collator.compare(left, right);
  return Math.sign(parseNumber(left) - parseNumber(right)) || 0;
}

// Row headers are text in the markup, even where they hold numbers.
function isNumeric(header, cells, texts) {
  if (header.classList.contains("n")) return true;
  return cells[0].tagName === "TH" && texts.every((text) => text === "" || !Number.isNaN(parseNumber(text)));
}

// "unknown" is set in italics, and sorts as a missing value.
const textOf = (cell) => (cell.querySelector("i") ? "" : cell.textContent.trim());

function sortBy(table, header, column) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const cell of table.tHead.querySelectorAll("th")) cell.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows];
  const cells = rows.map((row) => row.cells[column]);
  const texts = cells.map(textOf);
  const numeric = isNumeric(header, cells, texts);
  const keyed = rows.map((row, index) => [texts[index], row]);
  keyed.sort(([left], [right]) => {
    // Missing values come last in either direction.
    const result = compare(left, right, numeric);
    return descending && left !== "" && right !== "" ? -result : result;
  });
  table.tBodies[0].append(...keyed.map(([, row]) => row));
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.append(...header.childNodes);
    if (!button.textContent.trim()) button.append("(no header)");
    button.onclick = () => sortBy(table, header, column);
    header.append(button);
  });
}

function makeSearchable(table) {
  // Nobody can type the separator of the cells, so no match spans two of them.
  const text = (row) => [...row.cells].map((cell) => cell.textContent).join("\n").toLowerCase();
  const rows = [...table.tBodies[0].rows].map((row) => [row, text(row)]);
  const label = document.createElement("label");
  const box = document.createElement("input");
  const status = document.createElement("span");
  box.type = "search";
  box.setAttribute("aria-label", `Search in this table: ${table.caption.querySelector("h2, h3").textContent}`);
  status.setAttribute("role", "status");
  label.className = "search";
  label.append("Search in this table ", box, " ", status);
  box.oninput = () => {
    const query = box.value.toLowerCase();
    let matches = 0;
    for (const [row, text] of rows) {
      row.hidden = !text.includes(query);
      matches += !row.hidden;
    }
    status.textContent = query ? `${matches.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows` : "";
  };
  table.caption.append(label);
}

for (const table of document.querySelectorAll("table[data-long]")) {
  makeSortable(table);
  makeSearchable(table);
}

// The entry of the last heading above the middle of the window is the current one.
const entries = [...document.querySelectorAll("nav a")].map((link) => [link, document.querySelector(link.hash)]);
function markCurrent() {
  const passed = entries.filter(([, place]) => place.getBoundingClientRect().top < innerHeight / 3);
  const atEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const [current] = atEnd ? entries.at(-1) : (passed.at(-1) ?? []);
  for (const [link] of entries) link.toggleAttribute("aria-current", link === current);
  current?.setAttribute("aria-current", "true");
}
if (entries.length) {
  addEventListener("scroll", markCurrent, { passive: true });
  addEventListener("resize", markCurrent);
  markCurrent();
}

// A link to the appendix opens it.
const appendix = document.querySelector("#appendix");
function openAppendix() {
  if (location.hash !== "#appendix") return;
  appendix.open = true;
  appendix.scrollIntoView();
}
if (appendix) {
  addEventListener("hashchange", openAppendix);
  appendix.addEventListener("toggle", markCurrent);
  openAppendix();
}
