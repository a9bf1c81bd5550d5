// Completes the options of the charts, draws them, and draws them again for another width, theme or paper.

const charts = [];

const draw = (one, printing = false) => {
  one.spec.width = printing ? PAPER.width : one.place.clientWidth;
  if (!one.spec.width) return;
  const dark = isDark() && !printing;
  const { option, height } = complete(one.spec, dark, printing, one.off);
  one.place.style.height = `${height}px`;
  one.place.style.minHeight = "0";
  const size = { width: one.spec.width, height };
  const zoom = one.chart?.getOption().dataZoom?.[0];
  if (zoom && option.dataZoom) option.dataZoom.forEach((each) => Object.assign(each, { start: zoom.start, end: zoom.end }));
  if (one.chart) one.chart.resize({ ...size, silent: true });
  else one.chart = echarts.init(one.place, null, { renderer: "svg", ...size });
  one.chart.setOption(option, { notMerge: true });
  one.drawn = one.spec.width;
  for (const [name, mark] of one.marks) mark(dark, name);
};

// A small picture of what an entry of the legend stands for.
const sign = (entry, within) => {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const set = (element, values) => Object.entries(values).forEach(([key, value]) => element.setAttribute(key, value));
  set(svg, { width: 20, height: 12, viewBox: "0 0 20 12", "aria-hidden": "true" });
  const add = (tag, values) => { const element = document.createElementNS(space, tag); set(element, values); svg.append(element); };
  if (entry.sign === "line" || entry.sign === "dashed") add("path", { d: "M1 6H19", stroke: "currentColor", "stroke-width": 2.5, ...(entry.sign === "dashed" && { "stroke-dasharray": "5 3" }) });
  else if (entry.sign === "point") add("path", { fill: "currentColor", d: { diamond: "M10 1L15 6L10 11L5 6Z", triangle: "M10 1L15.5 11H4.5Z", rect: "M5.5 1.5H14.5V10.5H5.5Z" }[entry.symbol] ?? "M10 1.5A4.5 4.5 0 1 1 9.99 1.5Z" });
  else add("rect", { x: 2, y: 1, width: 16, height: 10, fill: "currentColor", ...(entry.sign === "band" && { "fill-opacity": 0.35 }) });
  within.append(svg);
  return svg;
};

const addLegend = (one, figure) => {
  if (!one.spec.legend.length) return;
  const legend = make("div");
  legend.className = "legend";
  figure.querySelector(".chart").before(legend);
  for (const entry of one.spec.legend) {
    const element = button(undefined, legend, () => {
      one.off.has(entry.name) ? one.off.delete(entry.name) : one.off.add(entry.name);
      element.setAttribute("aria-pressed", String(!one.off.has(entry.name)));
      one.chart.dispatchAction({ type: "legendToggleSelect", name: entry.name });
    });
    element.setAttribute("aria-pressed", "true");
    element.title = entry.name;
    const picture = sign(entry, element);
    make("span", entry.name, element);
    one.marks.push([entry, (dark) => { picture.style.color = dark ? one.spec.dark[entry.colour] ?? entry.colour : entry.colour; }]);
  }
};

const failed = (figure, error) => {
  const place = figure.querySelector(".chart");
  place.classList.add("failed");
  const words = make("p", "This figure could not be drawn here; what it says stands below.");
  words.className = "problem";
  place.after(words);
  root.dataset.failed = String(error);
};

const begin = () => {
  let book;
  try {
    book = JSON.parse(document.getElementById("page-data").textContent);
  } catch (error) {
    all("figure[data-figure]").forEach((figure) => failed(figure, error));
    return;
  }
  const waiting = all("figure[data-figure]");
  const next = () => {
    const until = performance.now() + 60;
    while (waiting.length && performance.now() < until) start(book, waiting.shift());
    if (waiting.length) setTimeout(next, 0);
    else if (!root.dataset.failed) {
      performance.mark("ready");
      root.dataset.ready = "1";
    }
  };
  next();
  let theme;
  addEventListener("beforeprint", () => {
    while (waiting.length) start(book, waiting.shift());
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    charts.forEach((one) => draw(one, true));
  });
  addEventListener("afterprint", () => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    charts.forEach((one) => draw(one));
  });
};

const start = (book, figure) => {
  try {
    const spec = book.charts[figure.dataset.figure];
    spec.dark = book.dark;
    const one = { spec, place: figure.querySelector(".chart"), off: new Set(), marks: [] };
    addLegend(one, figure);
    draw(one);
    charts.push(one);
    new ResizeObserver(() => {
      if (!matchMedia("print").matches && one.place.clientWidth && one.place.clientWidth !== one.drawn) draw(one);
    }).observe(one.place.parentElement);
  } catch (error) {
    failed(figure, error);
  }
};
