// What a pointer reads.

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
    row(tip, data.chosen ? "chosen" : data.near ? "interval overlaps the best" : "value", number(data.value[2]));
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
