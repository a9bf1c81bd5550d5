// Room and ink: margins, heights, labels and rotation for a width, and what every axis wears.

const ruler = document.createElement("canvas").getContext("2d");
const widest = (names) => {
  ruler.font = `12px ${ink("--sans")}`;
  return Math.max(0, ...names.map((name) => ruler.measureText(shorten(name, 60)).width));
};
const ANGLE = 38 * Math.PI / 180;

// Pixels of a page of A4 between its margins, of the tallest chart that leaves room for its words, and how much lower
// charts are there, so that two stand on a page.
const PAPER = { width: 680, height: 730, lower: 0.66 };

// Sets margins, heights and label widths for a width in pixels; returns the height of the whole.
const fit = (spec, option, width, printing) => {
  const listed = option.yAxis.filter((axis) => axis.names);
  const most = Math.min(300, width * 0.34);
  let left = Math.max(width < 500 ? 46 : 56, ...listed.map((axis) => Math.ceil(Math.min(widest(axis.names) + 2, most)) + 14));
  const right = 24;
  const names = option.xAxis[0]?.names;
  let below = 24;
  let turn = 0;
  let longestName = 160;
  if (names) {
    const room = (width - left - right) / names.length;
    const longest = widest(names);
    if (longest > room - 8) {
      const cut = Math.min(longest, 130);
      turn = 38;
      below = Math.ceil(Math.sin(ANGLE) * cut) + 22;
      left = Math.max(left, Math.ceil(Math.cos(ANGLE) * cut - room / 2) + 8);
      longestName = cut;
    }
  }
  const sum = spec.heights.reduce((a, b) => a + b, 0);
  const share = printing ? Math.min(listed.length ? 1 : PAPER.lower, (PAPER.height - 40 * spec.heights.length - below) / sum) : 1;
  const heights = spec.heights.map((height) => Math.round(height * share));
  let top = 4;
  option.title = [];
  option.grid.forEach((grid, n) => {
    const guides = option.series.filter((series) => series.xAxisIndex === n && series.markLine).flatMap((series) => series.markLine.data);
    const shaded = n === 0 && option.series.some((series) => series.markArea?.data.some(([start]) => start.label));
    const raised = shaded || guides.some((guide) => guide.words && "xAxis" in guide) ? 16 : 0;
    if (spec.y[n]) {
      option.title.push({ text: spec.y[n], left: 0, top, padding: 0, textStyle: { fontSize: 12, fontWeight: "normal", color: ink("--soft"), width: width - 8, overflow: "truncate" } });
      top += 22;
    }
    top += 6 + raised;
    Object.assign(grid, { left, right, top, height: heights[n] });
    top += heights[n] + 16;
  });
  const zoom = spec.zoom && !printing;
  const titled = spec.x ? 24 : 0;
  option.grid.forEach((grid, n) => {
    const last = n + 1 === option.grid.length;
    dress(option.xAxis[n], { vertical: false, last, width: width - left - right, cut: longestName, turn });
    dress(option.yAxis[n], { vertical: true, last: true, width: grid.height, cut: left - 14, turn: 0 });
    if (last && spec.x) Object.assign(option.xAxis[n], { name: shorten(spec.x, Math.floor(width / 7)), nameLocation: "middle", nameGap: below + 4, nameTextStyle: { color: ink("--soft"), fontSize: 12 } });
  });
  if (zoom) {
    const which = option.xAxis.map((_, n) => n);
    const quiet = { borderColor: ink("--line"), fillerColor: "rgba(128,128,128,0.15)", handleStyle: { color: ink("--card"), borderColor: ink("--soft") }, moveHandleStyle: { color: ink("--line") }, dataBackground: { lineStyle: { color: ink("--line") }, areaStyle: { color: ink("--line") } }, selectedDataBackground: { lineStyle: { color: ink("--soft") }, areaStyle: { color: ink("--line") } } };
    option.dataZoom = [
      { type: "slider", xAxisIndex: which, filterMode: "none", height: 18, bottom: 4, left, right, showDetail: false, brushSelect: false, moveHandleSize: 4, ...quiet },
      { type: "inside", xAxisIndex: which, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseMove: false, moveOnMouseWheel: false, preventDefaultMouseMove: false },
    ];
  }
  return top - 16 + below + titled + (zoom ? 30 : 0) + 4;
};

const logTicks = (low, high) => {
  const ticks = [];
  const wide = Math.log10(high / low) > 3;
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const step of wide ? [1] : [1, 2, 5]) {
      const tick = step * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(Number(tick.toPrecision(3)));
    }
  }
  return ticks;
};

const dress = (axis, { vertical, last, width, cut, turn }) => {
  const soft = ink("--soft");
  const label = { show: last, color: soft, fontSize: 12, hideOverlap: true };
  Object.assign(axis, {
    axisLabel: label,
    axisLine: { show: !vertical || Boolean(axis.names), onZero: false, lineStyle: { color: soft, width: 1 } },
    axisTick: { show: !vertical && last && !axis.names, lineStyle: { color: soft } },
    splitLine: { show: !axis.names && (vertical || !last || axis.gridded), lineStyle: { color: ink("--line"), width: 1 } },
  });
  if (axis.names) {
    Object.assign(label, { customValues: axis.names.map((_, n) => n), formatter: (value) => shorten(axis.names[Math.round(value)] ?? "", 60), width: cut, overflow: "truncate", rotate: turn, hideOverlap: !turn && !vertical, color: ink("--ink") });
  } else {
    axis.splitNumber = Math.max(2, Math.round(width / (vertical ? 55 : 95)));
    if (axis.type === "log" && axis.min > 0) {
      label.customValues = logTicks(axis.min, axis.max);
      axis.axisTick.customValues = label.customValues;
    }
    // Ends that a figure fixes need not be round: such a label is left out, also where a zoom has cut.
    const range = axis.max - axis.min;
    const multiple = (value, step) => Math.abs(value / step - Math.round(value / step)) < 1e-6;
    if (range > 0 && axis.type === "value") {
      const rough = range / axis.splitNumber;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = power * [1, 2, 3, 5, 10].find((n) => n * power >= rough * 0.8);
      Object.assign(label, { showMinLabel: multiple(axis.min, step), showMaxLabel: multiple(axis.max, step) });
      label.formatter = (value) => multiple(value, 10 ** (Math.floor(Math.log10(range)) - 3)) ? spell(value, { maximumSignificantDigits: 6 }) : "";
    } else label.formatter = (value) => spell(value, { maximumSignificantDigits: 6 });
  }
};

// Colours of the theme, functions in the place of their names, styles that all figures share.
const complete = (spec, dark, printing, off) => {
  const option = structuredClone(spec.option);
  const [paper, soft, card] = [ink("--paper"), ink("--soft"), ink("--card")];
  const tall = option.yAxis.some((axis) => axis.names);
  option.xAxis.forEach((axis) => { axis.gridded = tall || option.tooltip.trigger === "item"; });
  option.textStyle = { fontFamily: ink("--sans") };
  // On an axis of names every point has its name already.
  const named = (series) => option.xAxis[series.xAxisIndex].names || option.yAxis[series.yAxisIndex].names;
  const labelled = option.series.filter((series) => series.type === "scatter" && !named(series) && series.data.some((point) => point.name));
  const rooms = option.grid.map((_, n) => labelRoom(option.series.filter((series) => series.type === "scatter" && series.xAxisIndex === n)));
  for (const { name, data, xAxisIndex, yAxisIndex } of labelled) {
    option.series.push({ type: "custom", draw: "label", name, data, xAxisIndex, yAxisIndex, room: rooms[xAxisIndex], encode: { x: [0], y: [1] }, z: 6 });
  }
  for (const series of option.series) {
    if (series.color) {
      series.color = dark ? spec.dark[series.color] ?? series.color : series.color;
      series.itemStyle = { color: series.color };
      if (series.lineStyle) series.lineStyle.color = series.color;
    }
    if (series.draw) {
      series.renderItem = DRAW[series.draw](series);
      series.silent = ["frame", "band", "region", "errorbar", "label"].includes(series.draw);
    }
    if (series.markLine) {
      Object.assign(series.markLine, { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: soft, width: 1, type: "dashed" } });
      for (const guide of series.markLine.data) {
        const { words } = guide;
        if (words) guide.label = { show: true, formatter: () => shorten(words, 40), color: soft, fontSize: 11, textBorderColor: paper, textBorderWidth: 2, ...("xAxis" in guide ? { position: option.yAxis[series.yAxisIndex].inverse ? "start" : "end", distance: 4 } : { position: "insideEndTop" }) };
        else guide.lineStyle = { type: "solid", color: soft };
      }
    }
    if (series.markArea) {
      Object.assign(series.markArea, { silent: true, animation: false, label: { show: false }, itemStyle: { color: soft, opacity: 0.14 } });
      const room = spec.width / series.markArea.data.length;
      for (const [start] of series.markArea.data) {
        const { words } = start;
        if (words && room > 40) start.label = { show: true, formatter: () => shorten(words, Math.max(6, Math.floor(room / 7))), position: "top", distance: 4, color: soft, fontSize: 11 };
      }
    }
  }
  option.legend.selected = Object.fromEntries([...off].map((name) => [name, false]));
  Object.assign(option.tooltip, { confine: true, backgroundColor: card, borderColor: ink("--line"), borderWidth: 1, padding: [6, 10], textStyle: { color: ink("--ink"), fontSize: 13 }, transitionDuration: 0, axisPointer: { type: "line", lineStyle: { color: soft, type: "solid", width: 1 } } });
  option.tooltip.formatter = (params) => Array.isArray(params) ? tipAlong(spec, option, params, off) : tipOf(spec, option, params);
  const height = fit(spec, option, spec.width, printing);
  return { option, height };
};
