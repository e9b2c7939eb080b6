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

/* Tests run two at a time, each in a window of its own, and report in their order. */
const tests = [];
const test = (name, run) => tests.push(async () => {
	const problems = [];
	const must = (what, is) => is || problems.push(what);
	try {
		await run(must, problems);
	} catch (e) {
		problems.push(e.stack);
	}
	return () => report(name, problems);
});

async function runAll() {
	const done = [];
	let next = 0;
	const worker = async () => {
		for (let i = next++; i < tests.length; i = next++)
			done[i] = await tests[i]();
	};
	await Promise.all([worker(), worker()]);
	done.forEach(say => say());
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
const violations = rules => window.axe.run(document, rules ? { runOnly: { type: "rule", values: rules }, preload: false, resultTypes: ["violations"] } : { rules: { "target-size": { enabled: true } }, preload: false, resultTypes: ["violations"] })
	.then(r => r.violations.map(v => `${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 160)}`));

const found = { errors: [], wide: [], access: [] };
/* All of axe in light; in dark only colours differ. */
async function everyKind(base, pages) {
	const { page, wrong, go, close } = await open(base);
	for (const where of pages) {
		for (const width of [1440, 390, 320, 2560]) {
			const isRead = width === 1440 || width === 390;
			await page.setViewportSize({ width, height: 900 });
			await page.emulateMedia({ colorScheme: "light" });
			if (isRead)
				await go(where);
			const wide = await page.evaluate(tooWide);
			if (wide)
				found.wide.push(`/${where} at ${width}: ${wide}`);
			if (!isRead)
				continue;
			await page.evaluate(axe);
			const bad = await page.evaluate(violations, null);
			await page.emulateMedia({ colorScheme: "dark" });
			bad.push(...(await page.evaluate(violations, ["color-contrast", "link-in-text-block"])).map(v => "dark: " + v));
			found.access.push(...bad.map(v => `/${where} at ${width}: ${v}`));
		}
	}
	found.errors.push(...wrong);
	await close();
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
	await page.focus("main .filter input");
	await page.keyboard.type(word);
	const some = await page.locator("table.sortable tbody tr:visible").evaluateAll(l => l.map(r => r.textContent.toLowerCase()));
	must("the filter leaves what has the words", some.length > 0 && some.length < everything && some.every(t => word.split(/\s+/).every(w => t.includes(w))));
	must("and says how many", (await page.innerText("main .filter output")).includes(String(some.length)));
	await page.fill("main .filter input", "");
	await page.focus("main .filter select");
	await page.keyboard.press("ArrowDown");
	const subject = await page.inputValue("main .filter select");
	const about = await page.locator("table.sortable tbody tr:visible .c-subject").allInnerTexts();
	must("a choice of subject leaves its figures", subject !== "" && about.length > 0 && about.every(t => t.trim() === subject));
	await page.setViewportSize({ width: 390, height: 900 });
	await head.click();
	must("sorts on a narrow screen too", ordered(await values(), 1));
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

/* A link of the text to an entity, and what its page says. */
async function entityLink({ page, go }, where) {
	await go(where);
	const link = page.locator(".prose a.auto").first();
	return { link, name: await page.evaluate(async url => {
		const text = await (await fetch(url)).text();
		return new DOMParser().parseFromString(text, "text/html").querySelector("h1").textContent.trim();
	}, await link.evaluate(a => a.href)) };
}

async function previews(must, w, where) {
	const { page } = w, pop = page.locator(".pop"), asked = [];
	page.on("request", r => /\/previews\//.test(r.url()) && asked.push(r.url()));
	const { link, name } = await entityLink(w, where);
	const axeFinds = async () => {
		await page.evaluate(axe);
		return page.evaluate(violations, null);
	};
	must("nothing is loaded for links nobody points at", asked.length === 0);
	await link.hover();
	await pop.waitFor();
	must("the mouse brings its name", (await pop.locator(".pop-title").innerText()).startsWith(name));
	must("its kind", (await pop.locator(".kind").innerText()).length > 2);
	must("its summary", (await pop.locator("p").nth(1).innerText()).length > 20);
	const rows = await pop.locator("dl > div").count();
	must("and one to three facts", rows >= 1 && rows <= 3);
	must("each with its source", (await pop.locator("dd .scope").allInnerTexts()).every(t => t.length > 3));
	must("no motion where none is wanted", await pop.evaluate(e => getComputedStyle(e).animationName) === "none");
	must("one file was enough", asked.length === 1);
	const box = await pop.boundingBox();
	must("inside the window", box.x >= 0 && box.x + box.width <= 1440 && box.y >= 0);
	must("axe finds nothing in light: " + (await axeFinds())[0], (await axeFinds()).length === 0);
	await page.emulateMedia({ colorScheme: "dark" });
	must("nor in dark: " + (await axeFinds())[0], (await axeFinds()).length === 0);
	await page.emulateMedia({ colorScheme: "light" });
	await pop.hover();
	const inside = await pop.locator("dd a").first().evaluate(a => a.href);
	must("the mouse may go into it", await pop.count() === 1 && inside.startsWith(new URL(page.url()).origin));
	await page.mouse.move(5, 5);
	await pop.waitFor({ state: "detached" });
	await page.keyboard.press("Tab");
	await link.focus();
	await pop.waitFor();
	must("the focus brings the same", (await pop.locator(".pop-title").innerText()).startsWith(name) && asked.length === 1);
	await page.keyboard.press("Escape");
	must("Escape closes it", await pop.count() === 0);
	must("and the focus stays", await link.evaluate(a => a === document.activeElement));
	await page.keyboard.press("Shift+Tab");
	await page.keyboard.press("Tab");
	await pop.waitFor();
	await page.keyboard.press("Tab");
	must("Tab goes on in the page", await page.evaluate(() => !!document.activeElement.closest("main")));
	await link.focus();
	await page.keyboard.press("Enter");
	await page.waitForFunction(name => document.querySelector("h1").textContent.trim() === name, name);
}

/* With a clock of its own: what would come after a while comes at once. */
async function touch(must, base, where) {
	const w = await open(base, { hasTouch: true, isMobile: true, viewport: { width: 390, height: 800 } });
	await w.page.clock.install();
	const { link } = await entityLink(w, where);
	await link.dispatchEvent("pointerover", { pointerType: "touch", bubbles: true });
	await w.page.clock.runFor(2000);
	must("touch brings no preview", await w.page.locator(".pop").count() === 0 && await w.page.locator("script[src*=previews]").count() === 0);
	await link.dispatchEvent("pointerover", { pointerType: "mouse", bubbles: true });
	await w.page.clock.runFor(2000);
	await w.page.locator(".pop").waitFor();
	must("a mouse does", await w.page.evaluate(() => document.documentElement.scrollWidth <= 390));
	await w.close();
}

async function pictures(must, { page, go }, where) {
	await go("network/");
	const node = page.locator(".p-network a").first(), pop = page.locator(".pop");
	must("the map fills its place", await page.evaluate(() => document.querySelector(".p-network").getBoundingClientRect().width > 1150));
	await node.hover();
	await pop.waitFor();
	must("its names have previews", (await pop.locator(".pop-title").innerText()).length > 1);
	must("and no second box", await node.locator("title").count() === 0 && (await node.getAttribute("aria-label")).length > 1);
	await go("comparisons/");
	const gap = () => page.evaluate(() => Math.max(...[...document.querySelectorAll(".p-chart")].map(c => c.parentNode.clientWidth - c.getBoundingClientRect().width)));
	must("charts fill their place", await gap() < 8);
	await page.setViewportSize({ width: 390, height: 900 });
	must("on a narrow screen too", await gap() < 8);
	const small = () => page.evaluate(() => [...document.querySelectorAll(".picture text, .p-chart span")].filter(e => e.checkVisibility()).filter(e => {
		const svg = e.ownerSVGElement, scale = svg && svg.viewBox.baseVal && svg.viewBox.baseVal.width ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
		return parseFloat(getComputedStyle(e).fontSize) * scale < 10.5;
	}).map(e => e.textContent));
	for (const place of ["comparisons/", "network/", "timeline/", where]) {
		await go(place);
		const list = await small();
		must(`letters of pictures are large enough on /${place}: ${list[0]}`, list.length === 0);
	}
	must("mentions over time have titles and links", await page.evaluate(() => {
		const bars = [...document.querySelectorAll(".p-coverage a")];
		return bars.length > 1 && bars.every(a => a.querySelector("title").textContent.length > 5 && a.getAttribute("href"));
	}));
}

async function contents(must, { page, go }, where) {
	await go(where);
	const entries = await page.locator(".toc a").evaluateAll(list => list.map(a => [a.getAttribute("href"), a.textContent]));
	const title = await page.innerText("h1");
	must("the page's own title is no entry", entries.every(([, text]) => text !== title));
	must("the map is one", entries.some(([href]) => href === "#sec-network"));
	must("every entry leads to a part in the order of the page", await page.evaluate(list => list.map(([href]) => document.querySelector(href))
		.every((el, i, all) => el && (!i || all[i - 1].compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING)), entries));
	must("figures lead to the sets they stand in", await page.locator("table.facts a[href*='#comparison-']").count() > 0);
	must("relations have an address", await page.locator(".relations a.permalink[id]").count() > 0);
}

/* Names of another script say which. */
async function languages(must, { page, go }, pages) {
	for (const where of pages) {
		await go(where);
		const bare = await page.evaluate(() => [...document.querySelectorAll("main .name, main h1, main a")]
			.filter(e => /^[\p{sc=Han}·]+$/u.test(e.textContent.trim()) && !e.closest("[lang]:not(html)")).map(e => e.textContent));
		must(`/${where}: ${bare[0]} is marked`, bare.length === 0);
	}
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
	await page.waitForFunction(() => /\d/.test(document.querySelector(".search-status").textContent));
	await page.waitForFunction(() => /[?&]q=deepseek/.test(location.search));
	const link = await page.locator(".search-results a").first().evaluate(a => a.href);
	await page.keyboard.press("ArrowDown");
	await page.waitForFunction(() => document.activeElement.closest(".search-results"));
	await page.keyboard.press("Enter");
	await page.waitForURL(link);
	await page.goBack();
	await page.waitForSelector(".search-results a");
	must("the address holds the question", await page.inputValue("#search-q") === "deepseek");
}

/* With a clock of its own, and an index that answers when it is told to: while the reader has typed one letter more. */
async function slowIndex(must, { page, go }) {
	let asked, isHeld = true;
	const held = [], ask = new Promise(done => asked = done);
	await page.clock.install({ time: 0 });
	await page.route("**/search/t/*.js", route => isHeld ? asked(held.push(route)) : route.continue());
	await go("search/");
	await page.waitForSelector("form.search:not([hidden])");
	await page.clock.pauseAt(1e6);
	await page.keyboard.type("deepsee", { delay: 20 });
	await page.clock.runFor(1000);
	await ask;
	must("it says that it is looking", (await page.innerText(".search-status")).length > 3);
	await page.keyboard.type("k");
	isHeld = false;
	await Promise.all(held.map(route => route.continue()));
	await page.waitForSelector(".search-results a");
	await page.clock.runFor(1000);
	await page.waitForFunction(() => /[?&]q=deepseek$/.test(location.search), null, { timeout: 10000 }).catch(() => must("the letter typed meanwhile is asked for", false));
	must("and answered", /deepseek/i.test(await page.locator(".search-results a").first().innerText()));
}

/* Each name that an entity has, damaged spellings too: its page is among the first that are found. */
async function names(must, { page, go }) {
	const root = path.join(dir, "root");
	const asked = fs.readFileSync(path.join(root, "site.ndjson"), "utf8").split("\n").filter(Boolean).map(line => JSON.parse(line))
		.filter(o => o.type === "page" && fs.existsSync(path.join(root, o.url, "index.json")))
		.flatMap(o => [o.title, ...o.aliases].map(name => [name, o.url])).sort();
	await go("search/");
	await page.waitForSelector("form.search:not([hidden])");
	const lost = await page.evaluate(async asked => {
		const form = document.querySelector("form.search"), results = document.querySelector(".search-results"), lost = [];
		const is = to => [...results.querySelectorAll("a")].some(a => a.pathname === to);
		for (const [name, to] of asked) {
			const end = performance.now() + 20000;
			results.textContent = "";
			form.elements.q.value = name;
			form.requestSubmit();
			while (!is(to) && performance.now() < end && lost.length < 3)
				await new Promise(done => setTimeout(done, 4));
			if (!is(to))
				lost.push(`${name} does not lead to ${to}`);
		}
		return lost;
	}, asked);
	must("the names are many: " + asked.length, asked.length >= 300);
	lost.forEach(what => must(what, false));
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
	await page.locator(".prose a.auto").first().hover();
	await page.waitForSelector(".pop dd a");
	must("previews come from the disk", /^file:.*\/index\.html(#.*)?$/.test(await page.locator(".pop dd a").first().evaluate(a => a.href)));
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
	must("menu, contents and buttons are not", !await page.locator(".menu").isVisible() && !await page.locator(".toc").isVisible() && await page.locator("button:visible").count() === 0);
	must("figures, notes and where they stand are", await page.locator("table.facts tbody tr").first().isVisible() && await page.locator(".references li").first().isVisible());
	const inBlack = choice => page.evaluate(choice => {
		if (choice)
			document.documentElement.dataset.theme = choice;
		const style = getComputedStyle(document.body);
		return style.backgroundColor === "rgb(255, 255, 255)" && style.color === "rgb(0, 0, 0)";
	}, choice);
	await page.emulateMedia({ media: "print", colorScheme: "dark" });
	must("in black on white on a dark system", await inBlack(""));
	must("and where dark was chosen", await inBlack("dark"));
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

	test("every kind of page, one half", () => everyKind(root.base, all.filter((p, i) => i % 2 === 0)));
	test("every kind of page, the other half", () => everyKind(root.base, all.filter((p, i) => i % 2)));
	inWindow("the keyboard skips to the content", keyboard);
	inWindow("the choice of theme is remembered", theme);
	inWindow("tables sort and filter by keyboard", tables);
	inWindow("notes stand beside their marks", notes, kinds.briefing);
	inWindow("previews stand beside links, by mouse and keyboard", previews, kinds.company);
	test("touch opens no preview", must => touch(must, root.base, kinds.company));
	inWindow("pictures fill their place and can be read", pictures, kinds.company);
	inWindow("contents, sets and relations can be reached", contents, kinds.company);
	inWindow("names of another script are marked", languages, ["a-z/", kinds.company, kinds.person, kinds.briefing]);
	inWindow("pages print", printed, kinds.company);
	if (hasSearch) {
		inWindow("search by keyboard", search, kinds.company);
		inWindow("an answer that comes while one types cancels nothing", slowIndex);
		inWindow("every name is found", names);
	} else {
		console.log("skip - search by keyboard: this site has no index");
	}
	test("pages are complete without script", must => withoutScript(must, root.base, kinds));
	test("the site works from a disk", (must, problems) => fromDisk(must, problems, kinds));
	test("the site works below a path", async (must, problems) => {
		const w = await open(sub.base);
		await w.go("");
		await w.page.locator(".menu a").first().click();
		must("links stay below it", w.page.url().startsWith(sub.base) && w.page.url() !== sub.base);
		await w.go(kinds.company);
		must("the style is there", await w.page.evaluate(() => getComputedStyle(document.querySelector(".skip")).position === "absolute"));
		if (hasSearch)
			await search(must, w, kinds.company);
		await w.go(kinds.company);
		await w.page.locator(".prose a.auto").first().hover();
		await w.page.waitForSelector(".pop");
		problems.push(...w.wrong);
		await w.close();
	});
	await runAll();
	report(`no console error and no outside request on ${all.length} pages under ${POLICY}`, found.errors);
	report("no page scrolls sideways at 1440, 390, 320 and 2560 px", found.wide);
	report("axe finds nothing at 1440 and 390 px, light and dark", found.access);
	root.server.close();
	sub.server.close();
	await browser.close();
}

main().then(() => process.exit(failures > 0 ? 1 : 0), e => {
	console.log("not ok - the browser tests run\n# " + e.stack);
	process.exit(1);
});
