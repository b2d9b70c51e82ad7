// Paints the view of an explorer and sends what people do; Python decides everything else.
// An event says how something is to be, and a view from before the last event sent is not painted.

/**
 * The view, as `view_model.py` builds it.
 * @typedef {{ value: number, text: string, count: number, checked: boolean }} Value
 * @typedef {{ label: string, count: number, within: boolean }} Bin
 * @typedef {{ column: number, heading: string, name: string, open: boolean, filtered: boolean, kind: string,
 *   values: Value[], largest: number, more: number, zeros: number, all: boolean, search: string, long: boolean,
 *   bins: Bin[], from: any, to: any, missing: number, missingChecked: boolean,
 *   missingExcluded: boolean }} Facet
 * @typedef {{ column: number, heading: string, name: string, sortable: boolean, pinned: boolean,
 *   number: boolean, searched?: boolean, sorted?: { direction: string, rank: number } }} Heading
 * @typedef {{ id: number, selected: boolean, cells: string[] }} Row
 * @typedef {{ text: string, title?: string, mark?: string, share?: number }} Cell
 * @typedef {{ caption: string, columns: string[], rows: Cell[][], legend?: Cell[] }} Table
 * @typedef {{ handled: Record<string, number>, version: number, shown: number, total: number, selected: number,
 *   selectedShown: number, source: string, age: string, fictional: boolean, search: string, searchable: boolean,
 *   chips: { column: number, text: string }[], facets: Facet[], columns: Heading[], rows: Row[], page: number,
 *   chooser: { column: number, heading: string, name: string, shown: boolean }[], pages: number, pageSize: number,
 *   pageSizes: number[], tabs: { id: string, title: string }[], tab: string, panel: Table[] | null, formats: string[],
 *   notice: { text?: string, download?: string }, actions: { label: string, key: string }[] }} View
 *
 * What belongs to one page only: the cell in focus, what is folded, and widths.
 * @typedef {{ row: number, column: number, folded: boolean, drawer: boolean, isNarrow: boolean, message: string,
 *   download: string, widths: Map<string, number>, cell: { heading: string, cell: string } | null }} Local
 * @typedef {{ type: string, [name: string]: unknown }} Sent
 * @typedef {{ client: string, text?: string, cell?: string, heading?: string, name?: string }} Answer
 * @typedef {{ get(name: "view"): View, on: (name: string, handler: Function) => void,
 *   off: (name: string, handler: Function) => void, send(content: object): void }} Model
 */

const WAIT_NOTICE = 1500;
const RESIZE_STEP = 24;
const MIN_WIDTH = 48;
const HINT = "Space selects, enter opens a cell, Ctrl C copies it. On a heading enter sorts, + and - resize.";
const NARROW = 640;
/** Rows down and columns to the right. @type {Record<string, [number, number?]>} */
const MOVES = { ArrowUp: [-1], ArrowDown: [1], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e6], End: [0, 1e6] };

// Markup

/** HTML whose texts are escaped. */
class Markup {
  /** @param {string} html */
  constructor(html) {
    this.html = html;
  }
}

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** @type {(value: unknown) => string} */
function escape(value) {
  if (value instanceof Markup) return value.html;
  if (Array.isArray(value)) return value.map(escape).join("");
  if (value === null || value === undefined || value === false) return "";
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/** Build HTML; other values are escaped. @type {(parts: TemplateStringsArray, ...values: unknown[]) => Markup} */
function markup(parts, ...values) {
  return new Markup(parts.map((part, place) => (place ? escape(values[place - 1]) : "") + part).join(""));
}

/** @type {(value: Markup) => Element} */
function toElement(value) {
  const template = document.createElement("template");
  template.innerHTML = value.html.trim();
  return /** @type {Element} */ (template.content.firstElementChild);
}

/** Change an element into another one; focus and what is typed stay. @type {(from: Element, to: Element) => void} */
function morph(from, to) {
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !(name === "open" && from.hasAttribute("data-keep"))) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  if (from instanceof HTMLInputElement && to instanceof HTMLInputElement) {
    from.checked = to.checked;
    from.indeterminate = to.hasAttribute("data-mixed");
    if (from.type === "range" || focusedIn(from) !== from) from.value = to.getAttribute("value") ?? "";
  }
  morphChildren(from, to);
  if (from instanceof HTMLSelectElement) from.value = to.getAttribute("data-value") ?? "";
}

/** @type {(from: Element, to: Element) => void} */
function morphChildren(from, to) {
  const keyed = new Map([...from.children].map((child) => [child.getAttribute("data-key"), child]));
  const children = [...to.childNodes];
  let at = from.firstChild;
  for (const wanted of children) {
    const key = wanted instanceof Element ? wanted.getAttribute("data-key") : null;
    const isNext = at && at.nodeName === wanted.nodeName && !(at instanceof Element && at.hasAttribute("data-key"));
    const found = key === null ? (isNext ? at : null) : keyed.get(key);
    if (!found) {
      from.insertBefore(wanted, at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else from.insertBefore(found, at);
    if (found instanceof Element && wanted instanceof Element) morph(found, wanted);
    else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
  }
  while (from.childNodes.length > children.length) from.lastChild?.remove();
}

/** @type {(element: Element) => Element | null} */
const focusedIn = (element) => /** @type {Document | ShadowRoot} */ (element.getRootNode()).activeElement;

/** @type {(number: number) => string} */
const format = (number) => number.toLocaleString("en-US");

/** @type {(text: string) => string} */
const normalize = (text) => text.normalize();

/** What finds a search in a text, whatever the accents. @type {(search: string) => RegExp | null} */
function pattern(search) {
  const letters = [...search.normalize("NFKD").replace(/[\u0300-\u036f]/g, "")];
  const parts = letters.map((letter) => letter.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&") + "[\u0300-\u036f]*");
  return parts.length ? new RegExp(`(${parts.join("")})`, "iu") : null;
}

// The parts of the page

/** A button that sends an event. @type {(label: unknown, event: Sent, attributes?: Markup) => Markup} */
const button = (label, event, attributes) =>
  markup`<button type="button" data-send="${JSON.stringify(event)}" ${attributes}>${label}</button>`;

/** @type {(label: string, event: Sent, attributes?: Markup) => Markup} */
const link = (label, event, attributes) => button(label, event, markup`class="link" ${attributes}`);

/** A checkbox that sends an event, with whether it is checked. @type {(event: Sent, checked: boolean) => Markup} */
const checkbox = (event, checked) =>
  markup`<input type="checkbox" data-send="${JSON.stringify(event)}" ${checked && markup`checked`}>`;

/** @type {(value: string, what: string, label: string, column?: number) => Markup} */
const searchBox = (value, what, label, column) =>
  markup`<input type="search" value="${value}" data-do="${what}" data-column="${column}"
    aria-label="${label}" placeholder="${label}">`;

/** @type {(view: View, local: Local) => Markup} */
function page(view, local) {
  return markup`
    <div tabindex="-1" class="pmframes-live ${local.folded && "folded"} ${local.drawer && "drawer"}">
      ${toolbar(view, local)}
      <div class="body">
        <aside class="facets" aria-label="Filters">${view.facets.map(facet)}</aside>
        ${main(view, local)}
      </div>
      <dialog class="cell" data-keep aria-label="Cell">
        <form method="dialog"><h3>${local.cell?.heading}</h3><p>${local.cell?.cell}</p><button>Close</button></form>
      </dialog>
    </div>`;
}

/** @type {(view: View, local: Local) => Markup} */
function toolbar(view, local) {
  const isOpen = local.isNarrow ? local.drawer : !local.folded;
  const { shown, total, source, age, fictional, search } = view;
  const rows = `${shown === total ? "" : `${format(shown)} of `}${format(total)} row${total === 1 ? "" : "s"}`;
  const fold = markup`<button type="button" data-do="fold" aria-expanded="${String(isOpen)}">Filters</button>`;
  const chips = view.chips.map(({ column, text }) => {
    const label = markup`aria-label="Remove the filter ${text}"`;
    return markup`<li data-key="chip${column}">
      ${button(markup`<bdi>${text}</bdi> ✕`, { type: "clear", column }, label)}</li>`;
  });
  return markup`
    <div class="toolbar">
      ${view.facets.length > 0 && fold}
      ${view.searchable && searchBox(search, "search", "Search")}
      <ul class="chips" aria-label="Active filters">${chips}</ul>
      ${!!(chips.length || search) && button("Clear all", { type: "clear", column: null }, markup`data-key="clear"`)}
      <span class="status" role="status" data-key="status"><b>${rows}</b> ${local.message}</span>
      <span class="source" data-key="source">${source} ${age && `(${age})`} <b>${fictional && "· Fictional data"}</b>
      </span>
    </div>`;
}

/** @type {(facet: Facet) => Markup} */
function facet(one) {
  const { column, heading, name, open } = one;
  const title = markup`aria-expanded="${String(open)}" title="${name}"`;
  const clear = one.filtered && button("Clear", { type: "clear", column }, markup`aria-label="Clear ${heading}"`);
  return markup`
    <section class="facet" data-key="facet${column}" aria-label="${heading}">
      <h3>${button(heading, { type: "facet", column, open: !open }, title)}${clear}</h3>
      ${open && (one.kind === "values" ? valueList(one) : range(one))}
    </section>`;
}

/** @type {(facet: Facet) => Markup} */
function valueList(one) {
  const { column, heading } = one;
  const label = one.all ? "Show fewer" : one.more ? `${format(one.more)} more` : `${format(one.zeros)} without rows`;
  const isCut = one.more > 0 && (one.all || one.search);
  const canUnfold = (one.all || one.more > 0 || one.zeros > 0) && !one.search;
  return markup`<div>
    ${one.long && searchBox(one.search, "value-search", `Search ${heading}`, column)}
    <ul class="values">${one.values.map((value) => valueItem(one, value))}</ul>
    ${!one.values.length && markup`<p class="note">No values</p>`}
    ${isCut && markup`<p class="note">${format(one.more)} more: search for them</p>`}
    ${canUnfold && link(label, { type: "facet", column, all: !one.all })}
  </div>`;
}

/** @type {(facet: Facet, value: Value) => Markup} */
function valueItem({ column, largest, heading }, { value, text, count: number, checked }) {
  const share = largest ? (100 * number) / largest : 0;
  const only = markup`aria-label="Only ${text} of ${heading}"`;
  const except = markup`aria-label="All but ${text} of ${heading}"`;
  return markup`
    <li data-key="value${value}" class="${!number && "zero"}" style="--share: ${share}%">
      <label>${checkbox({ type: "value", column, value }, checked)}
        <bdi class="name" title="${text}">${text}</bdi><span class="count">${format(number)}</span></label>
      <span class="one">${button("only", { type: "only", column, value, exclude: false }, only)}
        ${button("all but", { type: "only", column, value, exclude: true }, except)}</span>
    </li>`;
}

/** @type {(facet: Facet) => Markup} */
function range(one) {
  const { column, heading, bins, missing, missingChecked, missingExcluded } = one;
  const largest = Math.max(1, ...bins.map((bin) => bin.count));
  const ends = [bins.findIndex((bin) => bin.within), bins.findLastIndex((bin) => bin.within)];
  const text = bins.map((bin) => `${bin.label}: ${format(bin.count)}`).join("; ");
  const bars = bins.map(
    (bin, place) => markup`<span class="bin ${bin.within && "within"}" data-do="bin"
      data-column="${column}" data-place="${place}" title="${bin.label}: ${format(bin.count)}"
      style="--share: ${(100 * bin.count) / largest}%"></span>`,
  );
  /** @type {(place: number, label: string) => Markup} */
  const slider = (place, label) => markup`<input type="range" min="0" max="${bins.length - 1}" value="${place}"
    data-do="range" data-column="${column}" aria-label="${heading}: ${label}" aria-valuetext="${bins[place]?.label}">`;
  /** @type {(end: string, value: any) => Markup} */
  const bound = (end, value) => markup`<input type="${one.kind === "time" ? "date" : "number"}" step="any"
    value="${value ?? ""}" data-do="range" data-column="${column}" data-end="${end}" aria-label="${heading} ${end}">`;
  /** @type {(exclude: boolean, checked: boolean, label: string) => Markup} */
  const box = (exclude, checked, label) =>
    markup`<label>${checkbox({ type: "missing", column, exclude }, checked)} ${label}</label>`;
  return markup`<div class="range">
    <div class="histogram" role="img" aria-label="${heading}. ${text}">${bars}</div>
    <div class="sliders">${bins.length > 1 && [slider(ends[0], "first bar"), slider(ends[1], "last bar")]}</div>
    <div class="bounds">${bound("from", one.from)}<span aria-hidden="true">–</span>${bound("to", one.to)}</div>
    ${
      (missing > 0 || missingChecked || missingExcluded) &&
      markup`<div class="missing">${box(false, missingChecked, `missing (${format(missing)})`)}
        ${box(true, missingExcluded, "all but missing")}</div>`
    }
  </div>`;
}

/** @type {(view: View, local: Local) => Markup} */
function main(view, local) {
  const panel = view.panel && markup`<div class="panel" tabindex="0">${view.panel.map(table)}</div>`;
  const shown = view.tabs.find(({ id }) => id === view.tab);
  const tabs = view.tabs.map(({ id, title }) =>
    button(title, { type: "tab", tab: id }, markup`role="tab" aria-selected="${String(id === view.tab)}"`),
  );
  return markup`
    <div class="main">
      <div class="tools">
        ${tabs.length > 1 && markup`<div class="tabs" role="tablist" aria-label="Views">${tabs}</div>`}
        ${chooser(view)} ${exporter(view)} ${selection(view, local)}
      </div>
      <div role="${tabs.length > 1 && "tabpanel"}" aria-label="${shown?.title}">
        ${panel ?? [grid(view, local), view.total > view.pageSizes[0] && pager(view)]}
      </div>
    </div>`;
}

/** @type {(title: string, ...items: unknown[]) => Markup} */
const menu = (title, ...items) =>
  markup`<details class="menu" data-keep><summary>${title}</summary><div class="sheet">${items}</div></details>`;

/** @type {(view: View) => Markup} */
function chooser(view) {
  const pinned = new Set(view.columns.filter((one) => one.pinned).map((one) => one.column));
  const items = view.chooser.map(({ column, heading, name, shown }) => {
    const isPinned = pinned.has(column);
    const pressed = markup`aria-pressed="${String(isPinned)}" aria-label="Pin ${heading}"`;
    return markup`<li data-key="choice${column}">
      <label title="${name}">${checkbox({ type: "column", column }, shown)} ${heading}</label>
      ${shown && link(isPinned ? "pinned" : "pin", { type: "pin", column, checked: !isPinned }, pressed)}
    </li>`;
  });
  const first = link("Show the first columns again", { type: "first_columns" });
  const shown = view.chooser.filter((one) => one.shown).length;
  return menu(`Columns (${shown} of ${view.chooser.length})`, first, markup`<ul>${items}</ul>`);
}

/** @type {(view: View) => Markup} */
function exporter(view) {
  const which = /** @type {const} */ (["shown", "selected"]).slice(0, view.selected ? 2 : 1);
  const exports = which.flatMap((rows) =>
    view.formats.map((name) =>
      button(`Export ${format(view[rows])} ${rows} as ${name}`, { type: "export", rows, format: name }),
    ),
  );
  const copies = which.map((rows) => button(`Copy the ${rows} rows`, { type: "copy_rows", rows }));
  return menu("Export", exports, copies, button("Copy code", { type: "copy_code" }));
}

/** @type {(view: View, local: Local) => Markup} */
function selection(view, local) {
  const { version, selected, shown } = view;
  const hidden = selected - view.selectedShown;
  const text = `${format(selected)} selected${hidden ? `, ${format(hidden)} of them not shown` : ""}`;
  const canSelect = view.panel === null && view.selectedShown < shown;
  const all = { type: "select_shown", version, checked: true };
  const actions = view.actions.map(
    ({ label, key }, place) =>
      markup`<button type="button" data-do="action" data-action="${place}" title="Key: ${key}">${label}</button>`,
  );
  return markup`<div class="selection">
    <span role="status">${selected > 0 && text}</span>
    ${canSelect && link(`Select all ${format(shown)} shown`, all, markup`data-key="all"`)}
    ${selected > 0 && link("Select none", { type: "select_none" }, markup`data-key="none"`)} ${actions}
    ${local.download && button("Download", { type: "download", name: local.download })}
  </div>`;
}

/** @type {(view: View, local: Local) => Markup} */
function grid(view, local) {
  const chosen = view.rows.filter((row) => row.selected).length;
  const isAll = chosen > 0 && chosen === view.rows.length;
  /** @type {(row: number, column: number) => Markup} */
  const spot = (row, column) =>
    markup`data-cell="${row},${column}" tabindex="${row === local.row && column === local.column ? 0 : -1}"`;
  const wanted = pattern(view.search.trim());
  const rows = view.rows.map((row, at) => {
    const cells = row.cells.map((text, place) => {
      const { pinned, number, searched } = view.columns[place];
      const parts = searched && wanted ? text.normalize("NFD").split(wanted).map(normalize) : [text];
      const shown = parts.map((part, at) => (at % 2 ? markup`<mark>${part}</mark>` : part));
      return markup`<td class="${pinned && "pinned"} ${number && "number"}" data-row="${row.id}" data-at="${place}"
        title="${text.length > 30 && text}" ${spot(at + 1, place + 1)}>${shown}</td>`;
    });
    const place = view.page * view.pageSize + at + 2;
    return markup`<tr aria-rowindex="${place}" aria-selected="${String(row.selected)}">
      <td class="box" ${spot(at + 1, 0)}><input type="checkbox" tabindex="-1" data-do="select" data-row="${row.id}"
        ${row.selected && markup`checked`} aria-label="Select this row"></td>${cells}</tr>`;
  });
  const ids = JSON.stringify({ type: "select", rows: view.rows.map((row) => row.id) });
  return markup`<div class="grid" tabindex="-1">
    <table role="grid" aria-label="Rows" aria-multiselectable="true" aria-rowcount="${view.shown + 1}"
      aria-description="${HINT}">
      <thead><tr>
        <td class="box" ${spot(0, 0)}><input type="checkbox" tabindex="-1" aria-label="Select the rows of this page"
          data-send="${ids}" ${isAll && markup`checked`} ${chosen > 0 && !isAll && markup`data-mixed`}></td>
        ${view.columns.map((one, place) => heading(one, place, spot(0, place + 1), local))}
      </tr></thead>
      <tbody>${rows}</tbody>
    </table>
    ${!view.rows.length && markup`<p class="note">${view.total ? "No row matches." : "The frame has no rows."}</p>`}
  </div>`;
}

/** @type {(column: Heading, place: number, spot: Markup, local: Local) => Markup} */
function heading(one, place, spot, local) {
  const { column, name, pinned, sortable, number, sorted } = one;
  const width = local.widths.get(name);
  const size = width && `width: ${width}px; min-width: ${width}px; max-width: ${width}px`;
  const arrow = sorted && (sorted.direction === "ascending" ? "▲" : "▼") + (sorted.rank > 1 ? sorted.rank : "");
  return markup`<th scope="col" class="${pinned && "pinned"} ${sortable && "sortable"} ${number && "number"}"
    title="${name}" data-column="${column}" data-name="${name}" data-at="${place}" style="${size}" ${spot}
    ${sortable && markup`data-do="sort" aria-sort="${sorted?.direction ?? "none"}"`}>${one.heading}${
      arrow && markup`<span class="arrow" aria-hidden="true"> ${arrow}</span>`
    }<span class="resize" data-do="resize" aria-hidden="true"></span></th>`;
}

/** @type {(view: View) => Markup} */
function pager({ page: at, pages, pageSize, pageSizes, rows }) {
  const first = at * pageSize;
  // Not disabled, which would take the focus from a button that turned to the last page.
  /** @type {(sign: string, name: string, page: number, isThere: boolean) => Markup} */
  const turn = (sign, name, page, isThere) =>
    button(sign, { type: "page", page }, markup`aria-label="${name} page" aria-disabled="${String(isThere)}"`);
  const sizes = pageSizes.map((size) => markup`<option value="${size}">${size}</option>`);
  return markup`<div class="pager">
    ${turn("«", "First", 0, at === 0)} ${turn("‹", "Previous", at - 1, at === 0)}
    <label>Page <input type="number" min="1" max="${pages}" value="${at + 1}" data-do="page-number" aria-label="Page">
      of ${format(pages)}</label>
    ${turn("›", "Next", at + 1, at + 1 >= pages)} ${turn("»", "Last", pages - 1, at + 1 >= pages)}
    <span>${rows.length > 0 && `Rows ${format(first + 1)} to ${format(first + rows.length)}`}</span>
    <label>Rows per page <select data-do="page-size" data-value="${pageSize}">${sizes}</select></label>
  </div>`;
}

/** @type {(table: Table) => Markup} */
function table({ caption, columns, rows, legend }) {
  /** @type {(cell: Cell) => Markup} */
  const cell = ({ text, title, mark, share }) => {
    const shown = mark ? markup`<i aria-hidden="true">${text}</i><i class="hidden">${title}</i>` : text;
    const kind = mark ? `mark ${mark}` : share !== undefined && "bar";
    return markup`<td class="${kind}" title="${title}" style="--share: ${share ?? 0}%">${shown}</td>`;
  };
  const lines = rows.map(
    ([first, ...cells]) => markup`<tr><th scope="row" title="${first.title}">${first.text}</th>${cells.map(cell)}</tr>`,
  );
  const marks = (legend ?? []).map(
    ({ text, mark, title }) => markup`<span><i class="mark ${mark}" aria-hidden="true">${text}</i> ${title}</span> `,
  );
  return markup`<table class="${legend && "matrix"}"><caption>${caption}<p class="legend">${marks}</p></caption>
    <thead><tr>${columns.map((name) => markup`<th scope="col"><bdi>${name}</bdi></th>`)}</tr></thead>
    <tbody>${lines}</tbody></table>`;
}

// One page that shows an explorer

class Page {
  /** @param {Model} model  @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.client = Math.random().toString(36).slice(2);
    this.sent = 0;
    this.queued = /** @type {Sent | null} */ (null);
    this.anchor = -1;
    /** Boxes that were ticked since the last view, and whether they are. @type {Map<HTMLInputElement, boolean>} */
    this.ticks = new Map();
    this.timer = 0;
    const isFolded = { folded: false, drawer: false, isNarrow: false };
    /** @type {Local} */
    this.local = { row: 0, column: 1, ...isFolded, message: "", download: "", widths: new Map(), cell: null };
    this.view = model.get("view");
    this.root = /** @type {HTMLElement} */ (toElement(page(this.view, this.local)));
    el.append(this.root);
    this.stop = this.listen();
    this.paint();
  }

  listen() {
    const { root, model } = this;
    for (const name of ["click", "change", "input", "focusin", "pointerdown", "dblclick"])
      root.addEventListener(name, (event) => /** @type {any} */ (this)[name](event));
    root.addEventListener("scroll", () => this.placePins(), true);
    // Notebooks take letters and arrows for commands, and listen at the document: this has to come before.
    const keys = (/** @type {KeyboardEvent} */ event) => {
      if (!event.composedPath().includes(root)) return;
      this.onKey(event);
      if (!(event.ctrlKey || event.metaKey || event.altKey) || event.defaultPrevented) event.stopPropagation();
    };
    const outside = (/** @type {Event} */ event) => this.closeMenus(event.composedPath());
    const changed = () => this.onView();
    const answered = (/** @type {Answer} */ content, /** @type {DataView[]} */ buffers) => {
      if (content.client === this.client) this.onAnswer(content, buffers);
    };
    const theme = new MutationObserver(() => this.setTheme());
    const size = new ResizeObserver(() => this.setWidth());
    const ended = new AbortController();
    window.addEventListener("keydown", keys, { capture: true, signal: ended.signal });
    window.addEventListener("pointerdown", outside, { capture: true, signal: ended.signal });
    model.on("change:view", changed);
    model.on("msg:custom", answered);
    for (const element of [document.documentElement, document.body]) theme.observe(element, { attributes: true });
    size.observe(root);
    this.setTheme();
    return () => {
      model.off("change:view", changed);
      model.off("msg:custom", answered);
      ended.abort();
      theme.disconnect();
      size.disconnect();
      clearTimeout(this.timer);
    };
  }

  setTheme() {
    const isDark = document.querySelector('html.dark, body.dark, [data-jp-theme-light="false"]');
    const isLight = document.querySelector('html.light, body.light, [data-jp-theme-light="true"]');
    this.root.style.colorScheme = isDark ? "dark" : isLight ? "light" : "light dark";
  }

  setWidth() {
    const isNarrow = this.root.clientWidth < NARROW;
    if (isNarrow === this.local.isNarrow) return;
    Object.assign(this.local, { isNarrow, drawer: false });
    this.paint();
  }

  paint() {
    const wanted = toElement(page(this.view, this.local));
    wanted.setAttribute("style", this.root.getAttribute("style") ?? "");
    const focused = focusedIn(this.root);
    const parent = this.root.contains(focused) ? focused?.parentElement : null;
    morph(this.root, wanted);
    for (const [box, checked] of this.ticks) box.checked = checked;
    if (focused instanceof HTMLElement && focusedIn(focused) !== focused) focused.focus({ preventScroll: true });
    if (parent && !this.root.contains(focusedIn(this.root))) {
      // What had the focus is gone.
      const next = parent.isConnected && parent.querySelector("button:enabled, input");
      /** @type {HTMLElement} */ (next || this.root).focus({ preventScroll: true });
    }
    this.placePins();
  }

  onView() {
    const view = this.model.get("view");
    // A view from before the last event would undo on the page what that event does.
    if (this.handled < this.sent) return;
    clearTimeout(this.timer);
    this.ticks.clear();
    this.view = view;
    this.local.message = view.notice.text ?? "";
    this.local.download = view.notice.download ?? "";
    this.local.row = Math.min(this.local.row, view.rows.length);
    this.local.column = Math.min(this.local.column, view.columns.length);
    this.paint();
    this.flush();
  }

  get handled() {
    return this.model.get("view").handled[this.client] ?? 0;
  }

  /** @param {Sent} event */
  send(event) {
    this.flush();
    clearTimeout(this.timer);
    try {
      this.model.send({ client: this.client, number: this.sent + 1, ...event });
      this.sent += 1;
      this.timer = window.setTimeout(() => this.say("Waiting for the kernel …"), WAIT_NOTICE);
    } catch {
      // What is under way is never answered.
      this.sent = this.handled;
      this.ticks.clear();
      this.say("The kernel has ended. Run the cell again.");
    }
  }

  /** Send what waits. */
  flush() {
    const event = this.queued;
    this.queued = null;
    if (event) this.send(event);
  }

  /** Send what is typed, and while an answer is awaited only the last of each field. @param {Sent} event */
  sendLast(event) {
    if (this.queued?.column !== event.column) this.flush();
    if (this.handled < this.sent) this.queued = event;
    else this.send(event);
  }

  /** @param {string} message */
  say(message) {
    this.local.message = message;
    // What is ticked on the page and not in the view was not done; while it is waited for, it stays ticked.
    if (this.handled >= this.sent) this.paint();
    else this.root.querySelector(".status")?.replaceChildren(message);
  }

  /** @param {Answer} content  @param {DataView[]} buffers */
  async onAnswer(content, buffers) {
    if (content.text !== undefined && !(await copy(content.text, this.root)))
      this.say("Not copied: the browser does not allow it.");
    if (content.cell !== undefined) {
      this.local.cell = { heading: content.heading ?? "", cell: content.cell };
      this.paint();
      /** @type {HTMLDialogElement} */ (this.root.querySelector("dialog")).showModal();
    }
    if (content.name !== undefined) {
      const href = URL.createObjectURL(new Blob([/** @type {any} */ (buffers[0])]));
      Object.assign(document.createElement("a"), { href, download: content.name }).click();
      URL.revokeObjectURL(href);
    }
  }

  // What people do

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {HTMLElement} */ (event.target).closest("[data-do], [data-send]");
    if (!(target instanceof HTMLElement)) return;
    const { do: what, send, column, place } = target.dataset;
    const box = target instanceof HTMLInputElement ? target : null;
    const checked = box?.checked ?? false;
    if (box) this.ticks.set(box, checked);
    if (send) this.send({ ...(box && { checked }), ...JSON.parse(send) });
    else if (what === "fold") this.fold();
    else if (what === "bin") this.selectBin(Number(column), Number(place));
    else if (what === "sort") this.sort(Number(column), event.shiftKey);
    else if (what === "select") this.select(target, checked, event.shiftKey);
    else if (what === "action") this.act(Number(target.dataset.action));
    if (target.matches(".sheet > button:not(.link)")) this.leaveMenu(target);
  }

  /** @param {Event} event */
  change(event) {
    const target = /** @type {HTMLInputElement} */ (event.target);
    const what = target.dataset.do;
    if (what === "page-number") {
      target.value = String(Math.min(Math.max(1, Math.round(Number(target.value))), this.view.pages));
      this.send({ type: "page", page: Number(target.value) - 1 });
    }
    if (what === "page-size") this.send({ type: "page_size", size: Number(target.value) });
    if (what === "range") this.sendRange(target);
  }

  /** @param {Event} event */
  input(event) {
    const { value, dataset } = /** @type {HTMLInputElement} */ (event.target);
    if (dataset.do === "search") this.sendLast({ type: "search", text: value });
    if (dataset.do === "value-search") this.sendLast({ type: "facet", column: Number(dataset.column), search: value });
  }

  fold() {
    const which = this.local.isNarrow ? "drawer" : "folded";
    this.local[which] = !this.local[which];
    this.paint();
  }

  /** Send the bound that is typed, or the bars that are dragged to. @param {HTMLInputElement} target */
  sendRange({ dataset, type, value, parentElement }) {
    const column = Number(dataset.column);
    const places = [...(parentElement?.querySelectorAll("input") ?? [])].map((input) => Number(input.value));
    const [first, last] = places.sort((a, b) => a - b);
    const bound = { end: dataset.end, value: type === "number" && value ? Number(value) : value || null };
    this.send(type === "range" ? { type: "bins", column, first, last } : { type: "range", column, ...bound });
  }

  /** Show the rows of one bar, or of all if it is the only one. @param {number} column  @param {number} place */
  selectBin(column, place) {
    const { bins } = /** @type {Facet} */ (this.view.facets.find((one) => one.column === column));
    const isOnly = bins.every(({ within }, at) => within === (at === place));
    this.send({ type: "bins", column, first: isOnly ? 0 : place, last: isOnly ? bins.length - 1 : place });
  }

  /** @param {number} column  @param {boolean} add */
  sort(column, add) {
    const now = this.view.columns.find((one) => one.column === column)?.sorted?.direction;
    const direction = now === undefined ? "ascending" : now === "ascending" ? "descending" : null;
    this.send({ type: "sort", column, direction, add });
  }

  /** Select a row, and with shift all from the last one that was clicked. */
  select(/** @type {HTMLElement} */ target, /** @type {boolean} */ checked, /** @type {boolean} */ isRange) {
    const row = Number(target.dataset.row);
    const ids = this.view.rows.map((one) => one.id);
    const ends = [ids.indexOf(this.anchor), ids.indexOf(row)].sort((a, b) => a - b);
    const rows = isRange && ends[0] >= 0 ? ids.slice(ends[0], ends[1] + 1) : [row];
    this.anchor = row;
    this.send({ type: "select", rows, checked });
  }

  /** Act on the selected rows, else on the one in focus. @param {number} action */
  act(action) {
    const focused = this.view.rows[this.local.row - 1];
    if (this.view.selected || focused)
      this.send({ type: "action", action, rows: this.view.selected ? null : [focused.id] });
  }

  /** Make a cell the one that the tab key reaches. @param {FocusEvent} event */
  focusin(event) {
    const cell = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-cell]"));
    if (!cell) return;
    this.root.querySelector('[data-cell][tabindex="0"]')?.setAttribute("tabindex", "-1");
    cell.setAttribute("tabindex", "0");
    [this.local.row, this.local.column] = (cell.dataset.cell ?? "0,0").split(",").map(Number);
  }

  /** @param {MouseEvent} event */
  dblclick(event) {
    const cell = /** @type {HTMLElement} */ (event.target).closest("tbody [data-cell]");
    if (cell instanceof HTMLElement) this.openCell(cell);
  }

  /** @param {HTMLElement} cell */
  openCell(cell, copy = false) {
    const heading = this.view.columns[this.local.column - 1];
    if (heading) this.send({ type: "cell", row: Number(cell.dataset.row), column: heading.column, copy });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.key === "Escape") {
      this.leaveMenu(target);
      if (this.local.drawer) {
        this.fold();
        /** @type {HTMLElement | null} */ (this.root.querySelector('[data-do="fold"]'))?.focus();
      }
    }
    if (target.matches('[role="tab"]') && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      const next = event.key === "ArrowRight" ? target.nextElementSibling : target.previousElementSibling;
      if (next instanceof HTMLElement) next.focus();
    }
    const cell = target.closest("[data-cell]");
    if (cell && !(target !== cell && event.key === " ")) this.onGridKey(event, /** @type {HTMLElement} */ (cell));
  }

  /** @param {KeyboardEvent} event  @param {HTMLElement} cell */
  onGridKey(event, cell) {
    const { key } = event;
    const { view, local } = this;
    const isHead = local.row === 0;
    const box = /** @type {HTMLInputElement | null} */ (cell.parentElement?.querySelector("td.box input"));
    const action = view.actions.findIndex((one) => one.key === key);
    if (event.ctrlKey || event.metaKey) {
      if (key !== "c" || isHead || String(window.getSelection())) return;
      this.openCell(cell, true);
    } else if (key in MOVES) this.move(...MOVES[key]);
    else if (key === "PageDown" && view.page + 1 < view.pages) this.send({ type: "page", page: view.page + 1 });
    else if (key === "PageUp" && view.page > 0) this.send({ type: "page", page: view.page - 1 });
    else if (isHead && local.column > 0 && (key === "Enter" || key === " ")) {
      if (cell.dataset.do === "sort") this.sort(Number(cell.dataset.column), event.shiftKey);
    } else if (isHead && local.column > 0 && (key === "+" || key === "-"))
      this.resize(cell, cell.offsetWidth + (key === "+" ? RESIZE_STEP : -RESIZE_STEP));
    else if (key === " " && box) {
      box.checked = !box.checked;
      this.ticks.set(box, box.checked);
      if (isHead) this.send({ type: "select", rows: view.rows.map((row) => row.id), checked: box.checked });
      else this.select(box, box.checked, event.shiftKey);
    } else if (key === "Enter") this.openCell(cell);
    else if (action >= 0 && !event.repeat && !event.altKey) this.act(action);
    else return;
    event.preventDefault();
  }

  /** @param {number} down */
  move(down, right = 0) {
    const row = Math.min(Math.max(this.local.row + down, 0), this.view.rows.length);
    const column = Math.min(Math.max(this.local.column + right, 0), this.view.columns.length);
    /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-cell="${row},${column}"]`))?.focus();
  }

  /** @param {PointerEvent} event */
  pointerdown(event) {
    const handle = /** @type {HTMLElement} */ (event.target);
    const head = handle.closest("th");
    if (!handle.matches(".resize") || !head) return;
    event.preventDefault();
    const start = event.clientX - head.offsetWidth;
    // It also gets the click that ends the drag, which would sort.
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (moved) => this.resize(head, moved.clientX - start);
    handle.onlostpointercapture = () => (handle.onpointermove = null);
  }

  /** @param {HTMLElement} head  @param {number} width */
  resize(head, width) {
    this.local.widths.set(head.dataset.name ?? "", Math.max(MIN_WIDTH, Math.round(width)));
    this.paint();
  }

  /** Sticky cells make painting slow: they are sticky only while the grid is scrolled sideways. */
  placePins() {
    const box = this.root.querySelector(".grid");
    box?.classList.toggle("scrolled", box.scrollLeft > 0);
    if (!box?.scrollLeft) return;
    let left = 0;
    /** @type {(selector: string) => NodeListOf<HTMLElement>} */
    const all = (selector) => box.querySelectorAll(selector);
    for (const head of all("thead .box, thead .pinned")) {
      const { at } = head.dataset;
      for (const cell of all(at === undefined ? ".box" : `[data-at="${at}"]`)) cell.style.left = `${left}px`;
      left += head.offsetWidth;
    }
  }

  /** @param {HTMLElement} item */
  leaveMenu(item) {
    this.closeMenus([]);
    item.closest("details.menu")?.querySelector("summary")?.focus();
  }

  /** @param {EventTarget[]} path */
  closeMenus(path) {
    for (const one of this.root.querySelectorAll("details.menu[open]"))
      if (!path.includes(one)) one.removeAttribute("open");
  }
}

/** Copy a text; pages over plain http have no clipboard. @param {string} text  @param {HTMLElement} root */
async function copy(text, root) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    const focused = /** @type {HTMLElement | null} */ (focusedIn(root));
    field.value = text;
    root.append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return isDone;
  }
}

// A stored widget without a kernel leaves its place to the static form.
/** @type {(context: { model: Model, el: HTMLElement }) => () => void} */
const render = ({ model, el }) => (el.matches(".jupyter-widgets-disconnected") ? () => {} : new Page(model, el).stop);

export default { render };
