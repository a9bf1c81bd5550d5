// Opens a page from disk in a browser without a network and says what it finds, as one JSON document.
// usage: node page.mjs PAGE.html CHROMIUM [FOLDER for screenshots]
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [file, executablePath, folder] = process.argv.slice(2);
const address = pathToFileURL(file).href;
const found = { console: [], errors: [], requests: [] };

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"] });

const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...options });
  const page = await context.newPage();
  page.on("console", (message) => found.console.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => found.errors.push(error.message));
  page.on("request", (request) => { if (request.url() !== address && !request.url().startsWith("data:")) found.requests.push(request.url()); });
  await page.goto(address);
  return page;
};
const ready = (page) => page.waitForFunction(() => document.documentElement.dataset.ready ?? document.documentElement.dataset.failed, null, { timeout: 20000 });
const picture = async (page, name) => folder && page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
// Ratio of contrast (WCAG 2) of the first of each kind of text against the ground of the page.
const contrast = (page) => page.evaluate(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map(Number).slice(0, 3).map((part) => {
      const x = part / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = getComputedStyle(document.body).backgroundColor;
  const ratios = ["p", "h1", "h2", "figcaption", ".basis", "td", "thead th", ".note", "a", "footer p"]
    .flatMap((selector) => [...document.querySelectorAll(selector)].filter((element) => !element.closest(".banner")).slice(0, 1))
    .map((element) => {
      const [a, b] = [light(getComputedStyle(element).color), light(ground)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    });
  return { ground, lowest: Math.min(...ratios) };
});

try {
  const page = await open();
  await ready(page);
  found.failed = await page.evaluate(() => document.documentElement.dataset.failed ?? null);
  found.milliseconds = await page.evaluate(() => performance.getEntriesByName("ready")[0]?.startTime ?? 1e9);
  found.charts = await page.locator(".chart").count();
  found.drawn = await page.evaluate(() => [...document.querySelectorAll(".chart")].filter((chart) => chart.querySelector("svg path, svg text")).length);
  found.described = await page.evaluate(() => [...document.querySelectorAll("figure[data-figure]")].filter((figure) => figure.querySelector(".chart").getAttribute("aria-label") && figure.querySelector("figcaption").textContent.trim()).length);
  found.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  found.texts = await page.evaluate(() => [...document.querySelectorAll("tbody tr > :first-child")].map((cell) => cell.textContent));
  found.tables = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll(".table")].map((table) => [
    table.id.replace(/^table-/, ""),
    [...table.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.dataset.value ?? null)),
  ])));
  found.light = await contrast(page);
  await picture(page, "light");

  // The second column of the first table that has numbers: up, down, as it was.
  const rows = (id) => page.evaluate((id) => [...document.querySelectorAll(`#${id} tbody tr`)].map((row) => [row.cells[0].textContent, row.cells[1].dataset.value ?? null]), id);
  const sorted = await page.evaluate(() => [...document.querySelectorAll(".table")].find((table) => table.querySelector("tbody td:nth-child(2)[data-value]"))?.id ?? null);
  if (sorted) {
    const head = page.locator(`#${sorted} thead th:nth-child(2)`);
    found.sorting = { before: await rows(sorted), orders: [] };
    for (const key of ["up", "down", "again"]) {
      if (key === "down") {
        await head.locator("button").focus();
        await page.keyboard.press("Enter");
      } else await head.locator("button").click();
      found.sorting[key] = await rows(sorted);
      found.sorting.orders.push(await head.getAttribute("aria-sort"));
    }
  }

  // A click in the legend of the first figure that has one hides marks, and a second brings them back.
  const legend = page.locator("figure:has(.legend button)").first();
  if (await legend.count()) {
    const marks = () => legend.locator(".chart svg path").count();
    const button = legend.locator(".legend button").last();
    found.legend = [await marks()];
    for (let click = 0; click < 2; click += 1) {
      await button.click();
      await page.waitForTimeout(150);
      found.legend.push(await marks());
    }
    // What a pointer reads is text as well.
    const box = await legend.locator(".chart svg").boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
  }
  // Over every mark of every figure: a name in a tooltip must not become an element.
  for (const chart of await page.locator(".chart").all()) {
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    for (const share of [0.3, 0.5, 0.7]) await page.mouse.move(box.x + box.width * share, box.y + Math.min(box.height, 300) * share);
  }
  found.tips = await page.locator(".tip").count();

  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForTimeout(300);
  found.dark = await contrast(page);
  await picture(page, "dark");
  await page.locator("button.theme").click();
  found.switched = (await contrast(page)).ground;
  await page.emulateMedia({ colorScheme: "light" });

  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true, ...(folder && { path: join(folder, "print.pdf") }) });
  found.pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
  found.pwned = await page.evaluate(() => window.__pwned ?? null);
  found.strangers = await page.evaluate(() => document.querySelectorAll("img, iframe, object, link[rel=stylesheet], main script, header script").length);

  const narrow = await open({ viewport: { width: 380, height: 800 } });
  await ready(narrow);
  found.narrow = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await picture(narrow, "narrow");

  const plain = await open({ javaScriptEnabled: false });
  found.plain = { figures: await plain.locator("noscript svg").count(), buttons: await plain.locator("button").count(), rows: await plain.locator("tbody tr").count() };
  await picture(plain, "plain");
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
