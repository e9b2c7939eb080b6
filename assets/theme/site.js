/*
 * What the theme adds where script runs. Classic, works from file:// and under "default-src 'self'". Texts come
 * from the data attributes of its script element.
 */
(() => {
	"use strict";
	const text = document.currentScript.dataset, root = document.documentElement;
	const all = (selector, from = document) => [...from.querySelectorAll(selector)];
	const on = (type, f) => document.addEventListener(type, f), trimmed = el => el.textContent.replace(/\s+/g, " ").trim();
	function make(tag, attributes, ...content) {
		const el = document.createElement(tag);
		for (const name in attributes)
			el.setAttribute(name, attributes[name]);
		el.append(...content);
		return el;
	}

	/* The switch: as the system, light, dark. */
	function themeSwitch(button) {
		const themes = { auto: ["◐", text.themeAuto, "light"], light: ["○", text.themeLight, "dark"], dark: ["●", text.themeDark, "auto"] };
		const current = () => themes[root.dataset.theme] || themes.auto;
		function show() {
			button.textContent = current()[0];
			button.ariaLabel = button.title = text.themeLabel + ": " + current()[1];
		}
		button.onclick = () => {
			root.dataset.theme = current()[2];
			show();
			try {
				localStorage.setItem("dossier-theme", root.dataset.theme);
			} catch (e) {
				/* the choice then lasts for this page */
			}
		};
		show();
	}

	/* Tables of class "sortable": a button in each column head, and a filter above long ones. */
	const keyOf = cell => (cell.dataset.sort ?? cell.textContent).trim().toLowerCase();
	/* Numbers before words; ISO dates sort as words. What is empty stays last. */
	const compare = (a, b) => isNaN(a) - isNaN(b) || (isNaN(a) ? (a > b) - (a < b) : a - b);
	function sortBy(body, column, sign) {
		body.append(...[...body.rows].map(row => [keyOf(row.cells[column]), row])
			.sort(([a], [b]) => !a - !b || sign * compare(a, b)).map(([, row]) => row));
		all(".group", body).forEach(row => row.classList.remove("group"));
	}
	function sortable(table) {
		const heads = all("thead th", table), body = table.tBodies[0];
		heads.forEach((th, i) => {
			const button = make("button", { type: "button", class: "th-sort" }, ...th.childNodes);
			button.onclick = () => {
				const sign = th.ariaSort === "ascending" ? -1 : 1;
				sortBy(body, i, sign);
				heads.forEach(head => head.ariaSort = null);
				th.ariaSort = sign < 0 ? "descending" : "ascending";
			};
			th.append(button);
		});
		if (body.rows.length > 12)
			filterable(table);
	}
	function filterable(table) {
		const rows = [...table.tBodies[0].rows], words = rows.map(row => row.textContent.toLowerCase());
		const column = table.querySelector("thead .c-subject"), subject = row => trimmed(row.cells[0]);
		const input = make("input", { type: "search", placeholder: text.filterHint, autocomplete: "off" });
		const subjects = make("select", {}, new Option(text.all, "")), output = make("output", { "aria-live": "polite" });
		const box = make("div", { class: "filter", role: "search", "aria-label": text.filter }, make("label", {}, text.filter, input));

		if (column) {
			[...new Set(rows.map(subject))].sort().forEach(name => subjects.append(new Option(name)));
			box.append(make("label", {}, trimmed(column), subjects));
		}
		box.append(output);
		box.oninput = () => {
			const wanted = input.value.toLowerCase().split(/\s+/);
			const shown = rows.filter((row, i) => !(row.hidden = subjects.value && subject(row) !== subjects.value ||
				!wanted.every(w => words[i].includes(w))));
			output.textContent = text.shown.replace("{n}", shown.length).replace("{total}", rows.length);
		};
		table.parentNode.before(box);
		box.oninput();
	}

	/*
	 * Beside a link: the note it leads to, or what there is on an entity. Entities stand in few files, found by
	 * a hash of the address (route_preview_hash).
	 */
	const base = new URL(text.root || ".", location).href, known = {}, loads = {}, notes = ".cite a, .footnote-ref a";
	let pop, from, aim, timer;

	window.dossierPreview = part => Object.assign(known, part);
	const pathOf = address => address.startsWith(base) && address.slice(base.length).replace(/(index\.html)?(#.*)?$/, "");
	function load(path) {
		let h = 2166136261;
		for (const c of path)
			h = Math.imul(h ^ c.charCodeAt(), 16777619);
		const n = (h ^ h >>> 15) & text.previews - 1;
		return loads[n] ??= new Promise(done => {
			const el = make("script", { src: `${base}previews/${n}.js` });
			el.onload = el.onerror = done;
			document.head.append(el);
		});
	}
	async function contentOf(link) {
		const address = new URL(link.getAttribute("href"), location).href, path = pathOf(address), isFile = /index\.html/.test(address);
		if (link.matches(notes)) {
			const item = document.getElementById(decodeURIComponent(link.hash.slice(1)));
			return item && [(item.querySelector(".note") || item).cloneNode(true)];
		}
		if (!+text.previews || !path || path === pathOf(location.href))
			return;
		if (!known[path])
			await load(path);
		if (!known[path])
			return;
		const [kind, title, name, lang, summary, rows] = known[path];
		return [make("p", { class: "pop-title" }, title, name && " ", name && make("span", { lang }, name), " ", make("span", { class: "kind" }, kind)),
			summary && make("p", {}, summary),
			rows.length && make("dl", {}, ...rows.map(([what, value, note, url]) => make("div", {}, make("dt", {}, what), make("dd", {},
				make("a", { href: base + (isFile ? url.replace(/\/(?=#|$)/, "/index.html") : url) }, value), make("span", { class: "scope" }, note)))))].filter(Boolean);
	}
	function hide() {
		clearTimeout(timer);
		pop?.remove();
		pop = from = null;
	}
	async function show(link) {
		clearTimeout(timer);
		from = link;
		const content = await contentOf(link), tip = link.querySelector("title");
		if (from !== link || !content)
			return;
		pop?.remove();
		/* Not two boxes over each other. */
		if (tip) {
			link.ariaLabel = tip.textContent;
			tip.remove();
		}
		pop = make("div", { class: "pop", "aria-hidden": "true" }, ...content);
		all("[id]", pop).forEach(el => el.removeAttribute("id"));
		all("a", pop).forEach(el => el.tabIndex = -1);
		document.body.append(pop);
		const box = link.getBoundingClientRect(), high = pop.offsetHeight + 6;
		pop.style.left = Math.max(8, Math.min(box.left, root.clientWidth - pop.offsetWidth - 8)) + scrollX + "px";
		pop.style.top = (box.bottom + high > innerHeight && box.top > high ? box.top - high : box.bottom + 6) + scrollY + "px";
	}
	const linkAt = e => e.target.closest(notes + ", main a[href]:not(.permalink, .src)");
	on("pointerover", e => {
		const over = linkAt(e) || pop?.contains(e.target) && from;
		if (e.pointerType === "touch" || over === aim)
			return;
		aim = over;
		clearTimeout(timer);
		if (!aim || aim !== from)
			timer = setTimeout(aim ? show : hide, 200, aim);
	});
	on("focusin", e => {
		const link = linkAt(e);
		if (link?.matches(":focus-visible"))
			show(link);
	});
	on("focusout", () => {
		clearTimeout(timer);
		timer = setTimeout(hide, 200);
	});

	/* Copying the address of a permalink, the text of a citation; where it is refused, that is selected. */
	async function copy(value, el) {
		try {
			await navigator.clipboard.writeText(value);
		} catch (e) {
			return el && getSelection().selectAllChildren(el);
		}
		const note = make("div", { class: "toast", role: "status" });
		document.body.append(note);
		note.textContent = text.copied;
		setTimeout(() => note.remove(), 1600);
	}
	on("click", e => {
		const link = e.target.closest("a.permalink");
		if (link && !e.ctrlKey && !e.metaKey && !e.shiftKey)
			copy(link.href);
	});
	all("p[data-copy]").forEach(el => {
		const button = make("button", { type: "button", class: "tool copy" }, text.copy), value = trimmed(el);
		button.onclick = () => copy(value, el);
		el.append(button);
	});
	/* What scrolls can be reached by the keyboard; pictures show their middle first. */
	all(".prose table, .scroll, .picture-frame").forEach(el => {
		if (el.scrollWidth > el.clientWidth)
			el.tabIndex = 0;
		if (el.matches(".picture-frame"))
			el.scrollLeft = (el.scrollWidth - el.clientWidth) / 2;
	});
	/* A menu that scrolls shows where we are. */
	all(".menu [aria-current]").forEach(link => {
		const list = link.closest("ul");
		list.scrollLeft = link.parentNode.offsetLeft - list.offsetLeft - 24;
	});
	/* "/" leads to the search page, which knows the key itself. */
	on("keydown", e => {
		const link = document.querySelector("body:not(:has(form.search)) a[rel=search]");
		if (e.key === "Escape")
			hide();
		if (e.key === "/" && link && !e.ctrlKey && !e.metaKey && !e.altKey && !e.target.closest("input, textarea, select")) {
			e.preventDefault();
			link.click();
		}
	});
	all(".theme-switch").forEach(themeSwitch);
	all("table.sortable").forEach(sortable);
})();
