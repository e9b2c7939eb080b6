/*
 * sharing.js CHROMIUM DIR - reads an unpacked archive in DIR as a reader without a server would, and prints "ok - NAME"
 * or "not ok - NAME" for each promise.
 */
"use strict";
const fs = require("fs"), path = require("path"), url = require("url");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, dir] = process.argv.slice(2);
const at = where => url.pathToFileURL(path.join(dir, where)).href;
let failures = 0;

function report(name, problems) {
	console.log(`${problems.length ? "not ok" : "ok"} - ${name}`);
	problems.slice(0, 12).forEach(p => console.log("# " + p));
	failures += problems.length > 0;
}

async function open(browser, options) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
	const page = await context.newPage(), wrong = [];
	context.setDefaultTimeout(60000);
	page.on("console", m => ["error", "warning"].includes(m.type()) && wrong.push(`${page.url()}: console: ${m.text()}`));
	page.on("pageerror", e => wrong.push(`${page.url()}: ${e.message}`));
	page.on("request", r => r.url().startsWith("file:") || wrong.push(`${page.url()}: asks for ${r.url()}`));
	page.on("requestfailed", r => wrong.push(`${page.url()}: no ${r.url()}`));
	return { context, page, wrong };
}

async function main() {
	const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

	{
		const { context, page, wrong } = await open(browser);
		await page.goto(at("index.html"));
		await page.locator("main a[href*='merrow-tidal']").first().click();
		if (!page.url().endsWith("/companies/merrow-tidal/index.html"))
			wrong.push("a name leads to " + page.url());
		if (await page.locator("h1").innerText() !== "Merrow Tidal")
			wrong.push("its page is called " + await page.locator("h1").innerText());
		await page.locator(".site-foot a[href$='book/index.html']").click();
		if (!page.url().endsWith("/book/index.html"))
			wrong.push("the print edition is " + page.url());
		report("an unpacked archive is read without a server", wrong);
		await context.close();
	}
	for (const colorScheme of ["light", "dark"]) {
		for (const width of [390, 1440]) {
			const { context, page, wrong } = await open(browser, { colorScheme, viewport: { width, height: 900 } });
			await page.goto(at("book/index.html"));
			await page.evaluate(axe);
			const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], preload: false }));
			found.violations.forEach(v => wrong.push(`${v.id}: ${v.nodes[0].html.slice(0, 120)}`));
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			if (wide > 0)
				wrong.push(`${wide} px wider than the window`);
			report(`the print edition is accessible at ${width} px, ${colorScheme}`, wrong);
			await context.close();
		}
	}
	{
		const { context, page, wrong } = await open(browser);
		await page.goto(at("book/index.html"));
		await page.locator(".book-contents a", { hasText: "Merrow Tidal" }).click();
		if (await page.evaluate(() => document.querySelector(":target")?.textContent.trim().replace(/^[\d.]+\s*/, "")) !== "Merrow Tidal")
			wrong.push("the contents lead to " + page.url());
		await page.locator("sup.cite a").first().click();
		if (await page.evaluate(() => document.querySelector(":target")?.localName) !== "li")
			wrong.push("a note leads to " + page.url());
		await page.emulateMedia({ media: "print" });
		for (const hidden of [".site-head", ".site-foot", ".crumbs"])
			if (await page.locator(hidden).first().isVisible())
				wrong.push(hidden + " is printed");
		const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
		const pages = (pdf.match(/\/Type\s*\/Page\b(?!s)/g) || []).length;
		const chapters = await page.locator(".book-chapter").count();
		if (!pdf.startsWith("%PDF") || pages < chapters + 2)
			wrong.push(`${pages} pages for ${chapters} chapters`);
		if (!/\/MediaBox\s*\[\s*0 0 59\d[\d.]* 84\d/.test(pdf))
			wrong.push("it is not on A4");
		report("the print edition leads into itself and prints", wrong);
		await context.close();
	}
	await browser.close();
	process.exit(failures ? 1 : 0);
}

main().catch(e => {
	console.log("not ok - " + e.stack.replace(/\n/g, "\n# "));
	process.exit(1);
});
