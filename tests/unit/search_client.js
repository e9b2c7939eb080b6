/*
 * search_client.js SITE QUERY [KIND] - runs assets/theme/search.js in Node over the index in SITE/search
 * and prints as JSON what a reader would see, with the bytes loaded and the time taken. With "-" for the
 * query each line of the input is one, and there is a line of JSON for each.
 *
 * The document is as much of one as the client needs.
 */
"use strict";
const fs = require("fs"), path = require("path"), vm = require("vm");
const [site, query, kind] = process.argv.slice(2);
let bytes = 0, files = 0;

class Element {
	constructor(tag) {
		Object.assign(this, { tag, kids: [], elements: {}, dataset: {}, on: {}, value: "", hidden: true });
	}
	append(...kids) {
		this.kids.push(...kids.filter(k => k !== ""));
		for (const k of kids)
			if (k.tag === "script")
				setImmediate(() => this.run(k));
	}
	run(script) {
		const file = path.join(site, script.src);
		if (!fs.existsSync(file))
			return script.onerror();
		const text = fs.readFileSync(file, "utf8");
		bytes += Buffer.byteLength(text);
		files++;
		vm.runInContext(text, context);
	}
	set textContent(s) {
		this.kids = s === "" ? [] : [String(s)];
	}
	replaceChildren(...kids) {
		this.kids = kids;
	}
	get textContent() {
		return this.kids.map(k => typeof k === "string" ? k : k.tag === "mark" ? `[${k.textContent}]` : k.textContent).join("");
	}
	get children() {
		return this.kids.filter(k => typeof k !== "string");
	}
	all() {
		return this.children.flatMap(k => [k, ...k.all()]);
	}
	querySelectorAll(s) {
		return this.all().filter(e => e.tag === s.split(" ").pop());
	}
	querySelector(s) {
		return this.querySelectorAll(s)[0] || null;
	}
	addEventListener(name, fn) {
		this.on[name] = fn;
	}
	focus() {
		document.activeElement = this;
	}
	select() {}
}

const parts = { ".search": new Element("form"), ".search-status": new Element("p"), ".search-results": new Element("ol"), ".search-more": new Element("button") };
const document = new Element("document");
Object.assign(parts[".search"].elements, { q: new Element("input"), kind: new Element("select") });
document.head = new Element("head");
document.currentScript = { dataset: { index: "search/index.js", root: "/", none: "none", one: "1 page", count: "{n} pages",
	fixed: "fixed {word}", partial: "partial", failed: "failed", also: "also {name}" } };
document.querySelector = s => parts[s];
document.createElement = tag => new Element(tag);

const context = vm.createContext({ document, URLSearchParams, setTimeout, clearTimeout, location: { search: "", pathname: "/search/" },
	history: { replaceState() {} }, IntersectionObserver: class {
		observe() {}
	} });
context.window = context;
vm.runInContext(fs.readFileSync(path.join(__dirname, "../../assets/theme/search.js"), "utf8"), context);

const pause = () => new Promise(done => setTimeout(done, 1));

async function ask(q) {
	const form = parts[".search"], start = process.hrtime.bigint(), cpu = process.cpuUsage();
	form.elements.q.value = q;
	form.elements.kind.value = kind || "";
	document.activeElement = null;
	bytes = files = 0;
	form.onsubmit({ preventDefault() {} });
	/* What is found first gets the focus. */
	while (!document.activeElement)
		await pause();
	const ms = Number(process.hrtime.bigint() - start) / 1e6, used = process.cpuUsage(cpu);
	const hits = parts[".search-results"].children.map(li => ({
		url: li.querySelector("a").href,
		title: li.querySelector("a").textContent,
		also: li.children.filter(k => k.className === "also").map(k => k.textContent).join(""),
		text: li.children.filter(k => k.className === "summary").map(k => k.textContent).join(""),
	}));
	return { query: q, status: parts[".search-status"].textContent, hits, bytes, files, ms: Math.round(ms), cpu_ms: Math.round((used.user + used.system) / 1000) };
}

async function main() {
	if (query !== "-")
		return console.log(JSON.stringify(await ask(query), null, 1));
	for (const q of fs.readFileSync(0, "utf8").split("\n").filter(Boolean))
		console.log(JSON.stringify(await ask(q)));
}
main();
