/*
 * search_size.js CHROMIUM SITE QUERIES - asks the search page of the large site in SITE as a reader would, each query in
 * a window of its own, and prints what was transferred for it, with the pages that sentences are read off, how long the
 * first result took, and what the whole took of the page's processor. Served compressed, as every host does. A line of
 * QUERIES is a name, a tab, and a query.
 */
"use strict";
const fs = require("fs"), http = require("http"), path = require("path"), zlib = require("zlib");
const { chromium } = require("playwright-core");
const [executablePath, site, queries] = process.argv.slice(2);
const MAX_BYTES = 100000, MAX_CPU = 100; /* ms */
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
let failures = 0;

const server = http.createServer((request, answer) => {
	const asked = decodeURIComponent(new URL(request.url, "http://x").pathname), file = path.join(site, asked, asked.endsWith("/") ? "index.html" : "");
	const found = fs.existsSync(file) && fs.statSync(file).isFile(), bytes = found ? zlib.gzipSync(fs.readFileSync(file)) : "";
	answer.writeHead(found ? 200 : 404, { "Content-Security-Policy": "default-src 'self'", "Content-Type": TYPES[path.extname(file)] || "text/plain",
		"Content-Encoding": found ? "gzip" : "identity", "Content-Length": bytes.length });
	answer.end(bytes);
});

async function ask(browser, base, name, query) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } }), page = await context.newPage();
	const tools = await context.newCDPSession(page);
	let bytes = 0, files = 0, body = 0;
	await page.goto(base + "search/", { waitUntil: "networkidle" });
	/* Of the thread that runs scripts and draws, however many others the machine serves meanwhile. */
	const busy = async () => 1000 * (await tools.send("Performance.getMetrics")).metrics.find(m => m.name === "TaskDuration").value;
	await tools.send("Performance.enable", { timeDomain: "threadTicks" });
	await tools.send("Network.enable");
	tools.on("Network.dataReceived", e => body += e.dataLength);
	tools.on("Network.loadingFinished", e => {
		bytes += e.encodedDataLength;
		files++;
	});
	const before = await busy();
	const ms = await page.evaluate(q => new Promise(done => {
		const form = document.querySelector("form.search"), list = document.querySelector(".search-results"), start = performance.now();
		new MutationObserver(() => list.children[0] && done(performance.now() - start)).observe(list, { childList: true });
		form.elements.q.value = q;
		form.requestSubmit();
	}), query);
	await page.waitForLoadState("networkidle");
	const cpu = await busy() - before;
	const first = (await page.locator(".search-results li").first().innerText()).replace(/\s+/g, " ").slice(0, 70);
	const marks = await page.locator(".search-results mark").count();
	const good = bytes < MAX_BYTES && marks > 0;
	failures += !good;
	console.log(`${good ? "ok" : "not ok"} - ${name}: ${bytes} bytes in ${files} files (${body} unpacked), ${Math.round(ms)} ms, ${Math.round(cpu)} ms of CPU, ${await page.innerText(".search-status")}`);
	if (!good)
		console.log(`# wanted: less than ${MAX_BYTES} bytes, and words marked\n# got: ${marks} marked; first: ${first}`);
	await context.close();
	return cpu;
}

async function main() {
	await new Promise(done => server.listen(0, "127.0.0.1", done));
	const browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", ...(process.getuid && process.getuid() === 0 ? ["--no-sandbox"] : [])] });
	const base = `http://127.0.0.1:${server.address().port}/`, lines = fs.readFileSync(queries, "utf8").trim().split("\n").map(line => line.split("\t"));
	/* The first page of a browser is slow. */
	await (await browser.newPage()).goto(base + "search/");
	const all = [];
	for (const [name, query] of lines)
		all.push(await ask(browser, base, name, query));
	const median = Math.round(all.sort((a, b) => a - b)[all.length >> 1]), good = median < MAX_CPU;
	failures += !good;
	console.log(`${good ? "ok" : "not ok"} - a query takes ${median} ms of CPU, the median of ${all.length}; at most ${Math.round(all.pop())} ms`);
	if (!good)
		console.log(`# wanted: less than ${MAX_CPU} ms`);
	await browser.close();
	server.close();
}

main().then(() => process.exit(failures > 0 ? 1 : 0), e => {
	console.log("not ok - the search of a large site\n# " + e.stack);
	process.exit(1);
});
