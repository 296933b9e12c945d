// Visits pages in a browser as people do: searches, filters, sorts, opens a token; light and dark, on a phone, on paper,
// with the keyboard and without the script. Ends with status 1 and says why where a page asks for something, complains,
// does not do what it should, or fails a rule of axe. `--screens FOLDER` makes pictures, `--time` says how long pages take.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const tools = process.env.HRKULINT_BROWSER_TOOLS;
assert(tools, "HRKULINT_BROWSER_TOOLS names the folder of Node modules");
const need = createRequire(path.join(path.resolve(tools), "x.js"));
const puppeteer = need("puppeteer-core");
const axe = need("axe-core");

const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true };
const DESK = { width: 1280, height: 900 };
const PAPER = { width: 794, height: 1123 };

const words = process.argv.slice(2);
const option = (name) => {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words.splice(at, 2)[1];
};
const screens = option("--screens");
const timed = words.includes("--time");
const files = words.filter((word) => word !== "--time");

const browser = await puppeteer.launch({
  executablePath: process.env.HRKULINT_BROWSER ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

/// Opens a page that must neither ask for anything nor say anything.
async function open(file, viewport, scheme, complaints) {
  const page = await browser.newPage();
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith("file:") && !url.startsWith("data:")) complaints.push(`request: ${url}`);
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const start = performance.now();
  await page.goto(pathToFileURL(path.resolve(file)).href, { waitUntil: "load" });
  // Until the first picture of it is there.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  const took = performance.now() - start;
  return { page, took };
}

async function violations(page) {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map((it) => `${it.id}: ${it.help}: ${it.nodes[0].html.slice(0, 200)}`);
}

const shown = (page) => page.$$eval("#all tbody tr", (rows) => rows.filter((row) => row.checkVisibility()).map((row) => row.textContent));
const settle = () => new Promise((done) => setTimeout(done, 300));

async function use(page) {
  if (!(await page.$("#all"))) return;
  const all = await shown(page);
  // Search: what is shown has all words, what is hidden has not.
  const word = all[all.length - 1].slice(-9).toLowerCase();
  await page.type("#search", word);
  await settle();
  const found = await shown(page);
  assert.deepEqual(found, all.filter((row) => row.toLowerCase().includes(word)));
  assert(found.length > 0);
  assert.equal(await page.$eval("#shown", (it) => it.textContent), `${found.length} of ${all.length} shown`);
  await page.click("#reset");
  await settle();
  assert.equal((await shown(page)).length, all.length);
  // Filter.
  for (const name of ["level", "environment", "kind"]) {
    const values = await page.$$eval(`#${name} option`, (options) => options.map((it) => it.value).filter(Boolean));
    for (const value of values) {
      await page.select(`#${name}`, value);
      await settle();
      for (const row of (await shown(page)).slice(0, 50)) assert(row.includes(value), `${row} has no ${value}`);
    }
    await page.click("#reset");
    await settle();
  }
  // Sort: once upwards, once downwards, and nothing is lost.
  const heads = await page.$$("#all thead button");
  for (const head of heads) {
    await head.click();
    assert.equal(await head.evaluate((it) => it.parentElement.getAttribute("aria-sort")), "ascending");
    await head.click();
    assert.equal(await head.evaluate((it) => it.parentElement.getAttribute("aria-sort")), "descending");
    assert.deepEqual([...(await shown(page))].sort(), [...all].sort());
  }
  const ends = await page.$('#all th[data-sort="end"] button');
  await ends.click();
  const order = await page.$$eval("#all tbody tr", (rows) => rows.map((row) => Number(row.dataset.end ?? Number.MAX_SAFE_INTEGER)));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  // A number of the matrix shows what it counts.
  const number = await page.$(".matrix td button");
  if (number) {
    const cell = await number.evaluate((it) => ({ ...it.parentElement.dataset }));
    await number.click();
    await settle();
    for (const row of (await shown(page)).slice(0, 50)) assert(row.includes(cell.kind) && row.includes(cell.environment));
    await page.click("#reset");
    await settle();
  }
  // Open a token, with the keyboard.
  const link = await page.$("#all tbody a");
  const target = await link.evaluate((it) => it.getAttribute("href"));
  await link.focus();
  await page.keyboard.press("Enter");
  await settle();
  assert.equal(await page.evaluate(() => location.hash), target);
  const place = await page.$eval(`[id="${target.slice(1)}"]`, (it) => it.getBoundingClientRect().top);
  assert(place > -50 && place < 900, `${target} is at ${place}`);
}

/// A table that is too long to be looked at whole: the first rows, a search that finds one of the last, and its part.
async function useLarge(page) {
  assert.equal((await shown(page)).length, 500);
  const place = await page.$eval("#all tbody tr:last-child .place", (it) => it.textContent);
  await page.type("#search", place);
  await settle();
  const found = await shown(page);
  assert(found.length > 0 && found.length < 500 && found.every((row) => row.includes(place)), `${found.length} rows`);
  await (await page.$("#all tbody tr:last-child a")).click();
  await settle();
  assert(await page.evaluate(() => document.querySelector(":target").getBoundingClientRect().top < innerHeight));
}

async function visit(file) {
  const complaints = [];
  const { page, took } = await open(file, DESK, "light", complaints);
  const large = (await page.$$("#all tbody tr")).length > 1000;
  if (timed) console.log(`${file}: ${took.toFixed(0)} ms to load`);
  await (large ? useLarge(page) : use(page));
  if (!large) complaints.push(...(await violations(page)));
  await page.close();
  if (!large) {
    for (const [viewport, scheme] of [[DESK, "dark"], [PHONE, "light"], [PHONE, "dark"]]) {
      const { page } = await open(file, viewport, scheme, complaints);
      complaints.push(...(await violations(page)).map((it) => `${viewport.width} ${scheme}: ${it}`));
      const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
      if (wide > 0) complaints.push(`${viewport.width}: the page is ${wide} pixels too wide`);
      await page.close();
    }
  }
  // Without the script everything is there, and nothing that would do nothing.
  const plain = await browser.newPage();
  await plain.setJavaScriptEnabled(false);
  await plain.goto(pathToFileURL(path.resolve(file)).href);
  assert.equal((await plain.$$("button:not(form button)")).length, 0);
  const controls = await plain.$("#controls");
  if (controls) assert(!(await controls.isVisible()));
  await plain.close();
  assert.deepEqual(complaints, [], file);
  console.log(`${file}: visited`);
}

async function picture(file) {
  const name = path.basename(file, ".html");
  for (const [as, viewport, scheme] of [["light", DESK, "light"], ["dark", DESK, "dark"], ["phone", PHONE, "light"]]) {
    const { page } = await open(file, viewport, scheme, []);
    await page.screenshot({ path: path.join(screens, `${name}-${as}.png`), fullPage: false });
    await page.close();
  }
  const { page } = await open(file, PAPER, "light", []);
  await page.emulateMediaType("print");
  await page.screenshot({ path: path.join(screens, `${name}-print.png`) });
  await page.close();
}

try {
  for (const file of files) await (screens ? picture(file) : visit(file));
} finally {
  await browser.close();
}
