// Sorts tables and copies them.

const keyOf = (cell) => cell?.dataset.value !== undefined ? Number(cell.dataset.value) : cell?.textContent.trim() ?? "";
const compare = (a, b) => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return 0;
};

const sortable = (table) => {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const element = button(undefined, undefined, () => {
      const order = { ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")] ?? "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", order);
      if (order === "none") return body.append(...original);
      const sign = order === "ascending" ? 1 : -1;
      const keyed = original.map((row) => [keyOf(row.cells[column]), row]);
      // In a column of numbers, rows without one stay at the end.
      const numbers = keyed.some(([key]) => typeof key === "number");
      const missing = ([key]) => Number(numbers && typeof key !== "number");
      keyed.sort((a, b) => missing(a) - missing(b) || sign * compare(a[0], b[0]));
      body.append(...keyed.map(([, row]) => row));
    });
    element.append(...head.childNodes);
    head.append(element);
    head.setAttribute("aria-sort", "none");
  });
};

// Numbers as they are read, in the unit of the head; an error after `±` has a column of its own.
const csv = (table) => {
  const quote = (text) => {
    const safe = /^[=+@-]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const words = (cell) => (cell.textContent ?? "").trim().replace(/\s+/g, " ");
  const heads = [...table.tHead.rows[0].cells].map((head) => {
    const unit = head.querySelector(".unit")?.textContent ?? "";
    const name = words(head);
    return unit ? `${name.slice(0, name.length - unit.length).trim()} (${unit})` : name;
  });
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells]);
  const split = heads.map((_, column) => rows.some((row) => row[column]?.dataset.value !== undefined && words(row[column]).includes("±")));
  const lines = [heads.flatMap((head, column) => split[column] ? [head, `${head} standard error`] : [head])];
  for (const row of rows) {
    lines.push(row.flatMap((cell, column) => {
      const plain = cell.dataset.value !== undefined ? words(cell).replaceAll("−", "-") : words(cell);
      if (!split[column]) return [plain];
      const [value, error = ""] = plain.split("±");
      return [value.trim(), error.trim()];
    }));
  }
  return lines.map((line) => line.map(quote).join(",")).join("\n") + "\n";
};

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", undefined, document.body);
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
};

const addTools = (holder) => {
  const table = holder.querySelector("table");
  sortable(table);
  const tools = make("div");
  tools.className = "tools";
  holder.querySelector(".top").append(tools);
  if (holder.classList.contains("has-more")) {
    button("Show intervals", tools, (element) => {
      const on = holder.classList.toggle("show-more");
      element.textContent = on ? "Hide intervals" : "Show intervals";
    });
  }
  button("Copy as CSV", tools, async (element) => {
    element.textContent = await copy(csv(table)) ? "Copied" : "Not copied";
    setTimeout(() => { element.textContent = "Copy as CSV"; }, 1500);
  });
};
