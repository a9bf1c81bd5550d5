// Marks that ECharts does not know: each takes its series and gives the `renderItem` that draws it.

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
    const style = { stroke: series.color, lineWidth: series.thin ? 0.8 : 1.5, opacity: series.thin ? 0.6 : 1, fill: null };
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
