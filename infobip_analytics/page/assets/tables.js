// Tables sort by a click on a heading, and what is copied of them arrives whole in an e-mail.
"use strict";
(() => {
  const value = (cell) => cell?.dataset.sort ?? cell?.textContent.trim() ?? "";

  // "92.7 %", "1,204", "<0.1 %" are numbers; what is neither number nor text comes last
  const number = (text) => {
    const found = /^[<>\u2264\u2265]?\s*([+\u2212-]?[\d,]*\.?\d+)/.exec(text);
    return found ? parseFloat(found[1].replaceAll(",", "").replace("\u2212", "-")) : NaN;
  };

  const compare = (one, other, numeric) => {
    if (!numeric) return one.localeCompare(other, "en");
    const [a, b] = [number(one), number(other)];
    return Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : a - b;
  };

  const sort = (heading) => {
    const table = heading.closest("table");
    const place = [...heading.parentNode.children].indexOf(heading);
    const numeric = heading.classList.contains("number");
    // numbers from the greatest, names from A; the next click the other way round
    const was = heading.getAttribute("aria-sort");
    const down = was ? was === "ascending" : numeric;
    for (const each of heading.parentNode.children) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    // what stands indented below a row stays with it
    const rows = [];
    for (const row of body.rows) {
      if (row.classList.contains("status") && rows.length) rows.at(-1).all.push(row);
      else rows.push({ all: [row], text: value(row.cells[place]) });
    }
    // a dash is no name, and no number
    const empty = ({ text }) => (numeric ? Number.isNaN(number(text)) : /^\u2014?$/.test(text));
    rows.sort((a, b) =>
      empty(a) || empty(b)
        ? empty(a) - empty(b)
        : (down ? -1 : 1) * compare(a.text, b.text, numeric));
    body.append(...rows.flatMap(({ all }) => all));
  };

  for (const heading of document.querySelectorAll("table thead th")) {
    if (heading.classList.contains("axis") || heading.classList.contains("trend")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading));
    heading.append(button);
  }

  // an e-mail has neither our style sheet nor our dark colours: each cell brings its own look
  const LOOK = "padding:4px 10px;border-bottom:1px solid #dde2e7;vertical-align:top;text-align:";
  const plain = (fragment) => {
    for (const drawn of fragment.querySelectorAll("svg")) drawn.remove();
    for (const button of fragment.querySelectorAll("button")) button.replaceWith(...button.childNodes);
    for (const each of fragment.querySelectorAll("*")) {
      const side = each.classList.contains("number") ? "right" : "left";
      for (const { name } of [...each.attributes]) {
        if (!/^(colspan|rowspan|scope|href)$/.test(name)) each.removeAttribute(name);
      }
      if (each.matches("th, td")) each.setAttribute("style", LOOK + side);
      if (each.matches("small")) each.setAttribute("style", "color:#56626f");
      if (each.matches("table")) {
        each.setAttribute("style", "border-collapse:collapse;font:14px sans-serif;color:#17212b");
      }
    }
    return fragment;
  };

  document.addEventListener("copy", (event) => {
    const chosen = getSelection();
    if (!chosen.rangeCount) return;
    const holder = document.createElement("div");
    holder.append(chosen.getRangeAt(0).cloneContents());
    if (!holder.querySelector("tr")) return;
    // a part of a table comes without the table round it
    if (!holder.querySelector("table")) {
      const table = document.createElement("table");
      table.append(...holder.childNodes);
      holder.append(table);
    }
    event.clipboardData.setData("text/html", plain(holder).innerHTML);
    event.clipboardData.setData("text/plain", chosen.toString());
    event.preventDefault();
  });
})();
