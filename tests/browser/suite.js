/*
 * suite.js CHROMIUM DIR - reads the site built into DIR/root, DIR/sub (for /sub/) and DIR/disk (--offline) as a
 * reader would, and prints "ok - NAME" or "not ok - NAME" for each promise of the theme.
 *
 * Pages are found by what the build says of them (site.ndjson), so that editing the site breaks no test. Nothing
 * waits for a time to pass: each wait is for what must come.
 */
"use strict";
const fs = require("fs"), http = require("http"), path = require("path"), url = require("url");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, dir] = process.argv.slice(2);
const POLICY = "default-src 'self'";
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml",
	".png": "image/png", ".xml": "application/xml", ".json": "application/json" };
let failures = 0, browser;

/* FILES at PREFIX of a port of its own, under the policy that the theme promises to live with. */
function serve(files, prefix) {
	const server = http.createServer((request, answer) => {
		const asked = decodeURIComponent(new URL(request.url, "http://x").pathname);
		const file = path.join(files, asked.slice(prefix.length), asked.endsWith("/") ? "index.html" : "");
		const found = asked.startsWith(prefix) && fs.existsSync(file) && fs.statSync(file).isFile();
		answer.writeHead(found ? 200 : 404, { "Content-Security-Policy": POLICY, "Content-Type": TYPES[path.extname(file)] || "text/plain; charset=utf-8" });
		answer.end(found ? fs.readFileSync(file) : "");
	});
	return new Promise(done => server.listen(0, "127.0.0.1", () => done({ server, base: `http://127.0.0.1:${server.address().port}${prefix}` })));
}

/* A reader's window; what went wrong in it is in `wrong`. */
async function open(base, options) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", colorScheme: "light", ...options });
	const page = await context.newPage(), wrong = [];
	const own = base.startsWith("file:") ? "file:" : new URL(base).origin + "/";
	context.setDefaultTimeout(60000);
	page.on("console", m => ["error", "warning"].includes(m.type()) && wrong.push(`${page.url()}: console: ${m.text()}`));
	page.on("pageerror", e => wrong.push(`${page.url()}: ${e.message}`));
	page.on("request", r => r.url().startsWith(own) || wrong.push(`${page.url()}: asks for ${r.url()}`));
	page.on("response", r => r.status() < 400 || wrong.push(`${page.url()}: ${r.status()} for ${r.url()}`));
	return { page, wrong, go: where => page.goto(base + where), close: () => context.close() };
}

function report(name, problems) {
	console.log(`${problems.length ? "not ok" : "ok"} - ${name}`);
	problems.slice(0, 12).forEach(p => console.log("# " + p));
	failures += problems.length > 0;
}

async function test(name, run) {
	const problems = [];
	const must = (what, is) => is || problems.push(what);
	try {
		await run(must, problems);
	} catch (e) {
		problems.push(e.stack);
	}
	report(name, problems);
}

/* Of each kind the page with most on it, and every page that is the only one of its sort. */
function choose() {
	const largest = {}, root = path.join(dir, "root");
	for (const line of fs.readFileSync(path.join(root, "site.ndjson"), "utf8").split("\n").filter(Boolean)) {
		const o = JSON.parse(line), file = o.type === "page" && path.join(root, o.url.replace(/^https?:\/\/[^/]*/, ""), "index.html");
		if (!file || !fs.existsSync(file))
			continue;
		const size = fs.statSync(file).size;
		if (!largest[o.kind] || size > largest[o.kind].size)
			largest[o.kind] = { size, where: path.relative(root, path.dirname(file)) };
	}
	const kinds = Object.fromEntries(Object.entries(largest).map(([kind, p]) => [kind, p.where ? p.where + "/" : ""]));
	const single = ["", "companies/", "briefings/", "sources/", "figures/", "comparisons/", "timeline/", "quotations/", "corrections/", "a-z/", "search/", "network/"]
		.filter(p => fs.existsSync(path.join(root, p, "index.html")));
	return { kinds, all: [...new Set([...single, ...Object.values(kinds), "404.html"])] };
}

const tooWide = () => {
	const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
	return wide > 0 ? `${wide} px wider than the window` : "";
};
const violations = rules => window.axe.run(document, rules ? { runOnly: { type: "rule", values: rules }, preload: false, resultTypes: ["violations"] } : { preload: false, resultTypes: ["violations"] })
	.then(r => r.violations.map(v => `${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 160)}`));

/* All of axe in light; in dark only colours differ. */
async function everyKind(base, pages) {
	const narrow = [], errors = [], access = [];
	const { page, wrong, go, close } = await open(base);
	for (const where of pages) {
		for (const width of [1440, 390, 320]) {
			await page.setViewportSize({ width, height: 900 });
			await page.emulateMedia({ colorScheme: "light" });
			if (width !== 320)
				await go(where);
			const wide = await page.evaluate(tooWide);
			if (wide)
				narrow.push(`/${where} at ${width}: ${wide}`);
			if (width === 320)
				continue;
			await page.evaluate(axe);
			const found = await page.evaluate(violations, null);
			await page.emulateMedia({ colorScheme: "dark" });
			found.push(...(await page.evaluate(violations, ["color-contrast", "link-in-text-block"])).map(v => "dark: " + v));
			access.push(...found.map(v => `/${where} at ${width}: ${v}`));
		}
	}
	errors.push(...wrong);
	await close();
	report(`no console error and no outside request on ${pages.length} pages under ${POLICY}`, errors);
	report("no page scrolls sideways at 1440, 390 and 320 px", narrow);
	report("axe finds nothing at 1440 and 390 px, light and dark", access);
}

async function keyboard(must, { page, go }) {
	await go("figures/");
	await page.keyboard.press("Tab");
	must("the first Tab reaches the skip link", await page.evaluate(() => document.activeElement.matches("a.skip")));
	const seen = await page.evaluate(() => document.activeElement.getBoundingClientRect());
	must("the skip link is in sight", seen.top >= 0 && seen.left >= 0 && seen.height > 10);
	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	must("Tab goes on in the content", await page.evaluate(() => !!document.activeElement.closest("main")));
}

async function theme(must, { page, go }) {
	const dark = () => page.evaluate(() => {
		const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
		return r + g + b < 200;
	});
	await go("");
	must("light as the system says", !await dark());
	const choose = async wanted => {
		for (let i = 0; i < 3 && await page.evaluate(() => document.documentElement.dataset.theme || "auto") !== wanted; i++)
			await page.press(".theme-switch", "Enter");
	};
	await choose("dark");
	must("dark by the switch", await dark());
	await page.reload();
	must("still dark after a reload", await dark());
	await go("figures/");
	must("dark on the next page", await dark());
	await choose("auto");
	must("light again as the system says", !await dark());
	await page.emulateMedia({ colorScheme: "dark" });
	must("follows the system", await dark());
}

async function tables(must, { page, go }) {
	await go("figures/");
	const head = page.locator("table.sortable .c-value .th-sort"), cell = page.locator("table.sortable thead .c-value");
	const values = () => page.evaluate(() => [...document.querySelectorAll("table.sortable tbody .c-value")].map(c => parseFloat(c.dataset.sort)).filter(n => !isNaN(n)));
	const ordered = (list, sign) => list.every((v, i) => !i || sign * (v - list[i - 1]) >= 0);
	await head.press("Enter");
	must("Enter sorts upwards", await cell.getAttribute("aria-sort") === "ascending" && ordered(await values(), 1));
	await head.press(" ");
	must("Space turns it round", await cell.getAttribute("aria-sort") === "descending" && ordered(await values(), -1));
	const rows = () => page.locator("table.sortable tbody tr:visible").allInnerTexts();
	const everything = (await rows()).length;
	const word = (await page.locator("table.sortable tbody .c-subject").first().innerText()).trim().toLowerCase();
	await page.focus("form.filter input");
	await page.keyboard.type(word);
	const some = await page.locator("table.sortable tbody tr:visible").evaluateAll(l => l.map(r => r.textContent.toLowerCase()));
	must("the filter leaves what has the words", some.length > 0 && some.length < everything && some.every(t => word.split(/\s+/).every(w => t.includes(w))));
	must("and says how many", (await page.innerText("form.filter output")).includes(String(some.length)));
	await page.fill("form.filter input", "");
	await page.focus("form.filter select");
	await page.keyboard.press("ArrowDown");
	const subject = await page.inputValue("form.filter select");
	const about = await page.locator("table.sortable tbody tr:visible .c-subject").allInnerTexts();
	must("a choice of subject leaves its figures", subject !== "" && about.length > 0 && about.every(t => t.trim() === subject));
}

async function notes(must, { page, go }, where) {
	await go(where);
	const mark = page.locator(".cite a").first();
	const note = (await page.evaluate(id => document.querySelector(`${id} .note`).textContent, await mark.getAttribute("href"))).trim();
	await mark.focus();
	await page.waitForSelector(".pop");
	must("the note stands beside its mark", (await page.locator(".pop").evaluate(e => e.textContent)).trim() === note);
	const box = await page.locator(".pop").boundingBox();
	must("inside the window", box.x >= 0 && box.x + box.width <= 1440);
	await page.keyboard.press("Escape");
	must("Escape closes it", await page.locator(".pop").count() === 0);
	await page.locator("body").click({ position: { x: 1, y: 1 } });
	await mark.hover();
	await page.waitForSelector(".pop");
	must("also under the mouse", await page.locator(".pop").count() === 1);
	await mark.press("Enter");
	must("Enter leads to the list", new URL(page.url()).hash === await mark.getAttribute("href"));
}

async function search(must, { page, go }, from) {
	await go(from);
	await page.keyboard.press("/");
	await page.waitForURL(/\/search\//);
	await page.waitForSelector("form.search:not([hidden])");
	must("/ leads to the field", await page.evaluate(() => document.activeElement.name === "q") || (await page.keyboard.press("/"), await page.evaluate(() => document.activeElement.name === "q")));
	await page.keyboard.type("deepseek");
	await page.waitForSelector(".search-results a");
	must("what has the name is first", /deepseek/i.test(await page.locator(".search-results a").first().innerText()));
	must("words found are marked", await page.locator(".search-results mark").count() > 0);
	must("the status tells how many", /\d/.test(await page.innerText(".search-status")));
	await page.waitForURL(/[?&]q=deepseek/);
	const link = await page.locator(".search-results a").first().evaluate(a => a.href);
	await page.keyboard.press("ArrowDown");
	await page.waitForFunction(() => document.activeElement.closest(".search-results"));
	await page.keyboard.press("Enter");
	await page.waitForURL(link);
	await page.goBack();
	await page.waitForSelector(".search-results a");
	must("the address holds the question", await page.inputValue("#search-q") === "deepseek");
}

async function withoutScript(must, base, kinds) {
	const { page, wrong, go, close } = await open(base, { javaScriptEnabled: false });
	await go(kinds.company);
	must("name, text, figures, notes and links are there", await page.locator("h1").isVisible() && await page.locator("main p").count() > 3 &&
		await page.locator("table.facts tbody tr").first().isVisible() && await page.locator(".references li").first().isVisible() && await page.locator(".menu a").first().isVisible());
	must("no button without a use", await page.locator("button:visible").count() === 0);
	await go("figures/");
	must("figures are there", await page.locator("table.facts tbody tr:visible").count() > 20);
	must("nothing went wrong: " + wrong[0], wrong.length === 0);
	await close();
}

async function fromDisk(must, problems, kinds) {
	const base = url.pathToFileURL(path.join(dir, "disk")).href + "/";
	const { page, wrong, go, close } = await open(base);
	await go("index.html");
	await page.locator(".menu a").first().click();
	must("the menu leads to a file", page.url().startsWith("file:") && page.url().endsWith("/index.html"));
	await go(kinds.company + "index.html");
	must("the style is there", await page.evaluate(() => [...document.styleSheets].length > 0 && getComputedStyle(document.querySelector(".skip")).position === "absolute"));
	await page.press(".theme-switch", "Enter");
	await page.locator(".brand").click();
	must("the brand leads home", page.url() === base + "index.html");
	if (fs.existsSync(path.join(dir, "disk/search/index.js")))
		await search(must, { page, go }, "index.html");
	problems.push(...wrong);
	await close();
}

async function printed(must, { page, go }, where) {
	await go(where);
	await page.emulateMedia({ media: "print" });
	must("text is printed", await page.locator("main h1").isVisible());
	must("menu and buttons are not", !await page.locator(".menu").isVisible() && await page.locator("button:visible").count() === 0);
	must("as a PDF", (await page.pdf({ format: "A4" })).length > 10000);
}

async function main() {
	const { kinds, all } = choose();
	const root = await serve(path.join(dir, "root"), "/"), sub = await serve(path.join(dir, "sub"), "/sub/");
	browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", ...(process.getuid && process.getuid() === 0 ? ["--no-sandbox"] : [])] });
	const hasSearch = fs.existsSync(path.join(dir, "root/search/index.js"));
	const inWindow = (name, run, ...rest) => test(name, async (must, problems) => {
		const w = await open(root.base);
		await run(must, w, ...rest);
		problems.push(...w.wrong);
		await w.close();
	});

	await everyKind(root.base, all);
	await inWindow("the keyboard skips to the content", keyboard);
	await inWindow("the choice of theme is remembered", theme);
	await inWindow("tables sort and filter by keyboard", tables);
	await inWindow("notes stand beside their marks", notes, kinds.briefing);
	await inWindow("pages print", printed, kinds.company);
	if (hasSearch)
		await inWindow("search by keyboard", search, kinds.company);
	else
		console.log("skip - search by keyboard: this site has no index");
	await test("pages are complete without script", must => withoutScript(must, root.base, kinds));
	await test("the site works from a disk", (must, problems) => fromDisk(must, problems, kinds));
	await test("the site works below a path", async (must, problems) => {
		const w = await open(sub.base);
		await w.go("");
		await w.page.locator(".menu a").first().click();
		must("links stay below it", w.page.url().startsWith(sub.base) && w.page.url() !== sub.base);
		await w.go(kinds.company);
		must("the style is there", await w.page.evaluate(() => getComputedStyle(document.querySelector(".skip")).position === "absolute"));
		if (hasSearch)
			await search(must, w, kinds.company);
		problems.push(...w.wrong);
		await w.close();
	});
	root.server.close();
	sub.server.close();
	await browser.close();
}

main().then(() => process.exit(failures > 0 ? 1 : 0), e => {
	console.log("not ok - the browser tests run\n# " + e.stack);
	process.exit(1);
});
