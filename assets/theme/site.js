/*
 * What the theme adds where script runs, from file:// too and under "default-src 'self'". Texts are attributes of
 * its script element.
 */
(() => {
	"use strict";
	const text = document.currentScript.dataset, root = document.documentElement;
	const all = (selector, from = document) => [...from.querySelectorAll(selector)];
	const on = (type, f) => document.addEventListener(type, f), trimmed = el => el.textContent.replace(/\s+/g, " ").trim();
	const make = (tag, more, ...content) => {
		const el = Object.assign(document.createElement(tag), more);
		el.append(...content);
		return el;
	};

	/* The switch: as the system, light, dark. */
	function themeSwitch(button) {
		const themes = { auto: ["◐", text.themeAuto, "light"], light: ["○", text.themeLight, "dark"], dark: ["●", text.themeDark, "auto"] };
		function show(theme) {
			const [sign, name, next] = themes[theme] || themes.auto;
			button.textContent = sign;
			button.ariaLabel = button.title = text.themeLabel + ": " + name;
			button.onclick = () => {
				show(root.dataset.theme = next);
				try {
					localStorage.setItem("dossier-theme", next);
				} catch (e) {} /* the choice then lasts for this page */
			};
		}
		show(root.dataset.theme);
	}

	/* Tables of class "sortable": a button in each column head, and a filter above long ones. */
	/* Numbers before words; ISO dates sort as words. What is empty stays last. */
	const compare = (a, b) => isNaN(a) - isNaN(b) || (isNaN(a) ? (a > b) - (a < b) : a - b);
	function sortable(table) {
		const heads = all("thead th", table), body = table.tBodies[0];
		heads.forEach((th, i) => th.append(make("button", { type: "button", className: "th-sort", onclick() {
			const sign = th.ariaSort === "ascending" ? -1 : 1;
			const key = cell => (cell.dataset.sort ?? cell.textContent).trim().toLowerCase();
			body.append(...[...body.rows].map(row => [key(row.cells[i]), row])
				.sort(([a], [b]) => !a - !b || sign * compare(a, b)).map(([, row]) => row));
			heads.forEach(head => head.ariaSort = null);
			th.ariaSort = sign < 0 ? "descending" : "ascending";
		} }, ...th.childNodes)));
		if (body.rows.length > 12)
			filterable(table, [...body.rows]);
	}
	function filterable(table, rows) {
		const words = rows.map(row => row.textContent.toLowerCase());
		const column = table.querySelector("thead .c-subject"), subject = row => trimmed(row.cells[0]);
		const input = make("input", { type: "search", placeholder: text.filterHint, autocomplete: "off" });
		const subjects = make("select", 0, new Option(text.all, "")), output = make("output", { ariaLive: "polite" });
		const box = make("div", { className: "filter", role: "search", ariaLabel: text.filter }, make("label", 0, text.filter, input));

		if (column) {
			[...new Set(rows.map(subject))].sort().forEach(name => subjects.append(new Option(name)));
			box.append(make("label", 0, trimmed(column), subjects));
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
		const h = [...path].reduce((h, c) => Math.imul(h ^ c.charCodeAt(), 16777619), 2166136261), n = (h ^ h >>> 15) & text.previews - 1;
		return loads[n] ??= new Promise(done =>
			document.head.append(make("script", { src: `${base}previews/${n}.js`, onload: done, onerror: done })));
	}
	async function contentOf(link) {
		const path = pathOf(new URL(link.getAttribute("href"), location).href);
		if (link.matches(notes)) {
			const item = document.getElementById(decodeURIComponent(link.hash.slice(1)));
			return (item?.querySelector(".note") || item)?.outerHTML;
		}
		if (+text.previews && path && path !== pathOf(location.href)) {
			known[path] || await load(path);
			return known[path];
		}
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
		pop = make("div", { className: "pop", ariaHidden: true, innerHTML: content });
		all("[id]", pop).forEach(el => el.removeAttribute("id"));
		all("[data-url]", pop).forEach(a => a.href = base + (/index\.html/.test(link.getAttribute("href")) ?
			a.dataset.url.replace(/\/(?=#|$)/, "/index.html") : a.dataset.url));
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
	on("focusin", e => linkAt(e)?.matches(":focus-visible") && show(linkAt(e)));
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
		const note = make("div", { className: "toast", role: "status" });
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
		const value = trimmed(el);
		el.append(make("button", { type: "button", className: "tool copy", onclick: () => copy(value, el) }, text.copy));
	});
	/* What scrolls can be reached by the keyboard; pictures show their middle first. */
	all(".prose table, .scroll, .picture-frame").forEach(el => {
		const over = el.scrollWidth - el.clientWidth;
		if (over > 0)
			el.tabIndex = 0;
		if (el.matches(".picture-frame"))
			el.scrollLeft = over / 2;
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
