// Draws the charts, sorts and copies tables, changes the theme. Names reach the page as text only: never as markup.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (tag, text, within) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (within) within.append(element);
    return element;
  };
  const button = (text, within, act) => {
    const element = make("button", text, within);
    element.type = "button";
    element.addEventListener("click", () => act(element));
    return element;
  };
  const shorten = (text, length) => [...text].length > length ? [...text].slice(0, length - 1).join("") + "…" : text;
  const spell = (value, digits) => Number(value).toLocaleString("en-GB", digits).replace("-", "−");
  const number = (value) => spell(value, Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });

  // ---- theme ------------------------------------------------------------------------------------------------------
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches;
  const ink = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // ---- marks that ECharts does not know ---------------------------------------------------------------------------
  // Each takes the series and gives its `renderItem`.
  const line = (from, to, style) => ({ type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style });
  const has = (...values) => values.every((value) => value !== null && value !== undefined);
  const whisker = (from, to, cap, style) => {
    const upright = Math.abs(from[0] - to[0]) < Math.abs(from[1] - to[1]);
    const [dx, dy] = upright ? [cap, 0] : [0, cap];
    const end = (p) => line([p[0] - dx, p[1] - dy], [p[0] + dx, p[1] + dy], style);
    return [line(from, to, style), end(from), end(to)];
  };
  const block = (a, b, style) => ({
    type: "rect",
    shape: { x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), width: Math.max(Math.abs(a[0] - b[0]), 0.5), height: Math.max(Math.abs(a[1] - b[1]), 0.5) },
    style,
  });
  // A place at `at` on the axis of names and `value` on the other, moved by `aside` pixels along the names.
  const placer = (series, api) => (at, value, aside = 0) => {
    const [x, y] = api.coord(series.across ? [value, at] : [at, value]);
    return series.across ? [x, y + aside] : [x + aside, y];
  };
  const thickness = (series, api, most) => {
    const size = series.across ? api.size([0, series.width])[1] : api.size([series.width, 0])[0];
    return Math.min(Math.abs(size), most);
  };
  const group = (children) => ({ type: "group", children });

  const DRAW = {
    frame: () => () => null,
    band: (series) => (params, api) => {
      if (params.dataIndexInside !== 0) return null;
      const upper = series.data.map((row) => api.coord([row[0], row[2]]));
      const lower = series.data.map((row) => api.coord([row[0], row[1]])).reverse();
      return { type: "polygon", shape: { points: upper.concat(lower) }, style: { fill: series.color, opacity: 0.2 }, silent: true };
    },
    region: (series) => (params, api) => ({
      type: "polygon",
      shape: { points: series.data[params.dataIndex].outline.map((corner) => api.coord(corner)) },
      style: { fill: series.color, fillOpacity: 0.12, stroke: series.color, strokeOpacity: 0.55, lineWidth: 1 },
      silent: true,
    }),
    errorbar: (series) => (params, api) => {
      const [x, y, left, right, low, high] = series.data[params.dataIndex];
      const style = { stroke: series.color, lineWidth: 1.5, fill: null };
      const children = [];
      if (has(left, right)) children.push(...whisker(api.coord([left, y]), api.coord([right, y]), 3, style));
      if (has(low, high)) children.push(...whisker(api.coord([x, low]), api.coord([x, high]), 3, style));
      return group(children);
    },
    bar: (series) => (params, api) => {
      const [at, from, to, low, high] = series.data[params.dataIndex];
      const place = placer(series, api);
      const half = thickness(series, api, 56) / 2;
      const children = [block(place(at, from, -half), place(at, to, half), { fill: series.color, opacity: 0.85 })];
      if (has(low, high)) children.push(...whisker(place(at, low), place(at, high), Math.min(4, half), { stroke: ink("--ink"), lineWidth: 1.2 }));
      return group(children);
    },
    box: (series) => (params, api) => {
      const [at, low, first, middle, third, high] = series.data[params.dataIndex];
      const place = placer(series, api);
      const half = thickness(series, api, 26) / 2;
      const stroke = { stroke: series.color, lineWidth: 1.4 };
      return group([
        line(place(at, low), place(at, first), stroke),
        line(place(at, third), place(at, high), stroke),
        line(place(at, low, -half / 2), place(at, low, half / 2), stroke),
        line(place(at, high, -half / 2), place(at, high, half / 2), stroke),
        block(place(at, first, -half), place(at, third, half), { fill: series.color, fillOpacity: 0.28, stroke: series.color, lineWidth: 1.2 }),
        line(place(at, middle, -half), place(at, middle, half), { stroke: series.color, lineWidth: 2.6 }),
      ]);
    },
    label: (series) => (params, api) => {
      const place = series.room(series.data[params.dataIndex], api, params.coordSys);
      return place ? { type: "text", style: { ...place, verticalAlign: "middle", fontSize: 11, fill: ink("--ink"), stroke: ink("--paper"), lineWidth: 2 }, silent: true } : null;
    },
    cell: (series) => (params, api) => {
      const { value, text, ink: letters, ground, chosen, near } = series.data[params.dataIndex];
      const [x, y] = api.coord([value[0], value[1]]);
      const [width, height] = api.size([1, 1]).map(Math.abs);
      const corner = (inset, sign) => [x + sign * (width / 2 - inset), y + sign * (height / 2 - inset)];
      const children = [block(corner(0.5, -1), corner(0.5, 1), { fill: ground })];
      if (text) {
        const words = { text, x, y, align: "center", verticalAlign: "middle", fill: letters, fontSize: width < 46 ? 10 : 12, fontWeight: chosen ? "bold" : "normal", width: width - 6, overflow: "truncate", ellipsis: "…" };
        children.push({ type: "text", style: words, silent: true });
      }
      if (chosen) children.push(block(corner(2.5, -1), corner(2.5, 1), { fill: null, stroke: letters, lineWidth: 3 }));
      if (near) children.push(block(corner(2.5, -1), corner(2.5, 1), { fill: null, stroke: letters, lineWidth: 1.5, lineDash: [2, 3] }));
      return group(children);
    },
  };

  // Places names beside their points: right, left, above or below, wherever neither a point nor another name is. A name
  // that finds no place is left to the pointer. Places are found once for all points of a panel, hidden ones included.
  const labelRoom = (list) => {
    let known = "";
    let places = new Map();
    const meets = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    return (point, api, area) => {
      const key = [area.x, area.y, area.width, area.height, ...api.coord([0, 0]), ...api.coord([1, 1])].join();
      if (key !== known) {
        known = key;
        places = new Map();
        const points = list.flatMap((series) => series.data).map((one) => ({ one, at: api.coord(one.value) }));
        const taken = points.map(({ at: [x, y] }) => ({ x: x - 5, y: y - 5, width: 10, height: 10 }));
        for (const { one, at: [x, y] } of points) {
          if (!one.name) continue;
          const text = shorten(one.name, 26);
          const width = widest([text]) * 11 / 12 + 2;
          const boxes = [[x + 8, y - 7], [x - 8 - width, y - 7], [x - width / 2, y - 21], [x - width / 2, y + 8], [x + 5, y - 19], [x + 5, y + 6], [x - 5 - width, y - 19], [x - 5 - width, y + 6]];
          const fits = boxes.map(([left, top]) => ({ x: left, y: top, width, height: 14 }))
            .find((box) => box.x >= area.x && box.x + width <= area.x + area.width + 20 && box.y >= area.y && box.y + 14 <= area.y + area.height && !taken.some((other) => meets(box, other)));
          if (!fits) continue;
          taken.push(fits);
          places.set(one, { text, x: fits.x, y: fits.y + 7 });
        }
      }
      return places.get(point);
    };
  };

  // ---- what a pointer reads ---------------------------------------------------------------------------------------
  const nameOf = (axis, value) => axis.names ? axis.names[Math.round(value)] ?? "" : number(value);
  const span = (ends) => ends ? `${number(ends[0])} to ${number(ends[1])}` : "";
  const row = (tip, key, value, colour) => {
    const line = make("div", undefined, tip);
    const left = make("span", undefined, line);
    if (colour) make("i", undefined, left).style.background = colour;
    left.append(shorten(key, 80));
    make("span", value, line);
  };
  const tipOf = (spec, option, params) => {
    const tip = make("div");
    tip.className = "tip";
    const series = option.series[params.seriesIndex];
    const [x, y] = [option.xAxis[series.xAxisIndex], option.yAxis[series.yAxisIndex]];
    const [alongX, alongY] = [spec.x || "x", spec.y[series.yAxisIndex] || "y"];
    const data = params.data;
    const title = (text) => text && make("b", shorten(text, 220), tip);
    if (series.draw === "cell") {
      title(`${nameOf(y, data.value[1])} · ${nameOf(x, data.value[0])}`);
      row(tip, data.chosen ? "chosen" : data.near ? "not told from the chosen one" : "value", number(data.value[2]));
      if (data.text) row(tip, "reads", data.text);
    } else if (series.draw === "bar" || series.draw === "box") {
      const [names, values] = series.across ? [y, x] : [x, y];
      title(nameOf(names, data[0]));
      row(tip, series.name ?? (series.across ? alongX : alongY), "", series.color);
      if (series.draw === "box") ["5 %", "25 %", "median", "75 %", "95 %"].forEach((what, n) => row(tip, what, number(data[n + 1])));
      else {
        if (data[1]) row(tip, "from", nameOf(values, data[1]));
        row(tip, data[1] ? "to" : "value", nameOf(values, data[2]));
        if (has(data[3], data[4])) row(tip, "interval", span([data[3], data[4]]));
      }
    } else if (data && data.value) {
      title(data.name || series.name);
      if (data.name && series.name) row(tip, series.name, "", series.color);
      row(tip, alongX, nameOf(x, data.value[0]));
      if (data.across) row(tip, "interval", span(data.across));
      row(tip, alongY, nameOf(y, data.value[1]));
      if (data.along) row(tip, "interval", span(data.along));
    } else {
      title(series.name);
      row(tip, alongX, nameOf(x, data[0]));
      row(tip, alongY, nameOf(y, data[1]));
    }
    return tip;
  };
  // The row of a line or band at a place: of the step that holds there, or between its neighbours; none outside of it.
  const rowAt = (series, x) => {
    const data = series.data;
    if (!data.length || x < data[0][0] || x > data[data.length - 1][0]) return null;
    let [low, high] = [0, data.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (data[middle][0] <= x) low = middle;
      else high = middle - 1;
    }
    const [before, after] = [data[low], data[low + 1]];
    if (series.step || !after || before[0] === x) return before;
    const share = (x - before[0]) / (after[0] - before[0]);
    return before.map((value, n) => value + share * (after[n] - value));
  };
  const tipAlong = (spec, option, list, off) => {
    const first = list.find((params) => option.series[params.seriesIndex].draw !== "frame");
    if (!first) return "";
    const tip = make("div");
    tip.className = "tip";
    const x = first.data[0];
    make("b", `${shorten(spec.x || "x", 60)}: ${number(x)}`, tip);
    for (const series of option.series) {
      if (!series.name || off.has(series.name)) continue;
      const found = rowAt(series, x);
      if (found) row(tip, series.name, series.draw === "band" ? span([found[1], found[2]]) : number(found[1]), series.color);
    }
    return tip;
  };

  // ---- room and ink -----------------------------------------------------------------------------------------------
  const ruler = document.createElement("canvas").getContext("2d");
  const widest = (names) => {
    ruler.font = `12px ${ink("--sans")}`;
    return Math.max(0, ...names.map((name) => ruler.measureText(shorten(name, 60)).width));
  };
  const ANGLE = 38 * Math.PI / 180;

  // Pixels of a page of A4 between its margins, of the tallest chart that leaves room for its words, and how much lower
  // charts are there, so that two stand on a page.
  const PAPER = { width: 680, height: 800, lower: 0.66 };

  // Sets margins, heights and label widths for a width in pixels; returns the height of the whole.
  const fit = (spec, option, width, printing) => {
    const listed = option.yAxis.filter((axis) => axis.names);
    const most = Math.min(230, width * 0.34);
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
      const round = (value, digits) => !(range > 0) || Math.abs(value / 10 ** (Math.floor(Math.log10(range)) - digits) % 1) < 1e-9;
      if (range > 0 && axis.type === "value") Object.assign(label, { showMinLabel: round(axis.min, 1), showMaxLabel: round(axis.max, 1) });
      label.formatter = (value) => axis.type === "log" || round(value, 3) ? spell(value, { maximumSignificantDigits: 6 }) : "";
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
          if (words) guide.label = { show: true, formatter: () => shorten(words, 40), color: soft, fontSize: 11, textBorderColor: paper, textBorderWidth: 2, ...("xAxis" in guide ? { position: "end", distance: 4 } : { position: "insideEndTop" }) };
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

  // ---- charts -----------------------------------------------------------------------------------------------------
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

  // ---- tables -----------------------------------------------------------------------------------------------------
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

  // ---- the page ---------------------------------------------------------------------------------------------------
  const addTheme = () => {
    const label = () => isDark() ? "Light" : "Dark";
    const element = button(label(), document.querySelector("header"), () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      element.textContent = label();
      charts.forEach((one) => draw(one));
    });
    element.className = "theme";
    prefersDark.addEventListener("change", () => {
      element.textContent = label();
      charts.forEach((one) => draw(one));
    });
  };

  const followContents = () => {
    const links = new Map(all(".contents a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    }, { rootMargin: "-10% 0px -80% 0px" });
    all("main > section[id]").forEach((section) => seen.observe(section));
  };

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open]):not(.licences)");
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));

  addTheme();
  all(".table").forEach(addTools);
  followContents();
  begin();
})();
