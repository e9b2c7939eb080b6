/*
 * What the theme adds where script runs; every page is complete without it. Classic, no requests, works from
 * file:// and under "default-src 'self'". Texts come from the data attributes of its own script element.
 */
(function () {
	"use strict";
	var text = document.currentScript.dataset;

	function all(selector, root) {
		return Array.prototype.slice.call((root || document).querySelectorAll(selector));
	}
	function make(tag, attributes, content) {
		var el = document.createElement(tag);
		Object.keys(attributes || {}).forEach(function (k) {
			el.setAttribute(k, attributes[k]);
		});
		if (content !== undefined)
			el.textContent = content;
		return el;
	}

	/* The switch: as the system, light, dark. */
	function themeSwitch() {
		var button = document.querySelector(".theme-switch");
		var root = document.documentElement;
		var order = ["auto", "light", "dark"];
		var label = { auto: text.themeAuto, light: text.themeLight, dark: text.themeDark };
		if (!button)
			return;
		function current() {
			return root.getAttribute("data-theme") || "auto";
		}
		function show() {
			button.textContent = { auto: "◐", light: "○", dark: "●" }[current()];
			button.setAttribute("aria-label", text.themeLabel + ": " + label[current()]);
			button.title = text.themeLabel + ": " + label[current()];
		}
		button.hidden = false;
		show();
		button.addEventListener("click", function () {
			var next = order[(order.indexOf(current()) + 1) % order.length];
			if (next === "auto")
				root.removeAttribute("data-theme");
			else
				root.setAttribute("data-theme", next);
			try {
				if (next === "auto")
					localStorage.removeItem("dossier-theme");
				else
					localStorage.setItem("dossier-theme", next);
			} catch (e) {
				/* the choice then lasts for this page */
			}
			show();
		});
	}

	/* Tables of class "sortable": a button in each column head, and a filter above long ones. */
	function sortKey(row, column) {
		var cell = row.cells[column];
		var key = cell.hasAttribute("data-sort") ? cell.getAttribute("data-sort") : cell.textContent;
		return key.trim().toLowerCase();
	}
	/* Numbers before words, what is empty last; ISO dates sort as words. */
	function compare(a, b) {
		var x = /^-?\d+(\.\d+)?$/.test(a) ? parseFloat(a) : NaN;
		var y = /^-?\d+(\.\d+)?$/.test(b) ? parseFloat(b) : NaN;
		if (!isNaN(x) && !isNaN(y))
			return x - y;
		if (!isNaN(x) || !isNaN(y))
			return isNaN(x) ? 1 : -1;
		return a < b ? -1 : a > b ? 1 : 0;
	}
	function sortBy(table, column, descending) {
		var body = table.tBodies[0];
		var rows = Array.prototype.map.call(body.rows, function (row, i) {
			return { row: row, at: i, key: sortKey(row, column) };
		});
		rows.sort(function (a, b) {
			if ((a.key === "") !== (b.key === ""))
				return a.key === "" ? 1 : -1;
			return (descending ? -1 : 1) * compare(a.key, b.key) || a.at - b.at;
		});
		rows.forEach(function (r) {
			r.row.classList.remove("group");
			body.appendChild(r.row);
		});
		all("thead th", table).forEach(function (th, i) {
			if (i === column)
				th.setAttribute("aria-sort", descending ? "descending" : "ascending");
			else
				th.removeAttribute("aria-sort");
		});
	}
	function sortable(table) {
		all("thead th", table).forEach(function (th, i) {
			var button = make("button", { type: "button", "class": "th-sort" }, th.textContent);
			th.textContent = "";
			th.appendChild(button);
			button.addEventListener("click", function () {
				sortBy(table, i, th.getAttribute("aria-sort") === "ascending");
			});
		});
		if (table.tBodies[0].rows.length > 12)
			filterable(table);
	}
	function filterable(table) {
		var rows = Array.prototype.slice.call(table.tBodies[0].rows);
		var words = rows.map(function (row) {
			return row.textContent.toLowerCase();
		});
		var form = make("form", { "class": "filter", role: "search", "aria-label": text.filter });
		var label = make("label", {}, text.filter);
		var input = make("input", { type: "search", placeholder: text.filterHint, autocomplete: "off" });
		var output = make("output", { "aria-live": "polite" });
		var subjects = make("select", {});
		var column = table.querySelector("thead .c-subject");

		function apply() {
			var wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
			var subject = subjects.value;
			var shown = 0;
			rows.forEach(function (row, i) {
				var fits = wanted.every(function (w) {
					return words[i].indexOf(w) >= 0;
				}) && (!subject || row.cells[0].textContent.trim() === subject);
				row.hidden = !fits;
				shown += fits;
			});
			output.textContent = text.shown.replace("{n}", shown).replace("{total}", rows.length);
		}
		label.appendChild(input);
		form.appendChild(label);
		if (column) {
			var names = {};
			var box = make("label", {}, column.textContent);
			rows.forEach(function (row) {
				names[row.cells[0].textContent.trim()] = true;
			});
			subjects.appendChild(make("option", { value: "" }, text.all));
			Object.keys(names).sort().forEach(function (name) {
				subjects.appendChild(make("option", { value: name }, name));
			});
			box.appendChild(subjects);
			form.appendChild(box);
		}
		form.appendChild(output);
		form.addEventListener("input", apply);
		form.addEventListener("submit", function (e) {
			e.preventDefault();
		});
		table.parentNode.parentNode.insertBefore(form, table.parentNode);
		apply();
	}

	/* Notes beside their marks: what the list at the end of the page says, on hover and on focus. */
	function popovers() {
		var pop = null;
		var timer = 0;
		function hide() {
			clearTimeout(timer);
			if (pop)
				pop.remove();
			pop = null;
		}
		function hideSoon() {
			clearTimeout(timer);
			timer = setTimeout(hide, 250);
		}
		function show(link) {
			var item = document.getElementById(decodeURIComponent(link.hash.slice(1)));
			var box = link.getBoundingClientRect();
			var note;
			if (!item)
				return;
			hide();
			pop = make("div", { "class": "pop", "aria-hidden": "true" });
			note = (item.querySelector(".note") || item).cloneNode(true);
			note.removeAttribute("id");
			all("[id]", note).forEach(function (el) {
				el.removeAttribute("id");
			});
			all("a", note).forEach(function (a) {
				a.tabIndex = -1;
			});
			pop.appendChild(note);
			document.body.appendChild(pop);
			pop.style.left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - pop.offsetWidth - 8)) + scrollX + "px";
			pop.style.top = (box.bottom + pop.offsetHeight + 12 > innerHeight && box.top > pop.offsetHeight + 12 ?
				box.top - pop.offsetHeight - 6 : box.bottom + 6) + scrollY + "px";
			pop.addEventListener("mouseenter", function () {
				clearTimeout(timer);
			});
			pop.addEventListener("mouseleave", hideSoon);
		}
		all(".cite a, .footnote-ref a").forEach(function (link) {
			link.addEventListener("mouseenter", function () {
				show(link);
			});
			link.addEventListener("mouseleave", hideSoon);
			link.addEventListener("focus", function () {
				show(link);
			});
			link.addEventListener("blur", hideSoon);
		});
		document.addEventListener("keydown", function (e) {
			if (e.key === "Escape")
				hide();
		});
	}

	/* Copying: the address of a permalink, the text of a citation. */
	function toast(message) {
		var el = make("div", { "class": "toast", role: "status" });
		document.body.appendChild(el);
		el.textContent = message;
		setTimeout(function () {
			el.remove();
		}, 1600);
	}
	/* From disk, and where the clipboard is refused. */
	function copySelected(value) {
		var area = make("textarea", { "class": "skip" }, value);
		document.body.appendChild(area);
		area.select();
		if (document.execCommand("copy"))
			toast(text.copied);
		area.remove();
	}
	function copyText(value) {
		if (!navigator.clipboard || !isSecureContext) {
			copySelected(value);
			return;
		}
		navigator.clipboard.writeText(value).then(function () {
			toast(text.copied);
		}, function () {
			copySelected(value);
		});
	}
	function copying() {
		document.addEventListener("click", function (e) {
			var link = e.target.closest ? e.target.closest("a.permalink") : null;
			if (link && !e.ctrlKey && !e.metaKey && !e.shiftKey)
				copyText(link.href);
		});
		all("[data-copy]").forEach(function (el) {
			var button = make("button", { type: "button", "class": "tool copy" }, text.copy);
			var value = el.textContent.replace(/\s+/g, " ").trim();
			button.addEventListener("click", function () {
				copyText(value);
			});
			el.appendChild(button);
		});
	}

	/* What scrolls can be reached by the keyboard; the boxes of task lists are named by their items. */
	all(".prose table, .scroll").forEach(function (el) {
		if (el.scrollWidth > el.clientWidth)
			el.tabIndex = 0;
	});
	all(".prose li > input[type=checkbox]").forEach(function (box) {
		box.setAttribute("aria-label", box.parentNode.textContent.trim());
	});
	/* On a narrow screen the menu scrolls: to where we are. */
	all(".menu [aria-current]").forEach(function (link) {
		var list = link.parentNode.parentNode;
		list.scrollLeft = link.parentNode.offsetLeft - list.offsetLeft - 24;
	});
	/* "/" leads to the search page, which knows the key itself. */
	document.addEventListener("keydown", function (e) {
		var link = document.querySelector("a[rel=search]");
		if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || !link || document.querySelector("form.search") ||
			/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName))
			return;
		e.preventDefault();
		link.click();
	});
	themeSwitch();
	all("table.sortable").forEach(sortable);
	popovers();
	copying();
})();
